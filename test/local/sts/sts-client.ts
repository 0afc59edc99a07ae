/** An STS client with its own signing code, which shares nothing with src/local/. */
import { createHash, createHmac } from "node:crypto";
import type { Credentials } from "@aws-sdk/client-cognito-identity";

/** The texts of the elements of an XML answer, by name. */
export interface StsAnswer {
  readonly status: number;
  readonly xml: string;
  /** The text of the first element with this name. Undefined if there is none. */
  element(name: string): string | undefined;
}

const callerIdentity = { Action: "GetCallerIdentity", Version: "2011-06-15" };

/** Posts a form unchanged. */
export async function callSts(
  url: string,
  form: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<StsAnswer> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded; charset=utf-8", ...headers },
    body: new URLSearchParams(form).toString(),
  });
  const xml = await response.text();
  return {
    status: response.status,
    xml,
    element: (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1],
  };
}

/** Calls GetCallerIdentity. The given headers replace signed ones. */
export async function getCallerIdentity(
  url: string,
  credentials: Credentials | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<StsAnswer> {
  return await callSts(url, callerIdentity, { ...sign(url, credentials ?? {}), ...headers });
}

/** The headers of a signed GetCallerIdentity: a signature of version 4 over host, date and session token. */
export function sign(url: string, { AccessKeyId, SecretKey, SessionToken = "" }: Credentials): Record<string, string> {
  const { host } = new URL(url);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const date = time.slice(0, 8);
  const scope = `${date}/us-east-1/sts/aws4_request`;
  const names = "host;x-amz-date;x-amz-security-token";
  const body = new URLSearchParams(callerIdentity).toString();
  const request = `POST\n/\n\nhost:${host}\nx-amz-date:${time}\nx-amz-security-token:${SessionToken}\n\n${names}\n${sha256(body)}`;
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`;
  const key = hmac(hmac(hmac(hmac(`AWS4${SecretKey}`, date), "us-east-1"), "sts"), "aws4_request");
  return {
    "x-amz-date": time,
    "x-amz-security-token": SessionToken,
    authorization: `AWS4-HMAC-SHA256 Credential=${AccessKeyId}/${scope}, SignedHeaders=${names}, Signature=${hmac(key, text).toString("hex")}`,
  };
}

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
