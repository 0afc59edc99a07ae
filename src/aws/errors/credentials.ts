/** Why there are no credentials: what the SDK's chain finds, and what STS and single sign-on refuse with. */
import { untrustedCertificate, untrustedEndpoint } from "./connection.ts";
import type { Explanation, KnownMessage } from "./explanation.ts";
import { expiredCredentials, rejectedSignature, unknownCredentials } from "./service.ts";

const signedOut: Explanation = {
  message: "The SSO session has expired or was never begun.",
  hint: "Run aws sso login for the profile, then call again.",
};

const roleNotGiven: Explanation = {
  message: "Single sign-on does not give this server the role of its profile.",
  hint: "Check sso_account_id and sso_role_name of the profile.",
};

/** Texts of the SDK's chain, which has one name for nearly all. The first that matches wins. */
export const credentialMessages: readonly KnownMessage[] = [
  {
    name: "CredentialsProviderError",
    pattern: /\bnot in time$/,
    message: "The AWS credentials did not come in time.",
    hint: "If a program of the profile (credential_process) waits for an answer, give it and call again. Otherwise check that program, the network and the proxy.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /multi-factor/,
    message: "The role of the profile wants an MFA code, which this server cannot ask for.",
    hint: "Get a session with the code outside of it (aws sts get-session-token, or a program that asks, as the profile's credential_process), and start the server with that.",
  },
  { name: "CredentialsProviderError", pattern: /\bForbiddenException/, ...roleNotGiven },
  {
    name: "CredentialsProviderError",
    pattern: /invalid SSO credentials|Sso session .* (could not be found|is missing)|the profile is not whole/,
    message: "What the AWS configuration says of the credentials is not whole.",
    hint: "Look at the profile, and at the sections and variables that it names; for SSO, aws configure sso writes them.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /\bUnauthorizedException|\bSSO session|in SSO Token|Token is expired/,
    ...signedOut,
  },
  {
    name: "CredentialsProviderError",
    pattern: /re-?authenticate|Failed to load (a )?token/,
    message: "What aws login got has expired, or was never there.",
    hint: "Run aws login for the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /credential_process (returned|did not return)|Command failed/,
    message: "The profile's credential_process failed, or did not print credentials that hold.",
    hint: "Run the program in a shell: it must print JSON with Version 1, AccessKeyId and SecretAccessKey.",
  },
  { name: "CredentialsProviderError", pattern: /\bEndpointError/, ...untrustedEndpoint },
  { name: "CredentialsProviderError", pattern: /certificate/, ...untrustedCertificate },
  {
    name: "CredentialsProviderError",
    pattern: /\bTimeoutError|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH)\b/,
    message: "What the AWS credentials come from could not be reached.",
    hint: "Check the network, the proxy and the region of the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /using profile: \[(?!default\])|Unsupported credential source|Detected a cycle/,
    message: "The profile is not in the AWS configuration, or says nowhere where its credentials come from.",
    hint: "See aws configure list-profiles, and the profile's source_profile if it has one.",
  },
  {
    name: "Error",
    pattern: /^(ENOENT|EACCES)\b/,
    message: "The file of the web identity cannot be read.",
    hint: "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile.",
  },
  {
    name: "Error",
    pattern: /^Region not accepted/,
    message: "The region in the AWS configuration is not an AWS region.",
    hint: "Correct it in the profile or in AWS_REGION, or pass region.",
  },
];

export const credentialErrors: Readonly<Record<string, Explanation>> = {
  AccessDenied: {
    message: "AWS did not let this server take on the role of its profile.",
    hint: "Check the role's trust policy, and that the profile's source credentials may do sts:AssumeRole.",
  },
  ExpiredToken: expiredCredentials,
  InvalidClientTokenId: unknownCredentials,
  InvalidIdentityToken: {
    message: "STS did not accept the web identity of this server.",
    hint: "Check the token file, and the role's trust policy.",
  },
  RegionDisabledException: {
    message: "STS is not active in the region of the profile.",
    hint: "Activate it in the account's settings of IAM, or set another region for the profile.",
  },
  SignatureDoesNotMatch: rejectedSignature,
  ValidationError: {
    message: "STS refused what the profile says of its role.",
    hint: "Check role_arn, role_session_name, external_id and duration_seconds of the profile.",
  },
  CredentialsProviderError: {
    message: "No AWS credentials were found.",
    hint: "Sign in (aws sso login, aws login, aws configure), or start the server with a profile (--profile), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role; or with --local to try it without AWS.",
  },
};
