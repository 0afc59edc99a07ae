/** AWS JSON 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html), as this service speaks it. */
import { ServiceError } from "./errors.ts";

/** A request without its transport. Header names are lower-case. */
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

/** Bytes of a request body that are read at most; a choice, AWS does not say. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

const TARGET = "AWSCognitoIdentityService.";
const CONTENT_TYPE = "application/x-amz-json-1.1";

/** The operation that a request names, or undefined. */
export function operationOf({ headers }: LocalRequest): string | undefined {
  const target = headers["x-amz-target"];
  return target?.startsWith(TARGET) ? target.slice(TARGET.length) : undefined;
}

/** The JSON object that a request carries. Raises SerializationException and RequestEntityTooLargeException. */
export function inputOf({ body }: LocalRequest): Record<string, unknown> {
  if (body.byteLength > MAX_BODY_BYTES)
    throw new ServiceError("RequestEntityTooLargeException", `Request body is larger than ${MAX_BODY_BYTES} bytes`);
  let input: unknown;
  try {
    input = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body) || "{}");
  } catch {
    throw new ServiceError("SerializationException", "The request body is not JSON in UTF-8");
  }
  if (typeof input !== "object" || input === null || Array.isArray(input))
    throw new ServiceError("SerializationException", "The request body is not a JSON object");
  return input as Record<string, unknown>;
}

/**
 * The region that a request was signed for. The signature itself is not checked: it takes the secret key, which only AWS
 * knows. Raises MissingAuthenticationTokenException without one, IncompleteSignatureException for a header of another form.
 */
export function signedRegionOf({ headers }: LocalRequest): string {
  const authorization = headers["authorization"];
  if (authorization === undefined)
    throw new ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token");
  const scope = /Credential=[^/,\s]+\/\d{8}\/([a-z0-9-]+)\/cognito-identity\/aws4_request\b/;
  const [, region] = scope.exec(authorization) ?? [];
  const isWhole = /^AWS4-HMAC-SHA256 .*\bSignedHeaders=/.test(authorization) && /\bSignature=/.test(authorization);
  if (region === undefined || !isWhole)
    throw new ServiceError("IncompleteSignatureException", "The Authorization header is not a signature of version 4");
  return region;
}

export function success(output: object, requestId: string): LocalResponse {
  return { status: 200, headers: headersFor(requestId), body: JSON.stringify(wireFormat(output)) };
}

/** Every error of the service is a 400 (https://github.com/aws-amplify/amplify-js/issues/2443), but for these. */
const statuses: Readonly<Record<string, number>> = {
  InternalErrorException: 500,
  RequestEntityTooLargeException: 413,
};

/** Anything but a ServiceError is a fault of ours, of which the answer says nothing more. */
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
    body: JSON.stringify({ __type: code, message }),
  };
}

/** The answer to a browser that asks whether it may call. */
export function preflight(requestId: string): LocalResponse {
  return {
    status: 200,
    headers: {
      ...headersFor(requestId),
      "access-control-allow-methods": "POST",
      "access-control-allow-headers": "*,Authorization",
    },
    body: "",
  };
}

function headersFor(requestId: string): Record<string, string> {
  return {
    "content-type": CONTENT_TYPE,
    "x-amzn-requestid": requestId,
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
  };
}

/** A header holds printable ASCII; anything else could end it, or cannot be sent. */
function headerSafe(text: string): string {
  return text.replace(/[^ -~]/g, "?").slice(0, 1024);
}

/** Dates are seconds since the epoch on the wire. */
function wireFormat(value: unknown): unknown {
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(wireFormat);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, wireFormat(entry)]));
}
