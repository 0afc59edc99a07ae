/**
 * What of AWS's own text may be shown. A call without secrets gets all of it, as data. For a call that holds login tokens or secrets of
 * login providers, AWS's text can repeat them: only texts of the table below are shown, put together again from the table.
 */
import { denialPattern } from "./denials.ts";
import type { FailedCall } from "./explanation.ts";

/**
 * Texts that AWS is known to write. `{…}` stands for a value: of it, only numbers and what the call itself holds as an id or name are
 * shown. Collected from recorded answers and users' reports; a test compares them with test/facts/error-messages.json.
 */
export const knownTexts: readonly string[] = [
  "{count} validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must have length greater than or equal to {number}",
  "{count} validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must have length less than or equal to {number}",
  "{count} validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy regular expression pattern: {pattern}",
  "{provider} is not a valid RoleMapping ProviderName or is not a configured provider.",
  "Access to Identity '{identityId}' is forbidden.",
  "Access to Role '{roleArn}' is forbidden.",
  "Basic (classic) flow is not enabled, please use enhanced flow.",
  "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
  "Basic (classic) flow is not supported with SAML, please use enhanced flow.",
  "Identity '{identityId}' not found.",
  "Identity pool - {poolId} does not have identity providers configured.",
  "Identity provider {providerArn} is not valid for account {account}",
  "IdentityPool '{poolId}' not found.",
  "Invalid Cognito Identity Provider",
  "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
  "Invalid login token. Can't pass in a Cognito token.",
  "Invalid login token. Couldn't verify signed token.",
  "Invalid login token. Incorrect token audience.",
  "Invalid login token. Issuer doesn't match providerName",
  "Invalid login token. Missing a required claim: aud",
  "Invalid login token. Not a Cognito token.",
  "Invalid login token. Not a valid OpenId Connect identity token.",
  "Invalid login token. Token expired: {now} >= {expiry}",
  "Logins don't match. Please include at least one valid login for this identity or identity pool.",
  "Please provide a valid public provider",
  "Rate exceeded",
  "The ambiguous role mapping rules for: {provider} denied this request.",
  "This identity pool does not support the specified developer provider",
  "Token is not from a supported provider of this identity pool.",
  "Unauthenticated access is not supported for this identity pool.",
];

/** Characters of a text that is compared with the table. The longest has some 200 and one ARN. */
const MAX_KNOWN = 2048;

/** Seconds or milliseconds since the epoch, lengths and counts. */
const number = /^\d{1,13}$/;

/** In place of a value that is not shown. */
const OMITTED = "…";

interface Template {
  readonly pattern: RegExp;
  /** The text between the values. */
  readonly parts: readonly string[];
}

const templates: readonly Template[] = knownTexts.map((text) => {
  const parts = text.split(/\{\w+\}/);
  const escaped = parts.map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return { pattern: new RegExp(`^${escaped.join("(.{1,512}?)")}$`, "s"), parts };
});

/** Codes whose texts are not shown. They are about the credentials or the signature of the request, and can repeat its headers. */
const unquotedCodes = new Set([
  "ExpiredToken",
  "ExpiredTokenException",
  "IncompleteSignature",
  "IncompleteSignatureException",
  "InvalidClientTokenId",
  "InvalidSignatureException",
  "MissingAuthenticationToken",
  "MissingAuthenticationTokenException",
  "RequestExpired",
  "SignatureDoesNotMatch",
  "UnrecognizedClientException",
]);

/** What the SDK says where AWS said nothing. */
const placeholders = new Set(["", "Unknown", "UnknownError"]);

/** What may be shown of AWS's text to a call; undefined if nothing. It is untrusted text, and not cut yet. */
export function quotable(code: string, text: string, call: FailedCall): string | undefined {
  if (unquotedCodes.has(code) || placeholders.has(text) || text === code) return undefined;
  // AWS gives its errors a code, but for some denials: what has none may be of something between.
  if (placeholders.has(code) && !denialPattern.test(text)) return undefined;
  // Protection "AWS's text to a call with secrets is not shown": without it, `call.holdsSecrets` reads `false`.
  return call.holdsSecrets ? knownText(text, call.values) : text;
}

/** The text from the table, with the values that `values` holds. */
function knownText(text: string, values: readonly string[]): string | undefined {
  if (text.length > MAX_KNOWN) return undefined;
  for (const { pattern, parts } of templates) {
    const found = pattern.exec(text);
    if (!found) continue;
    const shown = found.slice(1).map((value) => (number.test(value) || values.includes(value) ? value : OMITTED));
    return parts.map((part, at) => `${part}${shown[at] ?? ""}`).join("");
  }
  return undefined;
}

/** The errors that the service itself answered, in distinction to those of STS, SSO and the connection. */
const serviceAnswers = new WeakSet<Error>();

/** Notes that the service answered with this error. */
export function noteServiceAnswer(error: Error): void {
  serviceAnswers.add(error);
}

/** Whether the service answered with this error. */
export function isServiceAnswer(error: unknown): error is Error {
  return error instanceof Error && serviceAnswers.has(error);
}
