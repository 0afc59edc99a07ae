import { identityId } from "../../tools/members.ts";
import { poolId, provider } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustPolicy } from "./trust.ts";

export const findOutWhyNoCredentials = definePrompt({
  name: "find-out-why-no-credentials",
  title: "Find out why an identity gets no credentials",
  description: "Checks the pool, the identity, its logins and its role, and names the cause",
  arguments: {
    poolId,
    identityId: { description: "Id of the identity, REGION:GUID", required: false, schema: identityId },
    provider,
  },
  needs: ["describe-identity-pool", "get-identity-pool-roles", "describe-identity"],
  task: ({ poolId, identityId = "an identity", provider }) =>
    `Find out why ${identityId} of the pool ${poolId} gets no credentials${provider === undefined ? "" : ` with a login of ${provider}`}. Change nothing.`,
  steps: ({ poolId, identityId, provider }, can) => [
    "Ask which error name and message the application got, if unknown, and whether the application uses the enhanced flow (GetCredentialsForIdentity) or the classic flow (GetOpenIdToken, then STS).",
    ...(can("diagnose-identity-pool")
      ? [
          `Call \`diagnose-identity-pool\` with \`IdentityPoolId\` ${poolId}${identityId === undefined ? "" : `, \`IdentityId\` ${identityId}`}${provider === undefined ? "" : `, \`provider\` ${provider}`}, \`errorText\` (the exact error) and \`kind\` (guest, user or developer). If it finds causes, report each with its evidence and its fix, and stop. If it could not read something, tell the person the permission that is missing, and continue with the next step.`,
        ]
      : []),
    `Read the pool with \`describe-identity-pool\` (\`IdentityPoolId\` ${poolId}). A guest requires \`AllowUnauthenticatedIdentities\` true. A login requires that the pool contains its provider under the exact name, without https://: cognito-idp.REGION.amazonaws.com/USER_POOL_ID with a \`ClientId\` equal to the token's aud claim, the domain of a public provider with the app id, or the ARN of the OIDC or SAML provider.${provider === undefined ? "" : ` The provider in question is ${provider}.`} The classic flow requires that \`AllowClassicFlow\` is not false.`,
    "Read the roles with `get-identity-pool-roles`. In `Roles`, `unauthenticated` is for guests and `authenticated` for logins. InvalidIdentityPoolConfigurationException means that the role is not set, or that STS refused it. In `RoleMappings` with `Type` Token, the claims cognito:roles and cognito:preferred_role select the role; with `Type` Rules, the first matching rule does. If nothing matches and `AmbiguousRoleResolution` is Deny, there are no credentials.",
    `Ask the person to check the resulting role in IAM: ${trustPolicy(poolId, "authenticated")} (unauthenticated for guests).`,
    `Read the identity with \`describe-identity\` (\`IdentityId\` ${identityId ?? "from the application"}). If it is not found, it was deleted, or it belongs to another pool or region. "Access to Identity is forbidden" means that a merge disabled it. In both cases the application must get its id again, with GetId and the same logins. "Logins don't match" means that the application must pass a login that \`Logins\` shows.`,
    ...(can("get-credentials-for-identity")
      ? [
          `If the operator defined a login reference for the provider, test it: \`get-credentials-for-identity\` with the \`IdentityId\` and, in \`Logins\`, the key ${provider ?? "PROVIDER"} and the value login:NAME. A guest needs no \`Logins\`. If the call fails, the answer shows the fault of the token: expired, an access token instead of an id token, or a wrong audience or issuer.`,
        ]
      : []),
    "TooManyRequestsException is caused by load, not by the configuration. If the application gets credentials but is not allowed to do anything, check the permissions of the role. In the enhanced flow, AWS also restricts the permissions of guests.",
    "Report the cause, the evidence, and the change that fixes it. If the cause is uncertain, say what to check next.",
  ],
});
