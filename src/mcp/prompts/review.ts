import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";

export const reviewPool = definePrompt({
  name: "review-pool",
  title: "Review a pool's security",
  description: "What in an identity pool's set-up gives more than it should; changes nothing",
  arguments: { poolId },
  needs: ["describe-identity-pool", "get-identity-pool-roles", "get-principal-tag-attribute-map", "list-identities"],
  task: ({ poolId }) => `Review the security of the identity pool ${poolId}. Change nothing.`,
  steps: ({ poolId }) => [
    `Read it with \`describe-identity-pool\` and \`get-identity-pool-roles\` (\`IdentityPoolId\` ${poolId}), \`get-principal-tag-attribute-map\` for each provider, and \`list-identities\` for a sample of who is in it.`,
    "Guests: is `AllowUnauthenticatedIdentities` true, and meant? Whoever knows the pool's id then gets the `unauthenticated` role's rights.",
    "Classic flow: is `AllowClassicFlow` plainly false? True or not there, it is open, and a caller can take any role that trusts the pool, without the limits that AWS puts on guests.",
    "Roles: is the same role given to guests and to users? Is a role set for `unauthenticated` while guests are closed?",
    "Role mappings: `Rules` are read in order and the first that holds wins. Contains, StartsWith and NotEqual match more than one expects, and a claim that users may write themselves gives them any role it names. Of `AmbiguousRoleResolution`, Deny is the closed choice.",
    "Providers: is `ServerSideTokenCheck` true for each user pool? Is each app, OIDC and SAML provider still in use? Say which name nobody could explain.",
    "Principal tags: is each mapped from a claim that users cannot write? Does a role's policy decide by it?",
    "IAM is out of these tools' reach. Write out for the person what to check of each role: the trust policy names this pool (cognito-identity.amazonaws.com:aud) and the kind of identity (cognito-identity.amazonaws.com:amr), and the permissions hold no wildcard over all resources.",
    "Report: each finding with what was seen, how bad it is (high, medium, low) and the call that would mend it. Say what could not be read. Make no such call before the person asks for it.",
  ],
});
