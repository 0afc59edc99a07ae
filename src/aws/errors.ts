/**
 * What an error of AWS or of the way to it means, in our own words. AWS's text is looked at and never passed on: it can
 * echo a login token.
 */

/** A call that was sent, or could not be, and failed. */
export interface Failure {
  readonly kind: "failure";
  /** AWS's error code, or ours for what never reached AWS. */
  readonly code: string;
  readonly what: string;
  readonly next: string;
  readonly requestId?: string;
  /** The change may have been made, or not. */
  readonly unknown?: true;
  /** What is wrong with the login tokens, one sentence each. */
  readonly logins?: readonly string[];
}

interface Meaning {
  readonly what: string;
  readonly next: string;
}

const signedOut: Meaning = {
  what: "The SSO session has expired or was never begun.",
  next: "Run aws sso login for the profile, then call again.",
};

const roleNotGiven: Meaning = {
  what: "Single sign-on does not give this server the role of its profile.",
  next: "Check sso_account_id and sso_role_name of the profile.",
};

const foreign: Meaning = {
  what: "The endpoint is neither AWS's own nor on this machine, so nothing was sent to it.",
  next: "If it is meant, the operator can start the server with --endpoint-url. Otherwise look for endpoint_url in the AWS configuration, and for AWS_ENDPOINT_URL in the environment.",
};

const untrusted: Meaning = {
  what: "The certificate of the endpoint is not one that this machine trusts, so nothing was sent.",
  next: "If a proxy of your network stands in between, the operator can start the server with NODE_EXTRA_CA_CERTS naming a file with the proxy's certificate.",
};

