/**
 * AWS JSON 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html): requests and responses of this
 * service.
 */
import { type Fields, isRecord } from "../../util/json.ts";
import { ServiceError } from "./errors.ts";

/** A transport-independent request. Header names are lower-case. */
export interface LocalRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

export interface LocalResponse {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** The maximum size of a request body. AWS does not document its limit. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

const TARGET = "AWSCognitoIdentityService.";
const CONTENT_TYPE = "application/x-amz-json-1.1";

/** The operation name in the X-Amz-Target header, or undefined. */
export function operationOf({ headers }: LocalRequest): string | undefined {
  const target = headers["x-amz-target"];
  return target?.startsWith(TARGET) ? target.slice(TARGET.length) : undefined;
}

/** Parses the request body. Throws SerializationException or RequestEntityTooLargeException. */
export function inputOf({ body }: LocalRequest): Fields {
  if (body.byteLength > MAX_BODY_BYTES)
    throw new ServiceError("RequestEntityTooLargeException", `Request body is larger than ${MAX_BODY_BYTES} bytes`);
  let input: unknown;
  try {
    input = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body) || "{}");
  } catch {
    throw new ServiceError("SerializationException", "The request body is not JSON in UTF-8");
  }
  if (!isRecord(input)) throw new ServiceError("SerializationException", "The request body is not a JSON object");
  return input;
}

/**
 * The region in the credential scope of the signature. The signature itself is not verified: that requires the secret
 * key, which only AWS knows. Throws MissingAuthenticationTokenException if the header is missing, and
 * IncompleteSignatureException if it is malformed.
 */
export function signedRegionOf({ headers }: LocalRequest): string {
  const authorization = headers["authorization"];
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  const scope = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/cognito-identity\/aws4_request\b/;
  const [, region] = scope.exec(authorization) ?? [];
  const isComplete = /^AWS4-HMAC-SHA256 .*\bSignedHeaders=/.test(authorization) && /\bSignature=/.test(authorization);
  if (region === undefined || !isComplete)
    throw new ServiceError("IncompleteSignatureException", "The Authorization header is not a signature of version 4");
  return region;
}

/** An operation without an output answers with an empty body, not with an empty object. */
export function success(output: object | undefined, requestId: string): LocalResponse {
  const body = output === undefined ? "" : JSON.stringify(wireFormat(output));
  return { status: 200, headers: headersFor(requestId), body };
}

/** The service returns status 400 for all other errors, but for the 403 and 405 of what is not Cognito (https://github.com/aws-amplify/amplify-js/issues/2443). */
const statuses: Readonly<Record<string, number>> = {
  HostNotAllowedException: 403,
  InternalErrorException: 500,
  MethodNotAllowedException: 405,
  OriginNotAllowedException: 403,
  RequestEntityTooLargeException: 413,
};

/** Builds an error response. Reports anything but a ServiceError as an internal error, without details. */
export function failure(error: unknown, requestId: string): LocalResponse {
  const { code, message } =
    error instanceof ServiceError ? error : new ServiceError("InternalErrorException", "An internal error occurred");
  return {
    status: statuses[code] ?? 400,
    headers: {
      ...headersFor(requestId),
      "x-amzn-errortype": `${code}:`,
      "x-amzn-errormessage": headerSafe(message),
    },
    body: JSON.stringify({ __type: code, [deniedByIam.has(code) ? "Message" : "message"]: message }),
  };
}

/** IAM answers these, with a capital letter (https://github.com/aws-samples/resource-control-policy-examples/issues/18). */
const deniedByIam: ReadonlySet<string> = new Set(["AccessDeniedException"]);

function headersFor(requestId: string): Record<string, string> {
  return { "content-type": CONTENT_TYPE, "x-amzn-requestid": requestId };
}

/** Replaces characters other than printable ASCII: they are invalid in a header or could end it. */
function headerSafe(text: string): string {
  return text.replace(/[^ -~]/g, "?").slice(0, 1024);
}

/** Converts dates to seconds since the epoch. */
function wireFormat(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(wireFormat);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, wireFormat(entry)]));
}
