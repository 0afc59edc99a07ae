import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustKeys } from "./trust.ts";

export const reviewPool = definePrompt({
  name: "review-pool",
  title: "Review a pool's security",
  description: "Finds settings of an identity pool that give more access than necessary; changes nothing",
  arguments: { poolId },
  needs: ["describe-identity-pool", "get-identity-pool-roles", "get-principal-tag-attribute-map", "list-identities"],
  task: ({ poolId }) => `Review the security of the identity pool ${poolId}. Change nothing.`,
  steps: ({ poolId }) => [
    `Read the pool with \`describe-identity-pool\` and \`get-identity-pool-roles\` (\`IdentityPoolId\` ${poolId}), \`get-principal-tag-attribute-map\` for each provider, and a sample of its identities with \`list-identities\`.`,
    "Guests: is `AllowUnauthenticatedIdentities` true, and is this intended? If so, anyone who knows the pool id gets the permissions of the `unauthenticated` role.",
    "Classic flow: is `AllowClassicFlow` explicitly false? If it is true or missing, the basic (classic) flow is open: a caller can choose any role that trusts the pool, without the restrictions that AWS applies to guests.",
    "Roles: do guests and users have the same role? Is a role set for `unauthenticated` although guests are not allowed?",
    "Role mappings: `Rules` are evaluated in order, and the first match applies. Contains, StartsWith and NotEqual can match more than intended. With a claim that users can change themselves, users can choose their role. For `AmbiguousRoleResolution`, Deny is the safer choice.",
    "Providers: is `ServerSideTokenCheck` true for each user pool? Is each app, OIDC provider and SAML provider still in use? List the names that nobody can explain.",
    "Principal tags: is each mapped from a claim that users cannot change? Does the policy of a role depend on it?",
    `These tools cannot read IAM. Tell the person what to check for each role: the trust policy has the conditions ${trustKeys(poolId)}, and the permissions have no wildcard for all resources.`,
    "Report each finding with its evidence, its severity (high, medium, low) and the call that would fix it. List what could not be read. Do not make such a call before the person asks for it.",
  ],
});
