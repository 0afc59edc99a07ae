/** Follows a list over all its pages. Each page is a separate cleared call. */

import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { MAX_RESPONSE_BYTES } from "../guards/response-size.ts";
import type { Pages } from "../tools/tool.ts";
import { type Fields, jsonBytes } from "../util/json.ts";
import type { Outcome, Success } from "./types.ts";

/** Maximum bytes of the entries and the NextToken of one answer as JSON; the rest of the limit is for the other members. */
const MAX_LISTED = MAX_RESPONSE_BYTES - 8 * 1024;

/** The maximum number of pages of one call: a list without end must not block it. */
const MAX_PAGES = 200;

/** Many clients abandon a call after a minute, and would lose the entries that were found. */
const MAX_MS = 40_000;

/** Whether the call requests more than one page. */
export function wantsAllPages({ allPages, nameContains }: Fields): boolean {
  return allPages === true || nameContains !== undefined;
}

/** The input of a call that follows pages, and how to get a page. */
interface PaginationRequest {
  readonly pages: Pages;
  readonly input: Fields;
  /** Sends the call for the page of the token, and resolves with its outcome. */
  readonly page: (token: unknown) => Promise<Outcome>;
  /** Called with the number of entries that were scanned so far. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/**
 * Combines all pages into one answer, or as many pages as fit, with the NextToken of the first page that does
 * not fit. With `nameContains`, `scanned` is the number of scanned entries. A failure is the answer only
 * if it is the first page that fails.
 */
export async function followPages({ pages, input, page, onCount }: PaginationRequest): Promise<Outcome> {
  const { list } = pages;
  const begun = Date.now();
  const entries: unknown[] = [];
  let token = input["NextToken"];
  let answer: Fields | undefined;
  let scanned = 0;
  let bytes = 0;

  const give = (why?: string): Success => ({
    kind: "success",
    content: {
      ...answer,
      [list]: entries,
      ...(input["nameContains"] !== undefined && { scanned }),
      ...(why !== undefined && { NextToken: token, notes: [`The list is incomplete: ${why}`] }),
    },
  });

  for (let turn = 0; turn < MAX_PAGES && Date.now() - begun < MAX_MS; turn += 1) {
    const outcome = await page(token);
    if (outcome.kind === "refusal") return outcome;
    if (outcome.kind === "failure")
      return answer ? give(`${outcome.message} ${outcome.hint} To continue, pass NextToken.`) : outcome;
    const { NextToken, [list]: found, ...rest } = outcome.content;
    const listed = Array.isArray(found) ? found : [];
    const matching = listed.filter((entry) => isNamed(entry, pages, input["nameContains"]));
    bytes += sizeOf(matching);
    const both = bytes + Math.max(sizeOf(token ?? ""), sizeOf(NextToken ?? ""));
    if (answer && both > MAX_LISTED) return give("the answer has the maximum size. To continue, pass NextToken.");
    answer ??= rest;
    for (const entry of matching) entries.push(entry);
    scanned += listed.length;
    token = NextToken;
    if (token === undefined) return give();
    if (listed.length > 0) await onCount?.(scanned);
  }
  return give("the limit of time or pages is reached. To continue, pass NextToken.");
}

/** Whether the entry's name contains the text, ignoring case. */
function isNamed(entry: unknown, { name }: Pages, text: unknown): boolean {
  if (typeof text !== "string" || name === undefined) return true;
  return String((entry as Fields)[name] ?? "")
    .toLowerCase()
    .includes(text.toLowerCase());
}

/** Bytes of the value's JSON once its invisible characters are escaped. */
function sizeOf(value: unknown): number {
  return jsonBytes(escapeInvisibleDeep(value));
}
