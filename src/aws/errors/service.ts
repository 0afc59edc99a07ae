/** Errors of Amazon Cognito Identity, and errors that all AWS services have in common. */
import { trustPrincipal } from "../../util/partitions.ts";
import { explainDenial } from "./denials.ts";
import type { Explainer, Explanation, FailedCall, KnownMessage } from "./explanation.ts";
import { loginMessages } from "./logins.ts";
import { explainNotFound } from "./not-found.ts";

/** Known messages of the service that are more specific than the error's name. The first match wins. */
export const serviceMessages: readonly KnownMessage[] = [
  ...loginMessages,
  {
    name: "NotAuthorizedException",
    pattern: /^Access to Role .* is forbidden/,
    message: "The AWS credentials of this server are not allowed to pass this role.",
    hint: "Allow iam:PassRole for the role in IAM.",
  },
  {
    name: "NotAuthorizedException",
    pattern: /^Identity provider .* is not valid for account/,
    message: "An ARN in SamlProviderARNs or OpenIdConnectProviderARNs is not an identity provider of the account.",
    hint: "Use the ARN of a provider that exists in IAM of the pool's account: arn:PARTITION:iam::ACCOUNT:saml-provider/NAME, or arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST.",
  },
  {
    name: "InvalidParameterException",
    pattern: /is not a valid RoleMapping ProviderName/,
    message: "A key of RoleMappings is not a provider of the identity pool.",
    hint: "Use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), or the provider's ARN. describe-identity-pool shows both.",
  },
  {
    name: "InvalidParameterException",
    pattern: /\bAmbiguousRoleResolution\b/i,
    message: "A role mapping in RoleMappings has no valid AmbiguousRoleResolution.",
    hint: "Set AmbiguousRoleResolution to AuthenticatedRole or Deny in each mapping: the types Token and Rules both need it.",
  },
  {
    name: "InvalidParameterException",
    pattern: /^Invalid Cognito Identity Provider/,
    message: "An entry of CognitoIdentityProviders is not a valid user pool and app client.",
    hint: "Use ProviderName cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://, and the app client's id.",
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

export const rejectedSignature: Explanation = {
  message: "AWS rejected the signature of the request.",
  hint: "Check the clock of this machine and the AWS credentials of this server.",
};

/** One text of AWS for every fault of a role or of its trust policy. */
function unusableRole({ region }: FailedCall): Explanation {
  const principal = region === undefined ? undefined : trustPrincipal(region);
  const trust =
    principal === undefined
      ? "the principal and the condition keys of Cognito Identity in this partition, which are others than cognito-identity.amazonaws.com and not known to this server; aud = the pool id, amr = authenticated or unauthenticated"
      : `principal ${principal}, ${principal}:aud = the pool id, ${principal}:amr = authenticated or unauthenticated`;
  return {
    message: "AWS could not get credentials with the roles of this identity pool.",
    hint: `Check with get-identity-pool-roles that a role is set for this kind of identity. Then check the trust policy of the role: action sts:AssumeRoleWithWebIdentity, ${trust}, and sts:TagSession if principal tags are mapped.`,
  };
}

export const serviceErrors: Readonly<Record<string, Explainer>> = {
  AccessDeniedException: explainDenial,
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
  InvalidIdentityPoolConfigurationException: unusableRole,
  InvalidSignatureException: rejectedSignature,
  LimitExceededException: {
    message: "The account has reached a quota.",
    hint: "Delete unused resources, or request a higher quota in Service Quotas.",
  },
  MissingAuthenticationTokenException: {
    message: "AWS received the request without a signature.",
    hint: "Check the AWS credentials of this server.",
  },
  NotAuthorized: explainDenial,
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
  ResourceNotFoundException: explainNotFound,
  UnrecognizedClientException: unknownCredentials,
};
