import { developerProviderName, developerUserIdentifier } from "../../tools/members.ts";
import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";

export const moveDeveloperUser = definePrompt({
  name: "move-developer-user",
  title: "Move a developer user",
  description: "Merges two users of your own backend into one identity",
  arguments: {
    poolId,
    from: { description: "User identifier to move", required: true, schema: developerUserIdentifier },
    to: { description: "User identifier whose identity remains", required: true, schema: developerUserIdentifier },
    developerProvider: {
      description: "Developer provider name; default: the pool's own",
      required: false,
      schema: developerProviderName,
      completes: "developer provider",
    },
  },
  needs: ["describe-identity-pool", "lookup-developer-identity", "describe-identity", "merge-developer-identities"],
  task: ({ poolId, from, to }) => `Move the developer user ${from} to the identity of ${to}, in the pool ${poolId}.`,
  steps: ({ poolId, from, to, developerProvider }) => [
    `Look up both users with \`lookup-developer-identity\` (\`IdentityPoolId\` ${poolId}, \`DeveloperUserIdentifier\` ${from}, then ${to}). Then look up the other users of each \`IdentityId\` (\`allPages\`). If both users already have the same identity, report this and stop. If a user is not found, stop: it was never registered.`,
    "Read the other logins of both identities with `describe-identity`. AWS refuses the merge if the result has more than 20 linked logins, or two logins of the same public provider.",
    `Before you continue, explain the effect to the person: all users and logins of the first identity move to the second one. The first identity is disabled permanently, so data that applications keep under its id is no longer accessible. This cannot be undone.`,
    `Call \`merge-developer-identities\`: \`SourceUserIdentifier\` ${from}, \`DestinationUserIdentifier\` ${to}, \`DeveloperProviderName\` ${developerProvider ?? "as `describe-identity-pool` shows it"}, \`IdentityPoolId\` ${poolId}.`,
    "Look up both users again. Report their current identity and the disabled identity. To move several users, make one call per user, and stop at the first refusal.",
  ],
});
