/** Why there are no credentials: errors of the SDK's credential chain, of STS and of SSO. */
import { untrustedCertificate, untrustedEndpoint } from "./connection.ts";
import type { Explanation, KnownMessage } from "./explanation.ts";
import { expiredCredentials, rejectedSignature, unknownCredentials } from "./service.ts";

const signedOut: Explanation = {
  message: "The SSO session has expired or does not exist.",
  hint: "Run aws sso login for the profile, then call again.",
};

const roleNotGiven: Explanation = {
  message: "SSO does not grant the role of the profile.",
  hint: "Check sso_account_id and sso_role_name in the profile.",
};

/** Messages of the SDK's credential chain, which raises nearly all errors under one name. The first match wins. */
export const credentialMessages: readonly KnownMessage[] = [
  {
    name: "CredentialsProviderError",
    pattern: /\btook too long$/,
    message: "Getting the AWS credentials took too long.",
    hint: "If the credential_process of the profile waits for input, enter it and call again. Otherwise check that program, the network and the proxy.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /multi-factor/,
    message: "The role of the profile requires an MFA code, which this server cannot ask for.",
    hint: "Get session credentials with the code outside of this server (aws sts get-session-token, or a credential_process that asks for the code), and start the server with them.",
  },
  { name: "CredentialsProviderError", pattern: /\bForbiddenException/, ...roleNotGiven },
  {
    name: "CredentialsProviderError",
    pattern: /invalid SSO credentials|Sso session .* (could not be found|is missing)|the profile is incomplete/,
    message: "The credentials settings in the AWS configuration are incomplete.",
    hint: "Check the profile, and the sections and variables that it refers to. For SSO, run aws configure sso.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /\bUnauthorizedException|\bSSO session|in SSO Token|Token is expired/,
    ...signedOut,
  },
  {
    name: "CredentialsProviderError",
    pattern: /re-?authenticate|Failed to load (a )?token/,
    message: "The session of aws login has expired or does not exist.",
    hint: "Run aws login for the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /credential_process (returned|did not return)|Command failed/,
    message: "The credential_process of the profile failed or did not print valid credentials.",
    hint: "Run the program in a shell. It must print JSON with Version 1, AccessKeyId and SecretAccessKey.",
  },
  { name: "CredentialsProviderError", pattern: /\bEndpointError/, ...untrustedEndpoint },
  { name: "CredentialsProviderError", pattern: /certificate/, ...untrustedCertificate },
  {
    name: "CredentialsProviderError",
    pattern: /\bTimeoutError|\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH)\b/,
    message: "The source of the AWS credentials could not be reached.",
    hint: "Check the network, the proxy and the region of the profile, then call again.",
  },
  {
    name: "CredentialsProviderError",
    pattern: /using profile: \[(?!default\])|Unsupported credential source|Detected a cycle/,
    message: "The profile does not exist in the AWS configuration, or does not define credentials.",
    hint: "Run aws configure list-profiles. If the profile has a source_profile, check that profile too.",
  },
  {
    name: "Error",
    pattern: /^(ENOENT|EACCES)\b/,
    message: "The web identity token file cannot be read.",
    hint: "Check AWS_WEB_IDENTITY_TOKEN_FILE, or web_identity_token_file in the profile.",
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
    message: "AWS did not allow this server to assume the role of the profile.",
    hint: "Check the trust policy of the role, and that the source credentials of the profile allow sts:AssumeRole.",
  },
  ExpiredToken: expiredCredentials,
  InvalidClientTokenId: unknownCredentials,
  InvalidIdentityToken: {
    message: "STS rejected the web identity token of this server.",
    hint: "Check the token file and the trust policy of the role.",
  },
  RegionDisabledException: {
    message: "STS is not active in the region of the profile.",
    hint: "Activate STS for the region in the IAM account settings, or set another region in the profile.",
  },
  SignatureDoesNotMatch: rejectedSignature,
  ValidationError: {
    message: "STS rejected the role settings of the profile.",
    hint: "Check role_arn, role_session_name, external_id and duration_seconds in the profile.",
  },
  CredentialsProviderError: {
    message: "No AWS credentials were found.",
    hint: "Sign in (aws sso login, aws login, aws configure), or start the server with a profile (--profile), with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or with a role. To try it without AWS, use --local.",
  },
};