/** A text that AWS or its SDK is known to give, and what it means. The first that matches wins. */
const recognised: readonly (Meaning & { readonly code: string; readonly text: RegExp })[] = [
  {
    code: "NotAuthorizedException",
    text: /^Unauthenticated access is not supported/,
    what: "The identity pool gives no identities to guests.",
    next: "Pass Logins, or allow guests with update-identity-pool (AllowUnauthenticatedIdentities).",
  },
  {
    code: "NotAuthorizedException",
    text: /^Token is not from a supported provider/,
    what: "The login's provider or app client is not one of the identity pool's.",
    next: "Compare the provider name and the token's audience (client id) with describe-identity-pool; add it with update-identity-pool.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Logins don't match/,
    what: "None of the logins given belongs to this identity.",
    next: "Pass a token of a login that describe-identity lists.",
  },
  {
    code: "NotAuthorizedException",
    text: /does not have identity providers configured/,
    what: "The identity pool has no login provider, so nobody can sign in to it.",
    next: "Add a provider with update-identity-pool.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Access to Identity .* is forbidden/,
    what: "The identity is disabled, as a merge leaves the identity that was merged away.",
    next: "Ask get-id with the user's logins for the identity that is in use.",
  },
  {
    code: "NotAuthorizedException",
    text: /^The ambiguous role mapping rules/,
    what: "The role mapping denies this login: no rule or role claim decided, and AmbiguousRoleResolution is Deny.",
    next: "Look at the mapping with get-identity-pool-roles; add a rule, or resolve to AuthenticatedRole.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Access to Role .* is forbidden/,
    what: "The caller may not pass this role.",
    next: "Allow iam:PassRole for the role to the AWS credentials of this server.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Invalid login token\. Token expired/,
    what: "The login token has expired.",
    next: "Sign in again for a fresh id token.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Invalid login token\. Issuer doesn't match/,
    what: "The login token was issued by somebody else than the provider named.",
    next: "Use the token's issuer, without https://, as the provider name in Logins.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Invalid login token\. Missing a required claim: aud/,
    what: "The login token has no audience: it is an access token, not an id token.",
    next: "Pass the id token.",
  },
  {
    code: "NotAuthorizedException",
    text: /^Invalid login token/,
    what: "The login token is not valid for its provider.",
    next: "Pass a fresh id token, whole, under the provider that issued it.",
  },
  {
    code: "InvalidParameterException",
    text: /^Basic \(classic\) flow is not enabled/,
    what: "The identity pool has the basic (classic) flow closed.",
    next: "Use get-credentials-for-identity, or open it with update-identity-pool (AllowClassicFlow).",
  },
  {
    code: "InvalidParameterException",
    text: /^Please provide a valid public provider/,
    what: "A provider name in Logins is not one that AWS knows.",
    next: "Use the exact name, such as accounts.google.com or cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://.",
  },
  {
    code: "InvalidParameterException",
    text: /is not a valid RoleMapping ProviderName/,
    what: "A key of RoleMappings is not a provider of the identity pool.",
    next: "Use cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), or the provider's ARN; describe-identity-pool shows them.",
  },
  {
    code: "InvalidParameterException",
    text: /^Invalid Cognito Identity Provider/,
    what: "An entry of CognitoIdentityProviders is not a user pool and client.",
    next: "Use ProviderName cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://, and the app client's id.",
  },
  {
    code: "InvalidParameterException",
    text: /does not support the specified developer provider/,
    what: "The provider in Logins is not the developer provider of this identity pool.",
    next: "Use the DeveloperProviderName that describe-identity-pool shows; set one with update-identity-pool if there is none.",
  },
  // From here on: why there are no credentials, of which the SDK has words alone.
  {
    code: "CredentialsProviderError",
    text: /\bnot in time$/,
    what: "The AWS credentials did not come in time.",
    next: "If a program of the profile (credential_process) waits for an answer, give it and call again. Otherwise check that program, the network and the proxy.",
  },
  {
    code: "CredentialsProviderError",
    text: /multi-factor/,
    what: "The role of the profile wants an MFA code, which this server cannot ask for.",
    next: "Get a session with the code outside of it (aws sts get-session-token, or a program that asks, as the profile's credential_process), and start the server with that.",
  },
  { code: "CredentialsProviderError", text: /\bForbiddenException/, ...roleNotGiven },
  {
    code: "CredentialsProviderError",
    text: /invalid SSO credentials|Sso session .* (could not be found|is missing)|the profile is not whole/,
    what: "What the AWS configuration says of the credentials is not whole.",
    next: "Look at the profile, and at the sections and variables that it names; for SSO, aws configure sso writes them.",
  },
  {
    code: "CredentialsProviderError",
    text: /\bUnauthorizedException|\bSSO session|in SSO Token|Token is expired/,
    ...signedOut,
  },
  {
    code: "CredentialsProviderError",
    text: /re-?authenticate|Failed to load (a )?token/,
    what: "What aws login got has expired, or was never there.",
    next: "Run aws login for the profile, then call again.",
  },
  {
    code: "CredentialsProviderError",
    text: /credential_process (returned|did not return)|Command failed/,
    what: "The profile's credential_process failed, or did not print credentials that hold.",
    next: "Run the program in a shell: it must print JSON with Version 1, AccessKeyId and SecretAccessKey.",
  },
  { code: "CredentialsProviderError", text: /\bEndpointError/, ...foreign },
  { code: "CredentialsProviderError", text: /certificate/, ...untrusted },
  {
    code: "CredentialsProviderError",
    text: /\bTimeoutError|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH)\b/,
    what: "What the AWS credentials come from could not be reached.",
    next: "Check the network, the proxy and the region of the profile, then call again.",
  },
  {
    code: "CredentialsProviderError",
    text: /using profile: \[(?!default\])|Unsupported credential source|Detected a cycle/,
    what: "The profile is not in the AWS configuration, or says nowhere where its credentials come from.",
    next: "See aws configure list-profiles, and the profile's source_profile if it has one.",
  },
  {
    code: "Error",
    text: /^(ENOENT|EACCES)\b/,
    what: "The file of the web identity cannot be read.",
    next: "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile.",
  },
  {
    code: "Error",
    text: /^Region not accepted/,
    what: "The region of the AWS configuration is none.",
    next: "Correct it in the profile or in AWS_REGION, or pass region.",
  },
];

/** What a mistake in this program raises. */
const fault: Meaning = {
  what: "This server has a fault.",
  next: "Report it with what the server wrote to stderr; it holds no secrets.",
};

