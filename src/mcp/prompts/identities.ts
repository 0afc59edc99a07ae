import * as z from "zod";
import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";

export const cleanUpIdentities = definePrompt({
  name: "clean-up-identities",
  title: "Clean up identities",
  description: "Finds guests and disabled identities that nobody needs, and deletes those a person picks",
  arguments: {
    poolId,
    before: {
      description: "Only those whose logins last changed before this day, YYYY-MM-DD",
      required: false,
      schema: z.iso.date({ error: "expected a day such as 2026-01-31" }),
    },
  },
  needs: ["list-identities", "delete-identities"],
  task: ({ poolId, before }) =>
    `Clean up the identities of the pool ${poolId}${before === undefined ? "" : ` whose logins last changed before ${before}`}.`,
  steps: ({ poolId, before }) => [
    `List them with \`list-identities\` (\`IdentityPoolId\` ${poolId}, \`allPages\` true), and again with \`HideDisabled\` true. What is in the first list only was disabled by a merge. While there is a \`NextToken\`, the list is not whole: go on with it.`,
    `Candidates are the disabled ones, and guests: those without \`Logins\`.${before === undefined ? " Ask the person for a day, and take those with a `LastModifiedDate` before it." : ` Take those with a \`LastModifiedDate\` before ${before}.`} That date is when the logins last changed, and no date tells when an identity was last used: a guest who is in use every day can look old. Say so.`,
    "Show how many there are of each kind with some ids, and have the person pick. Applications may keep data under the ids, in S3 or DynamoDB: that stays behind, and its owner gets a new identity.",
    "Delete with `delete-identities` (`IdentityIdsToDelete`), 10 at a time unless the operator allows another number. Each call is shown to the person; it cannot be undone.",
    "Report what was deleted and what `UnprocessedIdentityIds` says. Do not repeat a call for ids that AWS did not process before the person agrees.",
  ],
});
