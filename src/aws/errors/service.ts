/** What Amazon Cognito Identity refuses with, and AWS's services in common. */
import type { Explanation, KnownMessage } from "./explanation.ts";

/** Texts that the service is known to give under a name that says less. The first that matches wins. */
export const serviceMessages: readonly KnownMessage[] = [
  {
    name: "NotAuthorizedException",
    pattern: /^Unauthenticated access is not supported/,
    message: "Guests are not allowed in this identity pool.",
    hint: "Pass Logins, or allow guests with update-identity-pool (AllowUnauthenticatedIdentities).",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Token is not from a supported provider/,
    message: "The login's provider or app client is not one of the identity pool's.",
    hint: "Compare the provider name and the token's audience (client id) with describe-identity-pool; add it with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Logins don't match/,
    message: "None of the logins given belongs to this identity.",
    hint: "Pass a token of a login that describe-identity lists.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /does not have identity providers configured/,
    message: "The identity pool has no login provider, so nobody can sign in to it.",
    hint: "Add a provider with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Identity .* is forbidden/,
    message: "The identity is disabled, as a merge leaves the identity that was merged away.",
    hint: "Ask get-id with the user's logins for the identity that is in use.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^The ambiguous role mapping rules/,
    message: "The role mapping denies this login: no rule or role claim decided, and AmbiguousRoleResolution is Deny.",
    hint: "Look at the mapping with get-identity-pool-roles; add a rule, or resolve to AuthenticatedRole.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Role .* is forbidden/,
    message: "The caller may not pass this role.",
    hint: "Allow iam:PassRole for the role to the AWS credentials of this server.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Token expired/,
    message: "The login token has expired.",
    hint: "Sign in again for a fresh id token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Issuer doesn't match/,
    message: "The login token was issued by somebody else than the provider named.",
    hint: "Use the token's issuer, without https://, as the provider name in Logins.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token\. Missing a required claim: aud/,
    message: "The login token has no audience: it is an access token, not an id token.",
    hint: "Pass the id token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token/,
    message: "The login token is not valid for its provider.",
    hint: "Pass a fresh id token, whole, under the provider that issued it.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not enabled/,
    message: "The basic (classic) flow is closed in this identity pool.",
    hint: "Use get-credentials-for-identity, or open it with update-identity-pool (AllowClassicFlow).",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Please provide a valid public provider/,
    message: "A provider name in Logins is not one that AWS knows.",
    hint: "Use the exact name, such as accounts.google.com or cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://.",
  },
  {
    name: "InvalidParameterException",
    pattern: /is not a valid RoleMapping ProviderName/,
    message: "A key of RoleMappings is not a provider of the identity pool.",
    hint: "Use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), or the provider's ARN; describe-identity-pool shows them.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Invalid Cognito Identity Provider/,
    message: "An entry of CognitoIdentityProviders is not a user pool and client.",
    hint: "Use ProviderName cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://, and the app client's id.",
  },
  {
    name: "InvalidParameterException",
    pattern: /does not support the specified developer provider/,
    message: "The provider in Logins is not the developer provider of this identity pool.",
    hint: "Use the DeveloperProviderName that describe-identity-pool shows; set one with update-identity-pool if there is none.",
  },
];

export const expiredCredentials: Explanation = {
  message: "The AWS credentials of this server have expired.",
  hint: "Renew them (for SSO: aws sso login) and call again.",
};

export const unknownCredentials: Explanation = {
  message: "AWS does not know the AWS credentials of this server.",
  hint: "Check the profile or the environment that the server was started with, and that the account has the region enabled.",
};

const forbidden: Explanation = {
  message: "The AWS credentials of this server do not have this permission.",
  hint: "Allow the matching cognito-identity action in IAM to the server's credentials.",
};

export const rejectedSignature: Explanation = {
  message: "AWS did not accept the signature.",
  hint: "Check the clock of this machine and the AWS credentials of this server.",
};

export const serviceErrors: Readonly<Record<string, Explanation>> = {
  AccessDeniedException: forbidden,
  ConcurrentModificationException: {
    message: "Somebody else changed the same thing at the same time. Nothing was changed by this call.",
    hint: "Call again: the plan is made anew from what it is now.",
  },
  DeveloperUserAlreadyRegisteredException: {
    message: "The developer user belongs to another identity already.",
    hint: "Find it with lookup-developer-identity; leave IdentityId out, or use merge-developer-identities.",
  },
  ExpiredTokenException: expiredCredentials,
  ExternalServiceException: {
    message: "The login provider did not answer AWS as expected.",
    hint: "Try again later; check the provider and its app if it stays.",
  },
  InternalErrorException: { message: "AWS had an internal error.", hint: "Try again in a moment." },
  InvalidIdentityPoolConfigurationException: {
    message: "AWS could not get credentials with the roles of this identity pool.",
    hint: "Check with get-identity-pool-roles that a role is set for this kind of identity; then its trust policy: principal cognito-identity.amazonaws.com, aud = the pool id, amr = authenticated or unauthenticated, sts:TagSession where principal tags are mapped.",
  },
  InvalidParameterException: {
    message: "AWS refused a value in the call.",
    hint: "Check the values against describe-identity-pool and the tool's schema.",
  },
  InvalidSignatureException: rejectedSignature,
  LimitExceededException: {
    message: "A quota of the account is reached.",
    hint: "Delete what is not needed, or ask AWS to raise the quota in Service Quotas.",
  },
  MissingAuthenticationTokenException: {
    message: "AWS got the call without a signature.",
    hint: "Check the AWS credentials of this server.",
  },
  NotAuthorized: forbidden,
  NotAuthorizedException: {
    message: "AWS did not authorize the call.",
    hint: "Check the logins given and the permissions of the server's AWS credentials.",
  },
  OptInRequired: {
    message: "The account does not have this region or this service.",
    hint: "Enable it in the account's settings, or call another region.",
  },
  RequestExpired: rejectedSignature,
  ResourceConflictException: {
    message: "It is in use: the login is linked to another identity, or the user does not belong to the identity.",
    hint: "Look with describe-identity or lookup-developer-identity.",
  },
  ResourceNotFoundException: {
    message: "AWS did not find it in this region.",
    hint: "Check the id with list-identity-pools, list-identities or lookup-developer-identity.",
  },
  UnrecognizedClientException: unknownCredentials,
  ValidationException: {
    message: "AWS refused a value in the call.",
    hint: "Check the values against the tool's schema.",
  },
};