const expired: Meaning = {
  what: "The AWS credentials of this server have expired.",
  next: "Renew them (for SSO: aws sso login) and call again.",
};

const unrecognized: Meaning = {
  what: "AWS does not know the AWS credentials of this server.",
  next: "Check the profile or the environment that the server was started with, and that the account has the region enabled.",
};

const forbidden: Meaning = {
  what: "The AWS credentials of this server may not do this.",
  next: "Allow the matching cognito-identity action in IAM to the server's credentials.",
};

const unsigned: Meaning = {
  what: "AWS did not accept the signature.",
  next: "Check the clock of this machine and the AWS credentials of this server.",
};

const byCode: Readonly<Record<string, Meaning>> = {
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
  // From STS and single sign-on, which the SDK asks for credentials.
  AccessDenied: {
    what: "AWS did not let this server take on the role of its profile.",
    next: "Check the role's trust policy, and that the profile's source credentials may do sts:AssumeRole.",
  },
  ExpiredToken: expired,
  InvalidClientTokenId: unrecognized,
  InvalidIdentityToken: {
    what: "STS did not accept the web identity of this server.",
    next: "Check the token file, and the role's trust policy.",
  },
  RegionDisabledException: {
    what: "STS is not active in the region of the profile.",
    next: "Activate it in the account's settings of IAM, or set another region for the profile.",
  },
  SignatureDoesNotMatch: unsigned,
  ValidationError: {
    what: "STS refused what the profile says of its role.",
    next: "Check role_arn, role_session_name, external_id and duration_seconds of the profile.",
  },
  // From here on: what the SDK raises on this side of the wire.
  TypeError: fault,
  RangeError: fault,
  ReferenceError: fault,
  AbortError: { what: "The call was cancelled.", next: "Nothing more is sent." },
  AuditError: {
    what: "The audit file cannot be written, so nothing was sent.",
    next: "The operator finds the reason in what the server wrote to stderr.",
  },
  EndpointError: foreign,
  OversizeError: {
    what: "The answer was larger than any of AWS's, so nothing of it was read.",
    next: "Check the endpoint.",
  },
  TimeoutError: {
    what: "AWS did not answer in time.",
    next: "Try again in a moment; check the network and the endpoint if it stays.",
  },
  CredentialsProviderError: {
    what: "No AWS credentials were found.",
    next: "Sign in (aws sso login, aws login, aws configure), or start the server with a profile (--profile), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role; or with --local to try it without AWS.",
  },
};

const unreachable: Meaning = {
  what: "AWS could not be reached.",
  next: "Check the network, the region and the endpoint, then call again. Behind a proxy, the operator starts the server with HTTPS_PROXY and NODE_USE_ENV_PROXY=1 (Node 24.5 or later).",
};

const notTls: Meaning = {
  what: "What answers at the endpoint does not speak TLS, so nothing was sent.",
  next: "Check the endpoint, its port, and proxies on the way to it.",
};

const untunnelled: Meaning = {
  what: "The proxy did not let the call through.",
  next: "Check HTTPS_PROXY, with the name and password that the proxy may want, and which hosts it allows.",
};

const doubt: Meaning = {
  what: "Whether the change was made is not known.",
  next: "Look at the present state before calling again.",
};

