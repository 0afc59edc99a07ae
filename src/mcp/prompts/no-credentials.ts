import { identityId } from "../../tools/members.ts";
import { poolId, provider } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustPolicy } from "./trust.ts";

export const findOutWhyNoCredentials = definePrompt({
  name: "find-out-why-no-credentials",
  title: "Find out why an identity gets no credentials",
  description: "Goes from the pool to the identity, its logins and its role, and names the cause",
  arguments: {
    poolId,
    identityId: { description: "Id of the identity, REGION:GUID", required: false, schema: identityId },
    provider,
  },
  needs: ["describe-identity-pool", "get-identity-pool-roles", "describe-identity"],
  task: ({ poolId, identityId = "an identity", provider }) =>
    `Find out why ${identityId} of the pool ${poolId} gets no credentials${provider === undefined ? "" : ` with a login of ${provider}`}. Change nothing.`,
  steps: ({ poolId, identityId, provider }, can) => [
    "Ask for the error's name and text that the application got, if it is not known, and whether it takes the enhanced flow (GetCredentialsForIdentity) or the classic one (GetOpenIdToken, then STS).",
    `Look at \`describe-identity-pool\` (\`IdentityPoolId\` ${poolId}). A guest needs \`AllowUnauthenticatedIdentities\` true. A login needs its provider there by the exact name, without https://: cognito-idp.REGION.amazonaws.com/USER_POOL_ID with the \`ClientId\` that is the token's aud, a public provider's domain with the app's id, or the OIDC or SAML provider's ARN.${provider === undefined ? "" : ` Here it is ${provider}.`} The classic flow needs \`AllowClassicFlow\` not to be false.`,
    "Look at `get-identity-pool-roles`: in `Roles`, `unauthenticated` is for guests and `authenticated` for logins. InvalidIdentityPoolConfigurationException means that none is set, or that STS refused it. In `RoleMappings` of `Type` Token, the token's cognito:roles and cognito:preferred_role decide; of `Type` Rules, the first that holds; if none does, `AmbiguousRoleResolution` Deny gives nothing.",
    `Have the person check in IAM the role that it comes down to: ${trustPolicy(poolId, "authenticated")} (unauthenticated for guests).`,
    `Look at the identity with \`describe-identity\` (\`IdentityId\` ${identityId ?? "from the application"}). Not found: it was deleted, or it is another pool's or region's. "Access to Identity is forbidden": a merge disabled it. For both the application must ask for its id again, by GetId with the same logins. "Logins don't match": the call must bring a login that \`Logins\` shows.`,
    ...(can("get-credentials-for-identity")
      ? [
          `If the operator has defined a login for it, try it out: \`get-credentials-for-identity\` with the \`IdentityId\` and, as \`Logins\`, ${provider ?? "the provider"} to login:NAME. A guest needs no \`Logins\`. A refusal says what is wrong with the token: expired, an access token and no id token, another audience or issuer.`,
        ]
      : []),
    "TooManyRequestsException is load and no fault of the set-up. A role that comes with credentials that can do nothing is a matter of its permissions; guests in the enhanced flow have AWS's own limits beside.",
    "Name the cause, what showed it, and the one change that mends it. If it is not sure, say what to look at next.",
  ],
});
