import { developerProviderName, developerUserIdentifier } from "../../tools/members.ts";
import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";

export const moveDeveloperUser = definePrompt({
  name: "move-developer-user",
  title: "Move a developer user",
  description: "Joins a user of your own backend with another, so that both have one identity",
  arguments: {
    poolId,
    from: { description: "User identifier to move", required: true, schema: developerUserIdentifier },
    to: { description: "User identifier whose identity stays", required: true, schema: developerUserIdentifier },
    developerProvider: {
      description: "Developer provider name; the pool's own when left out",
      required: false,
      schema: developerProviderName,
      completes: "developer provider",
    },
  },
  needs: ["describe-identity-pool", "lookup-developer-identity", "describe-identity", "merge-developer-identities"],
  task: ({ poolId, from, to }) => `Move the developer user ${from} to the identity of ${to}, in the pool ${poolId}.`,
  steps: ({ poolId, from, to, developerProvider }) => [
    `Find both with \`lookup-developer-identity\` (\`IdentityPoolId\` ${poolId}, \`DeveloperUserIdentifier\` ${from}, then ${to}), and with each \`IdentityId\` the other users of that identity (\`allPages\`). If both have one identity already, say so and stop. If one is not found, stop: nothing was registered under it.`,
    "Look at both identities with `describe-identity`, for their other logins. An identity takes 20 linked logins at most, and no two of one public provider: then AWS refuses the merge.",
    `Say before you go on what happens: all users and logins of the first identity come to the second; the first is disabled for good, so whatever applications keep under its id is no longer reached; it cannot be undone.`,
    `Call \`merge-developer-identities\`: \`SourceUserIdentifier\` ${from}, \`DestinationUserIdentifier\` ${to}, \`DeveloperProviderName\` ${developerProvider ?? "as `describe-identity-pool` shows it"}, \`IdentityPoolId\` ${poolId}.`,
    "Look both up again, and report the identity they have now and the one that was disabled. For several users go one by one, and stop at the first refusal.",
  ],
});