/** Codes of Node's for a certificate that does not hold; see https://nodejs.org/api/tls.html#x509-certificate-error-codes. */
const uncertified = new Set([
  "CERT_CHAIN_TOO_LONG",
  "CERT_HAS_EXPIRED",
  "CERT_NOT_YET_VALID",
  "CERT_REJECTED",
  "CERT_REVOKED",
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "ERR_TLS_CERT_ALTNAME_INVALID",
  "HOSTNAME_MISMATCH",
  "INVALID_CA",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Codes of Node's for a host that is not found or does not answer. */
const unfound = new Set(["ENOTFOUND", "ECONNREFUSED", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"]);

/** Codes of Node's for a connection to what is not AWS. */
const astray = /^(EPROTO|ERR_SSL_\w+|ERR_PROXY_TUNNEL)$/;

/** Codes of Node's for a connection that broke. */
const broken = new Set(["ECONNRESET", "EPIPE", "ETIMEDOUT"]);

/** Raised before anything is sent. */
const early = new Set(["AuditError", "EndpointError"]);

/**
 * Turns whatever a call raised into what happened and what to do next. `mutates` tells whether the call was one that changes
 * something: then anything but AWS's own refusal leaves the account in doubt.
 */
export function explain(error: unknown, mutates: boolean): Failure {
  const { name, code, status, requestId, unsent } = read(error);
  const { what, next } = meaningOf(error);
  const reason = [unfound, uncertified, broken].some((codes) => codes.has(code)) || astray.test(code) ? code : name;
  const refused = status !== undefined && status >= 400 && status < 500;
  const unknown = mutates && !refused && !unsent && !early.has(name);
  return {
    kind: "failure",
    code: /^\w{1,64}$/.test(reason) ? reason : "UnknownError",
    ...(unknown ? { what: `${what} ${doubt.what}`, next: doubt.next, unknown } : { what, next }),
    ...(requestId !== undefined && { requestId }),
  };
}

function meaningOf(error: unknown): Meaning {
  const { name, message, code, status, requestId, waitSeconds, unsent } = read(error);
  if (throttling.has(name) || status === 429) return throttled(waitSeconds);
  // Before the names: the SDK calls a broken connection a TimeoutError too.
  if (uncertified.has(code)) return untrusted;
  if (astray.test(code)) return code === "ERR_PROXY_TUNNEL" ? untunnelled : notTls;
  if (unfound.has(code) || (unsent && (broken.has(code) || name === "TimeoutError"))) return unreachable;
  if (broken.has(code)) return { what: "The connection broke before AWS answered.", next: unreachable.next };
  const known = recognised.find((entry) => entry.code === name && entry.text.test(message)) ?? byCode[name];
  if (known) return known;
  if (status !== undefined && status >= 500)
    return { what: "AWS had an internal error.", next: "Try again in a moment." };
  if (error instanceof SyntaxError)
    return { what: "What came back is no answer of AWS's.", next: "Check the endpoint, and proxies on the way to it." };
  return {
    what: "The call failed for a reason this server does not know.",
    next:
      requestId === undefined ? "Call again, or look at the server's set-up." : "AWS support can trace the request id.",
  };
}

/** The service's own code, AWS's common one, and that of STS. */
const throttling = new Set(["TooManyRequestsException", "ThrottlingException", "Throttling"]);

/** Seconds to wait where AWS does not say: its rates are counted by the second, and the tries so far were turned away. */
const PAUSE = 5;

function throttled(seconds = PAUSE): Meaning {
  return {
    what: "AWS is throttling these calls, and turned this one away unread.",
    next: `Call again in ${seconds} seconds, and then one at a time.`,
  };
}

interface Parts {
  readonly name: string;
  readonly message: string;
  readonly code: string;
  /** Of HTTP. */
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly waitSeconds: number | undefined;
  /** It was raised before the request could leave. */
  readonly unsent: boolean;
}

/** The parts of an error that may be looked at. */
function read(error: unknown): Parts {
  if (!(error instanceof Error))
    return {
      name: "UnknownError",
      message: "",
      code: "",
      status: undefined,
      requestId: undefined,
      waitSeconds: undefined,
      unsent: false,
    };
  const { code, unsent, $metadata, $response } = error as {
    code?: unknown;
    unsent?: unknown;
    $metadata?: { requestId?: unknown; httpStatusCode?: unknown };
    $response?: { statusCode?: unknown; headers?: Readonly<Record<string, unknown>> };
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const requestId = $metadata?.requestId;
  const wait = Number($response?.headers?.["retry-after"]);
  return {
    name: error.name,
    message: error.message,
    code: String(code ?? ""),
    status: typeof status === "number" ? status : undefined,
    requestId: typeof requestId === "string" && /^[\w-]{1,64}$/.test(requestId) ? requestId : undefined,
    waitSeconds: Number.isInteger(wait) && wait > 0 && wait <= 3600 ? wait : undefined,
    unsent: unsent === true,
  };
}
