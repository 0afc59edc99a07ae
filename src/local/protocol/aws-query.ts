/**
 * The AWS query protocol (https://smithy.io/2.0/aws/protocols/aws-query-protocol.html) of IAM and STS: form input, XML output.
 */
import type { Fields } from "../../util/json.ts";
import type { LocalRequest, LocalResponse } from "./aws-json.ts";
import { ServiceError } from "./errors.ts";
import type { Members, Shape } from "./shapes.ts";

/** XML elements: one per entry, nested for nested values. A list has an element `member` for each entry. */
export type XmlElements = { readonly [element: string]: XmlValue };

type XmlValue = string | number | boolean | Date | undefined | readonly XmlValue[] | XmlElements;

/** Whether a request uses this protocol. */
export function isQueryRequest({ headers, method }: LocalRequest): boolean {
  return method === "POST" && (headers["content-type"] ?? "").startsWith("application/x-www-form-urlencoded");
}

export function formOf({ body }: LocalRequest): URLSearchParams {
  return new URLSearchParams(Buffer.from(body).toString());
}

export function querySuccess(action: string, namespace: string, result: XmlElements, requestId: string): LocalResponse {
  // An operation without output has no result element.
  const hasResult = Object.keys(result).length > 0;
  const body = { ...(hasResult && { [`${action}Result`]: result }), ResponseMetadata: { RequestId: requestId } };
  return respond(200, namespace, `${action}Response`, body, requestId);
}

/** Builds an error response. Reports anything but a ServiceError as an internal error, without details. */
export function queryFailure(
  error: unknown,
  namespace: string,
  statuses: Readonly<Record<string, number>>,
  requestId: string,
): LocalResponse {
  const { code, message } =
    error instanceof ServiceError ? error : new ServiceError("InternalFailure", "An internal error occurred");
  const status = code === "InternalFailure" ? 500 : (statuses[code] ?? commonStatuses[code] ?? 400);
  const body = {
    Error: { Type: status === 500 ? "Receiver" : "Sender", Code: code, Message: message },
    RequestId: requestId,
  };
  return respond(status, namespace, "ErrorResponse", body, requestId);
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html, which IAM has too. */
const commonStatuses: Readonly<Record<string, number>> = {
  AccessDenied: 403,
  ExpiredToken: 403,
  InvalidClientTokenId: 403,
  MissingAuthenticationToken: 403,
  RequestEntityTooLarge: 413,
  SignatureDoesNotMatch: 403,
};

/** A longer list is not read to its end. It is longer than any list may be. */
const MAX_ENTRIES = 1000;

type Form = ReadonlyMap<string, string>;

/**
 * The input of a form: `Name=`, `Tags.member.1.Key=`. Only members of `members` are read, and of a list at most 1,000 entries. A
 * number or boolean that is none throws MalformedInput.
 */
export function inputOfForm(members: Members, form: URLSearchParams): Fields {
  // The first value of a name counts. A map, because every look-up in URLSearchParams goes through all names.
  return structureOf(members, new Map([...form].reverse()), "");
}

function structureOf(members: Members, form: Form, prefix: string): Fields {
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, { shape }]) => {
      const value = valueAt(shape, form, `${prefix}${name}`);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function valueAt(shape: Shape, form: Form, path: string): unknown {
  if (shape.type === "list") return listOf(shape.of, form, path);
  if (shape.type === "structure") return structureOf(shape.members, form, `${path}.`);
  const text = form.get(path);
  if (text === undefined || shape.type === "string") return text;
  const value = shape.type === "number" ? Number(text) : { true: true, false: false }[text];
  if (text === "" || value === undefined || (shape.type === "number" && !Number.isInteger(value)))
    throw new ServiceError("MalformedInput", "");
  return value;
}

function listOf(shape: Shape, form: Form, path: string): unknown[] | undefined {
  const prefix = `${path}.member.`;
  const names = [...form.keys()].filter((name) => name.startsWith(prefix));
  // An empty list is sent as its bare name.
  if (names.length === 0) return form.has(path) ? [] : undefined;
  const numbers = new Set(names.map((name) => Number.parseInt(name.slice(prefix.length), 10)));
  return [...numbers]
    .filter((number) => number > 0)
    .sort((a, b) => a - b)
    .slice(0, MAX_ENTRIES)
    .map((number) => valueAt(shape, form, `${prefix}${number}`));
}

function respond(
  status: number,
  namespace: string,
  element: string,
  body: XmlElements,
  requestId: string,
): LocalResponse {
  return {
    status,
    headers: { "content-type": "text/xml", "x-amzn-requestid": requestId },
    body: `<${element} xmlns="${namespace}">${toXml(body)}</${element}>`,
  };
}

function toXml(value: XmlValue): string {
  if (value instanceof Date) return `${value.toISOString().slice(0, 19)}Z`;
  if (Array.isArray(value)) return value.map((entry) => `<member>${toXml(entry)}</member>`).join("");
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, entry]) => (entry === undefined ? "" : `<${name}>${toXml(entry)}</${name}>`))
    .join("");
}

function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
  // Control characters, lone surrogates and two more are invalid in XML, and a line end would be read as another one.
  return text
    .replace(/(?![\t\n\r])\p{Cc}|\p{Cs}|[\uFFFE\uFFFF]/gu, "")
    .replace(/[&<>]/g, (character) => entities[character] ?? "")
    .replace(/[\t\n\r]/g, (character) => `&#${character.charCodeAt(0)};`);
}
