/** An error that the service returns to the client. Any other error is an internal error. */
export class ServiceError extends Error {
  /** AWS's error code, for example `ResourceNotFoundException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Errors with AWS's messages, as observed on the wire where a source is known. */
export const errors = {
  poolNotFound: (id: string) => new ServiceError("ResourceNotFoundException", `IdentityPool '${id}' not found.`),
  identityNotFound: (id: string) => new ServiceError("ResourceNotFoundException", `Identity '${id}' not found.`),
  guestsNotAllowed: () =>
    new ServiceError("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."),
  noProvidersConfigured: (pool: string) =>
    new ServiceError("NotAuthorizedException", `Identity pool - ${pool} does not have identity providers configured.`),
  unsupportedProvider: () =>
    new ServiceError("NotAuthorizedException", "Token is not from a supported provider of this identity pool."),
  loginsDoNotMatch: () =>
    new ServiceError(
      "NotAuthorizedException",
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    ),
  identityForbidden: (id: string) =>
    new ServiceError("NotAuthorizedException", `Access to Identity '${id}' is forbidden.`),
  /** https://github.com/jaredhanson/passport-google-oauth2/issues/20 */
  notAnIdToken: () => invalidLoginToken("Not a valid OpenId Connect identity token."),
  notCognitoToken: () => invalidLoginToken("Not a Cognito token."),
  unverifiableToken: () => invalidLoginToken("Couldn't verify signed token."),
  cognitoTokenNotAllowed: () => invalidLoginToken("Can't pass in a Cognito token."),
  /** Both parameters are in the same unit since the epoch: seconds for tokens, milliseconds for SAML assertions. */
  expiredToken: (now: number, expiry: number) => invalidLoginToken(`Token expired: ${now} >= ${expiry}`),
  issuerMismatch: () => invalidLoginToken("Issuer doesn't match providerName"),
  missingClaim: (claim: string) => invalidLoginToken(`Missing a required claim: ${claim}`),
  ambiguousRole: (provider: string) =>
    new ServiceError(
      "NotAuthorizedException",
      `The ambiguous role mapping rules for: ${provider} denied this request.`,
    ),
  /** Only for an ID that a caller chose. AWS chooses all IDs. */
  idInUse: (id: string) => new ServiceError("ResourceConflictException", `The id ${id} is already used`),
  tooManyPools: () =>
    new ServiceError("LimitExceededException", "The account has as many identity pools as it can have"),
  /** AWS's message is not known. */
  tooManyUserPools: (max: number) =>
    new ServiceError("LimitExceededException", `An identity pool can have at most ${max} user pools`),
  roleForbidden: (arn: string) => new ServiceError("NotAuthorizedException", `Access to Role '${arn}' is forbidden.`),
  /** AWS's code and message are not known. */
  roleNotInToken: () =>
    new ServiceError("NotAuthorizedException", "The custom role is not one of the roles in the token"),
  notPublicProvider: () => new ServiceError("InvalidParameterException", "Please provide a valid public provider"),
  noRoleConfigured: () =>
    new ServiceError(
      "InvalidIdentityPoolConfigurationException",
      "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    ),
  rateExceeded: () => new ServiceError("TooManyRequestsException", "Rate exceeded"),
  classicFlowDisabled: () =>
    new ServiceError("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."),
  /** https://github.com/awslabs/aws-rum-web/issues/172 and https://github.com/aws-amplify/aws-sdk-ios/issues/520 */
  classicFlowNotSupported: (feature: "RoleMappings" | "SAML") =>
    new ServiceError(
      "InvalidParameterException",
      `Basic (classic) flow is not supported with ${feature}, please use enhanced flow.`,
    ),
  /** https://github.com/aws-amplify/amplify-backend/issues/766 */
  foreignProvider: (arn: string, account: string) =>
    new ServiceError("NotAuthorizedException", `Identity provider ${arn} is not valid for account ${account}`),
  /** The answer of IAM (https://github.com/aws/aws-sdk-ruby/issues/2173). */
  accessDenied: (user: string, operation: string, resource: string) =>
    new ServiceError(
      "AccessDeniedException",
      `User: ${user} is not authorized to perform: cognito-identity:${operation} on resource: ${resource}`,
    ),
  invalidCognitoProvider: () => new ServiceError("InvalidParameterException", "Invalid Cognito Identity Provider"),
  invalidRoleMapping: (provider: string) =>
    new ServiceError(
      "InvalidParameterException",
      `${provider} is not a valid RoleMapping ProviderName or is not a configured provider.`,
    ),
  unsupportedDeveloperProvider: () =>
    new ServiceError(
      "InvalidParameterException",
      "This identity pool does not support the specified developer provider",
    ),
  /** AWS's message is not known. */
  invalid: (message: string) => new ServiceError("InvalidParameterException", message),
  notFound: (message: string) => new ServiceError("ResourceNotFoundException", message),
  conflict: (message: string) => new ServiceError("ResourceConflictException", message),
};

function invalidLoginToken(reason: string): ServiceError {
  return new ServiceError("NotAuthorizedException", `Invalid login token. ${reason}`);
}
