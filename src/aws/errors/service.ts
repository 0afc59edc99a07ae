/** What Amazon Cognito Identity refuses with, and AWS's services in common. */
import type { KnownText, Meaning } from "./explanation.ts";

/** Texts that the service is known to give under a name that says less. The first that matches wins. */
export const serviceTexts: readonly KnownText[] = [
  {
    name: "NotAuthorizedException",
    text: /^Unauthenticated access is not supported/,
    what: "The identity pool gives no identities to guests.",
    next: "Pass Logins, or allow guests with update-identity-pool (AllowUnauthenticatedIdentities).",
  },
  {
    name: "NotAuthorizedException",
    text: /^Token is not from a supported provider/,
    what: "The login's provider or app client is not one of the identity pool's.",
    next: "Compare the provider name and the token's audience (client id) with describe-identity-pool; add it with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Logins don't match/,
    what: "None of the logins given belongs to this identity.",
    next: "Pass a token of a login that describe-identity lists.",
  },
  {
    name: "NotAuthorizedException",
    text: /does not have identity providers configured/,
    what: "The identity pool has no login provider, so nobody can sign in to it.",
    next: "Add a provider with update-identity-pool.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Access to Identity .* is forbidden/,
    what: "The identity is disabled, as a merge leaves the identity that was merged away.",
    next: "Ask get-id with the user's logins for the identity that is in use.",
  },
  {
    name: "NotAuthorizedException",
    text: /^The ambiguous role mapping rules/,
    what: "The role mapping denies this login: no rule or role claim decided, and AmbiguousRoleResolution is Deny.",
    next: "Look at the mapping with get-identity-pool-roles; add a rule, or resolve to AuthenticatedRole.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Access to Role .* is forbidden/,
    what: "The caller may not pass this role.",
    next: "Allow iam:PassRole for the role to the AWS credentials of this server.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Invalid login token\. Token expired/,
    what: "The login token has expired.",
    next: "Sign in again for a fresh id token.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Invalid login token\. Issuer doesn't match/,
    what: "The login token was issued by somebody else than the provider named.",
    next: "Use the token's issuer, without https://, as the provider name in Logins.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Invalid login token\. Missing a required claim: aud/,
    what: "The login token has no audience: it is an access token, not an id token.",
    next: "Pass the id token.",
  },
  {
    name: "NotAuthorizedException",
    text: /^Invalid login token/,
    what: "The login token is not valid for its provider.",
    next: "Pass a fresh id token, whole, under the provider that issued it.",
  },
  {
    name: "InvalidParameterException",
    text: /^Basic \(classic\) flow is not enabled/,
    what: "The identity pool has the basic (classic) flow closed.",
    next: "Use get-credentials-for-identity, or open it with update-identity-pool (AllowClassicFlow).",
  },
  {
    name: "InvalidParameterException",
    text: /^Please provide a valid public provider/,
    what: "A provider name in Logins is not one that AWS knows.",
    next: "Use the exact name, such as accounts.google.com or cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://.",
  },
  {
    name: "InvalidParameterException",
    text: /is not a valid RoleMapping ProviderName/,
    what: "A key of RoleMappings is not a provider of the identity pool.",
    next: "Use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), or the provider's ARN; describe-identity-pool shows them.",
  },
  {
    name: "InvalidParameterException",
    text: /^Invalid Cognito Identity Provider/,
    what: "An entry of CognitoIdentityProviders is not a user pool and client.",
    next: "Use ProviderName cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://, and the app client's id.",
  },
  {
    name: "InvalidParameterException",
    text: /does not support the specified developer provider/,
    what: "The provider in Logins is not the developer provider of this identity pool.",
    next: "Use the DeveloperProviderName that describe-identity-pool shows; set one with update-identity-pool if there is none.",
  },
];

export const expired: Meaning = {
  what: "The AWS credentials of this server have expired.",
  next: "Renew them (for SSO: aws sso login) and call again.",
};

export const unrecognized: Meaning = {
  what: "AWS does not know the AWS credentials of this server.",
  next: "Check the profile or the environment that the server was started with, and that the account has the region enabled.",
};

const forbidden: Meaning = {
  what: "The AWS credentials of this server may not do this.",
  next: "Allow the matching cognito-identity action in IAM to the server's credentials.",
};

export const unsigned: Meaning = {
  what: "AWS did not accept the signature.",
  next: "Check the clock of this machine and the AWS credentials of this server.",
};

export const serviceNames: Readonly<Record<string, Meaning>> = {
  AccessDeniedException: forbidden,
  ConcurrentModificationException: {
    what: "Somebody else changed the same thing at the same time. Nothing was changed by this call.",
    next: "Call again: the plan is made anew from what it is now.",
  },
  DeveloperUserAlreadyRegisteredException: {
    what: "The developer user belongs to another identity already.",
    next: "Find it with lookup-developer-identity; leave IdentityId out, or use merge-developer-identities.",
  },
  ExpiredTokenException: expired,
  ExternalServiceException: {
    what: "The login provider did not answer AWS as expected.",
    next: "Try again later; check the provider and its app if it stays.",
  },
  InternalErrorException: { what: "AWS had an internal error.", next: "Try again in a moment." },
  InvalidIdentityPoolConfigurationException: {
    what: "AWS could not get credentials with the roles of this identity pool.",
    next: "Check with get-identity-pool-roles that a role is set for this kind of identity; then its trust policy: principal cognito-identity.amazonaws.com, aud = the pool id, amr = authenticated or unauthenticated, sts:TagSession where principal tags are mapped.",
  },
  InvalidParameterException: {
    what: "AWS refused a value in the call.",
    next: "Check the values against describe-identity-pool and the tool's schema.",
  },
  InvalidSignatureException: unsigned,
  LimitExceededException: {
    what: "A quota of the account is reached.",
    next: "Delete what is not needed, or ask AWS to raise the quota in Service Quotas.",
  },
  MissingAuthenticationTokenException: {
    what: "AWS got the call without a signature.",
    next: "Check the AWS credentials of this server.",
  },
  NotAuthorized: forbidden,
  NotAuthorizedException: {
    what: "AWS did not authorize the call.",
    next: "Check the logins given and the permissions of the server's AWS credentials.",
  },
  OptInRequired: {
    what: "The account does not have this region or this service.",
    next: "Enable it in the account's settings, or call another region.",
  },
  RequestExpired: unsigned,
  ResourceConflictException: {
    what: "It is in use otherwise: a login that is linked to another identity, or a user and an identity that do not belong together.",
    next: "Look with describe-identity or lookup-developer-identity.",
  },
  ResourceNotFoundException: {
    what: "AWS knows no such thing in this region.",
    next: "Check the id with list-identity-pools, list-identities or lookup-developer-identity.",
  },
  UnrecognizedClientException: unrecognized,
  ValidationException: {
    what: "AWS refused a value in the call.",
    next: "Check the values against the tool's schema.",
  },
};
