/** Known messages about logins, identities and the roles that a login gets. */
import type { FailedCall, KnownMessage } from "./explanation.ts";

/** For a developer login under another provider. Its value is a user name, and no token. */
export const NOT_DEVELOPER_PROVIDER = "The provider in Logins is not the developer provider of this identity pool.";

const hasLogins = ({ members }: FailedCall) => members.includes("Logins");
const hasNoLogins = (call: FailedCall) => !hasLogins(call);
/** The identity is known, and none of its logins is given. */
const wantsLogin = (call: FailedCall) => hasNoLogins(call) && call.members.includes("IdentityId");
const hasCustomRole = ({ members }: FailedCall) => members.includes("CustomRoleArn");

const signedInUser = {
  message: "This identity belongs to a signed-in user, and AWS wants a current login of that user.",
  hint: "describe-identity lists its login providers. Pass Logins with a current token of one of them.",
};

const customRole = {
  message: "AWS did not allow the role in CustomRoleArn for this login.",
  hint: "CustomRoleArn must be one of the roles in the claim cognito:roles of the login token. Pass such a role, or leave CustomRoleArn out. For a token without cognito:roles, choose roles with a mapping of type Rules.",
};

/** The first match wins. */
export const loginMessages: readonly KnownMessage[] = [
  {
    name: "NotAuthorizedException",
    pattern: /^Unauthenticated access is not supported/,
    when: wantsLogin,
    message: `${signedInUser.message} If it is a guest's: this identity pool does not allow guests.`,
    hint: signedInUser.hint,
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Unauthenticated access is not supported/,
    message: "Guests are not allowed in this identity pool.",
    hint: "Pass Logins, or allow guests with update-identity-pool (AllowUnauthenticatedIdentities).",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Identity .* is forbidden/,
    when: hasNoLogins,
    ...signedInUser,
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Identity .* is forbidden/,
    message: "The identity is disabled, because it was merged into another identity.",
    hint: "Call get-id with the user's logins to get the current identity.",
  },
  { name: "NotAuthorizedException", pattern: /^Logins don't match/, when: wantsLogin, ...signedInUser },
  {
    name: "NotAuthorizedException",
    pattern: /^Logins don't match/,
    message: "None of the given logins is linked to this identity.",
    hint: "Pass a token of a login that describe-identity lists.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Token is not from a supported provider/,
    message: "The identity pool does not accept the provider or app client of the login.",
    hint: "Compare the provider name and the token's audience (client id) with describe-identity-pool. To add them, use update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /does not have identity providers configured/,
    message: "The identity pool has no login provider, so nobody can sign in to it.",
    hint: "Add a provider with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^The ambiguous role mapping rules/,
    message:
      "The role mapping denies this login: no rule or role claim selects a role, and AmbiguousRoleResolution is Deny.",
    hint: "Read the mapping with get-identity-pool-roles. Add a rule, or set AmbiguousRoleResolution to AuthenticatedRole. A mapping of type Token reads the claims cognito:preferred_role and cognito:roles of the login token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Token expired/,
    message: "The login token has expired.",
    hint: "Sign in again to get a new id token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Issuer doesn't match/,
    message: "The issuer of the login token is not the provider named in Logins.",
    hint: "Use the token's issuer, without https://, as the provider name in Logins.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Incorrect token audience/,
    message: "The audience (aud) of the login token is not a client id that the identity pool accepts.",
    hint: "Compare the token's aud with describe-identity-pool: the value in SupportedLoginProviders, or ClientId in CognitoIdentityProviders. Apple's aud is the bundle id in an app and the Services ID on a web page. Sign in with the client that the pool has, or change the client id with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Missing a required claim: aud/,
    message: "The login token has no audience: it is an access token, not an id token.",
    hint: "Pass the id token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Can't pass in a Cognito token/,
    message: "The login is a token of get-open-id-token-for-developer-identity, with which get-id cannot be called.",
    hint: "Skip get-id: use the IdentityId that came with the token. Pass both to get-credentials-for-identity.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Not a Cognito token/,
    message: "The token under the provider name of Cognito Identity was not issued by Cognito Identity.",
    hint: "Under that name, pass the token of get-open-id-token-for-developer-identity. A token of another provider belongs under the name of its own provider.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Not a valid OpenId Connect identity token/,
    message: "The login token is not an id token (a JWT), and this provider issues id tokens.",
    hint: "Pass the id token (id_token) of the sign-in, not the access token or the authorization code.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Couldn't verify signed token/,
    message: "AWS could not verify the signature of the login token.",
    hint: "Pass a new, complete and unchanged id token, under the provider that issued it.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token/,
    message: "The login token is not valid for its provider.",
    hint: "Pass a new, complete id token under the provider that issued it.",
  },
  // AWS's text for this case is not known, so that any text counts that is about a role.
  { name: "NotAuthorizedException", pattern: /\brole\b/i, when: hasCustomRole, ...customRole },
  { name: "InvalidParameterException", pattern: /\brole\b/i, when: hasCustomRole, ...customRole },
  {
    name: "NotAuthorizedException",
    pattern: /^/,
    when: hasCustomRole,
    message: "AWS did not authorize the call, which names a role in CustomRoleArn.",
    hint: `Check the given logins. ${customRole.hint}`,
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not enabled/,
    message: "The basic (classic) flow is disabled in this identity pool.",
    hint: "Use get-credentials-for-identity, or enable the flow with update-identity-pool (AllowClassicFlow).",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not supported with RoleMappings/,
    message: "The basic (classic) flow does not work in this identity pool, because it has role mappings.",
    hint: "Use get-credentials-for-identity, or remove RoleMappings with set-identity-pool-roles.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not supported with SAML/,
    message: "The basic (classic) flow does not work with SAML logins.",
    hint: "Use get-credentials-for-identity.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not supported/,
    message: "The basic (classic) flow is not possible here.",
    hint: "Use get-credentials-for-identity.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Please provide a valid public provider/,
    message: "AWS does not recognize a provider name in Logins.",
    hint: "Use the exact name, such as accounts.google.com or cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://.",
  },
  {
    name: "InvalidParameterException",
    pattern: /does not support the specified developer provider/,
    message: NOT_DEVELOPER_PROVIDER,
    hint: "Use the DeveloperProviderName that describe-identity-pool shows. If there is none, set one with update-identity-pool.",
  },
];
