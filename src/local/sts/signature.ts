/**
 * AWS Signature Version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { LocalRequest } from "../protocol/aws-json.ts";

/** The fields of an Authorization header. */
export interface Signature {
  readonly accessKeyId: string;
  /** For example `20260101`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case names of the signed headers. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
}

const scope = /\bCredential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request\b/;

/** Parses an Authorization header without verifying the signature. Returns undefined if it is malformed. */
export function readSignature(authorization: string): Signature | undefined {
  const [, accessKeyId, date, region, service] = scope.exec(authorization) ?? [];
  const [, headers] = /\bSignedHeaders=([a-z0-9;-]+)/.exec(authorization) ?? [];
  const [, signature] = /\bSignature=([0-9a-f]+)/.exec(authorization) ?? [];
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ") || !accessKeyId || !date || !region || !service) return undefined;
  if (headers === undefined || signature === undefined) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), signature };
}

/** Whether `secret` produces this signature for the request's method, path, signed headers and body. */
export function isSignedWith(secret: string, signature: Signature, request: LocalRequest): boolean {
  const { date, region, service, signedHeaders } = signature;
  const [path = "/", query = ""] = request.path.split("?", 2);
  const canonicalRequest = [
    request.method,
    path,
    query,
    ...signedHeaders.map((name) => `${name}:${(request.headers[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    signedHeaders.join(";"),
    sha256(request.body),
  ].join("\n");
  const stringToSign = [
    "AWS4-HMAC-SHA256",
    request.headers["x-amz-date"] ?? "",
    `${date}/${region}/${service}/aws4_request`,
    sha256(canonicalRequest),
  ].join("\n");
  const key = [date, region, service, "aws4_request"].reduce<string | Buffer>(
    (previous, part) => hmac(previous, part),
    `AWS4${secret}`,
  );
  const expected = hmac(key, stringToSign);
  const actual = Buffer.from(signature.signature, "hex");
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
