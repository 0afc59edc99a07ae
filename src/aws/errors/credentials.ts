/** Why there are no credentials: what the SDK's chain finds, and what STS and single sign-on refuse with. */
import { foreign, untrusted } from "./connection.ts";
import type { KnownText, Meaning } from "./explanation.ts";
import { expired, unrecognized, unsigned } from "./service.ts";

const signedOut: Meaning = {
  what: "The SSO session has expired or was never begun.",
  next: "Run aws sso login for the profile, then call again.",
};

const roleNotGiven: Meaning = {
  what: "Single sign-on does not give this server the role of its profile.",
  next: "Check sso_account_id and sso_role_name of the profile.",
};

/** Texts of the SDK's chain, which has one name for nearly all. The first that matches wins. */
export const credentialTexts: readonly KnownText[] = [
  {
    name: "CredentialsProviderError",
    text: /\bnot in time$/,
    what: "The AWS credentials did not come in time.",
    next: "If a program of the profile (credential_process) waits for an answer, give it and call again. Otherwise check that program, the network and the proxy.",
  },
  {
    name: "CredentialsProviderError",
    text: /multi-factor/,
    what: "The role of the profile wants an MFA code, which this server cannot ask for.",
    next: "Get a session with the code outside of it (aws sts get-session-token, or a program that asks, as the profile's credential_process), and start the server with that.",
  },
  { name: "CredentialsProviderError", text: /\bForbiddenException/, ...roleNotGiven },
  {
    name: "CredentialsProviderError",
    text: /invalid SSO credentials|Sso session .* (could not be found|is missing)|the profile is not whole/,
    what: "What the AWS configuration says of the credentials is not whole.",
    next: "Look at the profile, and at the sections and variables that it names; for SSO, aws configure sso writes them.",
  },
  {
    name: "CredentialsProviderError",
    text: /\bUnauthorizedException|\bSSO session|in SSO Token|Token is expired/,
    ...signedOut,
  },
  {
    name: "CredentialsProviderError",
    text: /re-?authenticate|Failed to load (a )?token/,
    what: "What aws login got has expired, or was never there.",
    next: "Run aws login for the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    text: /credential_process (returned|did not return)|Command failed/,
    what: "The profile's credential_process failed, or did not print credentials that hold.",
    next: "Run the program in a shell: it must print JSON with Version 1, AccessKeyId and SecretAccessKey.",
  },
  { name: "CredentialsProviderError", text: /\bEndpointError/, ...foreign },
  { name: "CredentialsProviderError", text: /certificate/, ...untrusted },
  {
    name: "CredentialsProviderError",
    text: /\bTimeoutError|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH)\b/,
    what: "What the AWS credentials come from could not be reached.",
    next: "Check the network, the proxy and the region of the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    text: /using profile: \[(?!default\])|Unsupported credential source|Detected a cycle/,
    what: "The profile is not in the AWS configuration, or says nowhere where its credentials come from.",
    next: "See aws configure list-profiles, and the profile's source_profile if it has one.",
  },
  {
    name: "Error",
    text: /^(ENOENT|EACCES)\b/,
    what: "The file of the web identity cannot be read.",
    next: "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file of the profile.",
  },
  {
    name: "Error",
    text: /^Region not accepted/,
    what: "The region of the AWS configuration is none.",
    next: "Correct it in the profile or in AWS_REGION, or pass region.",
  },
];

export const credentialNames: Readonly<Record<string, Meaning>> = {
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
  CredentialsProviderError: {
    what: "No AWS credentials were found.",
    next: "Sign in (aws sso login, aws login, aws configure), or start the server with a profile (--profile), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role; or with --local to try it without AWS.",
  },
};
