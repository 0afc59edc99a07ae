/** Lists that are followed to their end: page after page, each of them a cleared call of its own. */

import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { MAX_RESPONSE_BYTES } from "../guards/response-size.ts";
import type { Pages } from "../tools/tool.ts";
import { type Fields, jsonBytes } from "../util/json.ts";
import type { Outcome, Success } from "./types.ts";

/** What the entries and the NextToken of one answer may take as JSON: what is beside them must fit into a result too. */
const MAX_LISTED = MAX_RESPONSE_BYTES - 8 * 1024;

/** Pages of one call: a service that never comes to an end must not hold it. */
const MAX_PAGES = 200;

/** Many clients give a call up after a minute, and all that was found with it. */
const MAX_MS = 40_000;

/** Whether the call asks for more than a page. */
export function wantsAllPages({ allPages, nameContains }: Fields): boolean {
  return allPages === true || nameContains !== undefined;
}

/** What a call that follows pages asks for, and how it gets them. */
interface PaginationRequest {
  readonly pages: Pages;
  readonly input: Fields;
  /** Sends the call for the page that the token stands for, and gives its answer. */
  readonly page: (token: unknown) => Promise<Outcome>;
  /** Told how many entries were scanned so far. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/**
 * Gives all pages as one answer, or as much of them as an answer holds, with the NextToken of the first page that it does
 * not hold. Where a name was asked for, `scanned` is how many entries were scanned. A failure is the answer only
 * when nothing was found before it.
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
      ...(why !== undefined && { NextToken: token, notes: [`Not the whole list: ${why}`] }),
    },
  });

  for (let turn = 0; turn < MAX_PAGES && Date.now() - begun < MAX_MS; turn += 1) {
    const outcome = await page(token);
    if (outcome.kind === "refusal") return outcome;
    if (outcome.kind === "failure")
      return answer ? give(`${outcome.message} ${outcome.hint} NextToken goes on from here.`) : outcome;
    const { NextToken, [list]: found, ...rest } = outcome.content;
    const listed = Array.isArray(found) ? found : [];
    const matching = listed.filter((entry) => isNamed(entry, pages, input["nameContains"]));
    bytes += sizeOf(matching);
    const both = bytes + Math.max(sizeOf(token ?? ""), sizeOf(NextToken ?? ""));
    if (answer && both > MAX_LISTED) return give("it is as long as an answer may be. NextToken goes on from here.");
    answer ??= rest;
    for (const entry of matching) entries.push(entry);
    scanned += listed.length;
    token = NextToken;
    if (token === undefined) return give();
    if (listed.length > 0) await onCount?.(scanned);
  }
  return give("it took long enough. NextToken goes on from here.");
}

/** Whether the entry's name holds the text, in whatever case. */
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
