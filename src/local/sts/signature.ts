/** AWS signatures of version 4 (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html). */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { LocalRequest } from "../protocol/aws-json.ts";

/** What an Authorization header says. */
export interface Signature {
  readonly accessKeyId: string;
  /** Such as `20260101`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** Lower-case names of the headers that were signed. */
  readonly signedHeaders: readonly string[];
  /** 64 hexadecimal digits. */
  readonly signature: string;
}

const scope = /\bCredential=([^/,\s]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9-]+)\/aws4_request\b/;

/** The signature that a request carries, unchecked; undefined where its header has another form. */
export function readSignature(authorization: string): Signature | undefined {
  const [, accessKeyId, date, region, service] = scope.exec(authorization) ?? [];
  const [, headers] = /\bSignedHeaders=([a-z0-9;-]+)/.exec(authorization) ?? [];
  const [, signature] = /\bSignature=([0-9a-f]+)/.exec(authorization) ?? [];
  if (!authorization.startsWith("AWS4-HMAC-SHA256 ") || !accessKeyId || !date || !region || !service) return undefined;
  if (headers === undefined || signature === undefined) return undefined;
  return { accessKeyId, date, region, service, signedHeaders: headers.split(";"), signature };
}

/** Whether the holder of `secret` signed the request: its method, path, signed headers and body. */
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
  const given = Buffer.from(signature.signature, "hex");
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}
