import * as z from "zod";
import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";

export const cleanUpIdentities = definePrompt({
  name: "clean-up-identities",
  title: "Clean up identities",
  description: "Finds guests and disabled identities, and deletes those that a person selects",
  arguments: {
    poolId,
    before: {
      description: "Only identities whose logins last changed before this date, YYYY-MM-DD",
      required: false,
      schema: z.iso.date({ error: "must be a date such as 2026-01-31" }),
    },
  },
  needs: ["list-identities", "delete-identities"],
  task: ({ poolId, before }) =>
    `Clean up the identities of the pool ${poolId}${before === undefined ? "" : ` whose logins last changed before ${before}`}.`,
  steps: ({ poolId, before }) => [
    `List the identities with \`list-identities\` (\`IdentityPoolId\` ${poolId}, \`allPages\` true), and again with \`HideDisabled\` true. Identities that are only in the first list were disabled by a merge. While an answer contains \`NextToken\`, the list is incomplete: continue with it.`,
    `Candidates are the disabled identities and the guests (identities without \`Logins\`).${before === undefined ? " Ask the person for a date, and select those with an earlier `LastModifiedDate`." : ` Select those with a \`LastModifiedDate\` before ${before}.`} Explain to the person that this is the date when the logins last changed. No date shows when an identity was last used, so a guest that is used every day can look old.`,
    "Show the number of each kind with some ids, and ask the person to select. Applications may store data under the ids, for example in S3 or DynamoDB. This data is not deleted, and its owner gets a new identity.",
    "Delete the selected identities with `delete-identities` (`IdentityIdsToDelete`), 10 per call unless the operator set another limit. A deletion cannot be undone.",
    "Report the deleted identities and the content of `UnprocessedIdentityIds`. Do not repeat a call for unprocessed ids before the person agrees.",
  ],
});
