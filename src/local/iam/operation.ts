import { createHash } from "node:crypto";
import type { XmlElements } from "../protocol/aws-query.ts";
import { ServiceError } from "../protocol/errors.ts";
import type { Members } from "../protocol/shapes.ts";
import type { Documents } from "../state/documents.ts";

/** The account and the time of a call. */
export interface IamCall {
  /** `arn:aws:iam::ACCOUNT:` in the partition of the call. */
  readonly prefix: string;
  readonly documents: Documents;
  readonly now: Date;
}

/** One operation of IAM. It answers with the elements of its result. */
export interface IamOperation {
  readonly input: Members;
  run(input: object, call: IamCall): XmlElements;
}

/** `Input` is the type of an input that fits `input`. */
export function iamOperation<Input extends object>(definition: {
  readonly input: { readonly [Member in keyof Required<Input>]: Members[string] };
  run(input: Input, call: IamCall): XmlElements;
}): IamOperation {
  return definition;
}

export const iamErrors = {
  noSuchEntity: (message: string) => new ServiceError("NoSuchEntity", message),
  exists: (message: string) => new ServiceError("EntityAlreadyExists", message),
  deleteConflict: (message: string) => new ServiceError("DeleteConflict", message),
  quota: (name: string, max: number) => new ServiceError("LimitExceeded", `Cannot exceed quota for ${name}: ${max}`),
  invalidInput: (message: string) => new ServiceError("InvalidInput", message),
};

/** Throws LimitExceeded if `count` more would be too many. */
export function checkQuota(name: string, max: number, size: number): void {
  if (size > max) throw iamErrors.quota(name, max);
}

export interface Paging {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

/** One page of a sorted list. `keyOf` gives what the list is sorted by. Throws ValidationError for the marker of another list. */
export function pageOf<Item>(
  list: string,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  { Marker, MaxItems = 100 }: Paging,
): { page: Item[]; IsTruncated: boolean; Marker: string | undefined } {
  const after = Marker === undefined ? undefined : keyInMarker(list, Marker);
  const rest = after === undefined ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, MaxItems);
  const last = page.at(-1);
  const isTruncated = page.length < rest.length && last !== undefined;
  return {
    page,
    IsTruncated: isTruncated,
    Marker: isTruncated ? Buffer.from(JSON.stringify([list, keyOf(last)])).toString("base64url") : undefined,
  };
}

function keyInMarker(list: string, marker: string): string {
  const invalid = new ServiceError("ValidationError", "Invalid Marker.");
  try {
    const [ownList, key] = JSON.parse(Buffer.from(marker, "base64url").toString()) as unknown[];
    if (ownList === list && typeof key === "string") return key;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw invalid;
}

/** The ID of a resource, such as `AROA…` of a role: the same for the same ARN. */
export function uniqueId(prefix: string, arn: string): string {
  const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const digest = createHash("sha256").update(arn).digest();
  return prefix + Array.from(digest.subarray(0, 17), (byte) => base32Alphabet[byte % base32Alphabet.length]).join("");
}

/** IAM answers with documents in percent-encoding (RFC 3986). */
export function encoded(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
