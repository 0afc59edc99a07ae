/** Errors of Amazon Cognito Identity, and errors that all AWS services have in common. */
import type { Explanation, KnownMessage } from "./explanation.ts";

/** For a developer login under another provider. Its value is a user name, and no token. */
export const NOT_DEVELOPER_PROVIDER = "The provider in Logins is not the developer provider of this identity pool.";

/** Known messages of the service that are more specific than the error's name. The first match wins. */
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
    message: "The identity pool does not accept the provider or app client of the login.",
    hint: "Compare the provider name and the token's audience (client id) with describe-identity-pool. To add them, use update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Logins don't match/,
    message: "None of the given logins is linked to this identity.",
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
    message: "The identity is disabled, because it was merged into another identity.",
    hint: "Call get-id with the user's logins to get the current identity.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^The ambiguous role mapping rules/,
    message:
      "The role mapping denies this login: no rule or role claim selects a role, and AmbiguousRoleResolution is Deny.",
    hint: "Read the mapping with get-identity-pool-roles. Add a rule, or set AmbiguousRoleResolution to AuthenticatedRole.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Role .* is forbidden/,
    message: "The AWS credentials of this server are not allowed to pass this role.",
    hint: "Allow iam:PassRole for the role in IAM.",
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
    pattern: /^Invalid login token\. Missing a required claim: aud/,
    message: "The login token has no audience: it is an access token, not an id token.",
    hint: "Pass the id token.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Invalid login token/,
    message: "The login token is not valid for its provider.",
    hint: "Pass a new, complete id token under the provider that issued it.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Basic \(classic\) flow is not enabled/,
    message: "The basic (classic) flow is disabled in this identity pool.",
    hint: "Use get-credentials-for-identity, or enable the flow with update-identity-pool (AllowClassicFlow).",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Please provide a valid public provider/,
    message: "AWS does not recognize a provider name in Logins.",
    hint: "Use the exact name, such as accounts.google.com or cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://.",
  },
  {
    name: "InvalidParameterException",
    pattern: /is not a valid RoleMapping ProviderName/,
    message: "A key of RoleMappings is not a provider of the identity pool.",
    hint: "Use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), or the provider's ARN. describe-identity-pool shows both.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Invalid Cognito Identity Provider/,
    message: "An entry of CognitoIdentityProviders is not a valid user pool and app client.",
    hint: "Use ProviderName cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://, and the app client's id.",
  },
  {
    name: "InvalidParameterException",
    pattern: /does not support the specified developer provider/,
    message: NOT_DEVELOPER_PROVIDER,
    hint: "Use the DeveloperProviderName that describe-identity-pool shows. If there is none, set one with update-identity-pool.",
  },
];

export const expiredCredentials: Explanation = {
  message: "The AWS credentials of this server have expired.",
  hint: "Renew them (for SSO, run aws sso login) and call again.",
};

export const unknownCredentials: Explanation = {
  message: "AWS does not recognize the AWS credentials of this server.",
  hint: "Check the profile or the environment that the server was started with, and that the region is enabled for the account.",
};

const forbidden: Explanation = {
  message: "The AWS credentials of this server do not have this permission.",
  hint: "Allow the matching cognito-identity action in IAM.",
};

export const rejectedSignature: Explanation = {
  message: "AWS rejected the signature of the request.",
  hint: "Check the clock of this machine and the AWS credentials of this server.",
};

export const serviceErrors: Readonly<Record<string, Explanation>> = {
  AccessDeniedException: forbidden,
  ConcurrentModificationException: {
    message: "Another request changed the same resource at the same time. This call changed nothing.",
    hint: "Call again. The server makes a new plan from the current state.",
  },
  DeveloperUserAlreadyRegisteredException: {
    message: "The developer user already belongs to another identity.",
    hint: "Find that identity with lookup-developer-identity. Then leave IdentityId out, or use merge-developer-identities.",
  },
  ExpiredTokenException: expiredCredentials,
  ExternalServiceException: {
    message: "The login provider did not answer AWS as expected.",
    hint: "Try again later. If the error persists, check the provider and its app.",
  },
  InternalErrorException: { message: "AWS had an internal error.", hint: "Try again in a moment." },
  InvalidIdentityPoolConfigurationException: {
    message: "AWS could not get credentials with the roles of this identity pool.",
    hint: "Check with get-identity-pool-roles that a role is set for this kind of identity. Then check the trust policy of the role: principal cognito-identity.amazonaws.com, aud = the pool id, amr = authenticated or unauthenticated, and sts:TagSession if principal tags are mapped.",
  },
  InvalidSignatureException: rejectedSignature,
  LimitExceededException: {
    message: "The account has reached a quota.",
    hint: "Delete unused resources, or request a higher quota in Service Quotas.",
  },
  MissingAuthenticationTokenException: {
    message: "AWS received the request without a signature.",
    hint: "Check the AWS credentials of this server.",
  },
  NotAuthorized: forbidden,
  NotAuthorizedException: {
    message: "AWS did not authorize the call.",
    hint: "Check the given logins and the permissions of the AWS credentials of this server.",
  },
  OptInRequired: {
    message: "This region or service is not enabled for the account.",
    hint: "Enable it in the account settings, or use another region.",
  },
  RequestExpired: rejectedSignature,
  ResourceConflictException: {
    message:
      "There is a conflict: the login is linked to another identity, or the user does not belong to the identity.",
    hint: "Check with describe-identity or lookup-developer-identity.",
  },
  ResourceNotFoundException: {
    message: "AWS did not find the resource in this region.",
    hint: "Check the id with list-identity-pools, list-identities or lookup-developer-identity.",
  },
  UnrecognizedClientException: unknownCredentials,
};
