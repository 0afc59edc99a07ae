/**
 * The STS operations that use vended credentials and tokens: GetCallerIdentity, and AssumeRoleWithWebIdentity for the
 * classic flow (https://docs.aws.amazon.com/STS/latest/APIReference/). The AWS query protocol: form input, XML output.
 */
import { createHash } from "node:crypto";
import type { LocalRequest, LocalResponse } from "../protocol/aws-json.ts";
import { ServiceError } from "../protocol/errors.ts";
import type { OpenIdTokens } from "../tokens/openid-tokens.ts";
import type { Sessions } from "./session-credentials.ts";
import { isSignedWith, readSignature } from "./signature.ts";

interface StsContext {
  readonly now: () => Date;
  readonly sessions: Sessions;
  readonly tokens: OpenIdTokens;
}

/** XML elements: one per entry, nested for nested values. */
type XmlElements = { readonly [element: string]: string | XmlElements };

const NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

/** Whether a request is for STS instead of Cognito Identity. */
export function isStsRequest({ headers, method }: LocalRequest): boolean {
  return method === "POST" && (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
}

/** Handles a request to STS; never throws. */
export async function handleSts(request: LocalRequest, requestId: string, context: StsContext): Promise<LocalResponse> {
  const form = new URLSearchParams(Buffer.from(request.body).toString());
  const action = form.get("Action") ?? "";
  try {
    const result = await runAction(action, form, request, context);
    const body = { [`${action}Result`]: result, ResponseMetadata: { RequestId: requestId } };
    return respond(200, `${action}Response`, body, requestId);
  } catch (error) {
    const { code, message } =
      error instanceof ServiceError ? error : new ServiceError("InternalFailure", "An internal error occurred");
    const status = statuses[code] ?? 400;
    const body = {
      Error: { Type: status === 500 ? "Receiver" : "Sender", Code: code, Message: message },
      RequestId: requestId,
    };
    return respond(status, "ErrorResponse", body, requestId);
  }
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html */
const statuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  InternalFailure: 500,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  SignatureDoesNotMatch: 403,
};

async function runAction(
  action: string,
  form: URLSearchParams,
  request: LocalRequest,
  context: StsContext,
): Promise<XmlElements> {
  switch (action) {
    case "GetCallerIdentity":
      return getCallerIdentity(request, context);
    case "AssumeRoleWithWebIdentity":
      return await assumeRoleWithWebIdentity(form, context);
    default:
      throw new ServiceError("InvalidAction", "Could not find operation");
  }
}

/** Verifies the signature of credentials that this service vended, and returns their assumed role. */
function getCallerIdentity(request: LocalRequest, { now, sessions }: StsContext): XmlElements {
  const { authorization, "x-amz-security-token": token = "" } = request.headers;
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationToken", "Request is missing Authentication Token");
  const signature = readSignature(authorization);
  if (!signature) throw new ServiceError("IncompleteSignature", "Authorization header is not a signature of version 4");
  const session = sessions.read(token);
  if (session?.accessKeyId !== signature.accessKeyId)
    throw new ServiceError("InvalidClientTokenId", "The security token included in the request is invalid.");
  if (!isSignedWith(session.secretAccessKey, signature, request))
    throw new ServiceError(
      "SignatureDoesNotMatch",
      "The request signature we calculated does not match the signature you provided.",
    );
  if (now().getTime() >= session.expires)
    throw new ServiceError("ExpiredToken", "The security token included in the request is expired");
  const { account, assumedRole, roleId } = parseRoleArn(session.roleArn);
  return {
    Arn: `${assumedRole}/${session.sessionName}`,
    UserId: `${roleId}:${session.sessionName}`,
    Account: account,
  };
}

/**
 * Exchanges an OpenID token of this service for credentials of a role. The service has no trust policies, so it accepts
 * every role.
 */
async function assumeRoleWithWebIdentity(
  form: URLSearchParams,
  { sessions, tokens }: StsContext,
): Promise<XmlElements> {
  const roleArn = requiredParameter(form, "RoleArn", /^arn:aws[\w-]*:iam::\d{12}:role\/[!-~]{1,512}$/);
  const sessionName = requiredParameter(form, "RoleSessionName", /^[\w+=,.@-]{2,64}$/);
  const token = requiredParameter(form, "WebIdentityToken", /^.{4,20000}$/s);
  const seconds = Number(form.get("DurationSeconds") ?? 3600);
  if (!Number.isInteger(seconds) || seconds < 900 || seconds > 43_200)
    throw validationError("durationSeconds", "Member must have value between 900 and 43200");
  const { aud, sub = "" } = await tokens.verify(token).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error;
    throw error.message.includes("Token expired")
      ? new ServiceError("ExpiredTokenException", "Token expired")
      : new ServiceError("InvalidIdentityToken", "Couldn't retrieve verification key from your identity provider");
  });
  const { assumedRole, roleId } = parseRoleArn(roleArn);
  const { Expiration, ...credentials } = sessions.issue(roleArn, sessionName, seconds);
  return {
    Credentials: { ...credentials, Expiration: Expiration.toISOString() },
    SubjectFromWebIdentityToken: sub,
    AssumedRoleUser: { Arn: `${assumedRole}/${sessionName}`, AssumedRoleId: `${roleId}:${sessionName}` },
    Provider: "cognito-identity.amazonaws.com",
    Audience: String(aud),
  };
}

function requiredParameter(form: URLSearchParams, name: string, pattern: RegExp): string {
  const value = form.get(name);
  const member = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
  if (value === null) throw validationError(member, "Member must not be null");
  if (!pattern.test(value))
    throw validationError(member, `Member must satisfy regular expression pattern: ${pattern.source}`);
  return value;
}

function validationError(member: string, constraint: string): ServiceError {
  return new ServiceError(
    "ValidationError",
    `1 validation error detected: Value at '${member}' failed to satisfy constraint: ${constraint}`,
  );
}

/** Converts `arn:aws:iam::ACCOUNT:role/PATH/NAME` to STS's form: without the path, and with a stable role ID. */
function parseRoleArn(arn: string): { account: string; assumedRole: string; roleId: string } {
  const [, partition = "aws", , , account = "", resource = ""] = arn.split(":");
  const name = resource.split("/").at(-1) ?? "";
  const digest = createHash("sha256").update(arn).digest();
  const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const suffix = Array.from(digest.subarray(0, 17), (byte) => base32Alphabet[byte % base32Alphabet.length]).join("");
  return { account, assumedRole: `arn:${partition}:sts::${account}:assumed-role/${name}`, roleId: `AROA${suffix}` };
}

function respond(status: number, element: string, body: XmlElements, requestId: string): LocalResponse {
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: `<${element} xmlns="${NAMESPACE}">${toXml(body)}</${element}>`,
  };
}

function toXml(elements: XmlElements): string {
  return Object.entries(elements)
    .map(([name, value]) => `<${name}>${typeof value === "string" ? escapeXml(value) : toXml(value)}</${name}>`)
    .join("");
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  // Control characters are invalid in XML.
  return text.replace(/\p{Cc}/gu, "").replace(/[&<>]/g, (character) => entities[character] ?? "");
}
