/** An error that the service answers with; anything else that is thrown is a fault of ours. */
export class ServiceError extends Error {
  /** AWS's error code, such as `ResourceNotFoundException`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The service's own texts, as seen on the wire where a source is known. */
export const errors = {
  noPool: (id: string) => new ServiceError("ResourceNotFoundException", `IdentityPool '${id}' not found.`),
  noIdentity: (id: string) => new ServiceError("ResourceNotFoundException", `Identity '${id}' not found.`),
  noGuests: () =>
    new ServiceError("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."),
  noProviders: (pool: string) =>
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
  foreignToken: () => badToken("Not a Cognito token."),
  unverifiedToken: () => badToken("Couldn't verify signed token."),
  ownToken: () => badToken("Can't pass in a Cognito token."),
  /** Both in seconds since the epoch. */
  expiredToken: (now: number, expiry: number) => badToken(`Token expired: ${now} >= ${expiry}`),
  foreignIssuer: () => badToken("Issuer doesn't match providerName"),
  missingClaim: (claim: string) => badToken(`Missing a required claim: ${claim}`),
  ambiguousRole: (provider: string) =>
    new ServiceError(
      "NotAuthorizedException",
      `The ambiguous role mapping rules for: ${provider} denied this request.`,
    ),
  tooManyPools: () =>
    new ServiceError("LimitExceededException", "The account has as many identity pools as it can have"),
  /** A choice of ours: the wording is not known. */
  tooManyUserPools: (most: number) =>
    new ServiceError("LimitExceededException", `An identity pool can have at most ${most} user pools`),
  roleForbidden: (arn: string) => new ServiceError("NotAuthorizedException", `Access to Role '${arn}' is forbidden.`),
  /** A choice of ours: neither code nor wording is known. */
  foreignRole: () => new ServiceError("NotAuthorizedException", "The custom role is not one of the roles in the token"),
  notPublic: () => new ServiceError("InvalidParameterException", "Please provide a valid public provider"),
  noRole: () =>
    new ServiceError(
      "InvalidIdentityPoolConfigurationException",
      "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    ),
  tooMany: () => new ServiceError("TooManyRequestsException", "Rate exceeded"),
  classicFlowClosed: () =>
    new ServiceError("InvalidParameterException", "Basic (classic) flow is not enabled, please use enhanced flow."),
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
  /** A choice of ours: the service's wording is not known. */
  invalid: (message: string) => new ServiceError("InvalidParameterException", message),
  notFound: (message: string) => new ServiceError("ResourceNotFoundException", message),
  conflict: (message: string) => new ServiceError("ResourceConflictException", message),
};

function badToken(why: string): ServiceError {
  return new ServiceError("NotAuthorizedException", `Invalid login token. ${why}`);
}
