/** Follows a list over all its pages. Each page is a separate cleared call. */

import { escapeInvisibleDeep } from "../../guards/redaction/untrusted-text.ts";
import type { Pages } from "../../tools/tool.ts";
import { type Fields, jsonBytes } from "../../util/json.ts";
import type { Ended, Success } from "../types.ts";

/** The share of an answer's bytes that its entries and the NextToken may take; the rest is for the other members. */
export const LISTED_SHARE = 0.9;

/** The maximum number of pages of one call: a list without end must not block it. */
export const MAX_PAGES = 200;

/** Many clients abandon a call after a minute, and would lose the entries that were found. */
export const MAX_MS = 40_000;

/** Whether the call requests more than one page. */
export function wantsAllPages({ allPages }: Fields): boolean {
  return allPages === true;
}

/** The input of a call that follows pages, and how to get a page. */
interface PaginationRequest {
  readonly pages: Pages;
  readonly input: Fields;
  /** Sends the call with the NextToken of a page, and resolves with its outcome. */
  readonly page: (members: { readonly NextToken: unknown }) => Promise<Ended>;
  /** The maximum bytes of the answer. */
  readonly maxBytes: number;
  /** Called with the number of entries so far. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/**
 * Combines all pages into one answer, or as many pages as fit, with the NextToken of the first page that does
 * not fit. A failure is the answer only if it is the first page that fails.
 */
export async function followPages({ pages, input, page, maxBytes, onCount }: PaginationRequest): Promise<Ended> {
  const { list } = pages;
  const begun = Date.now();
  const entries: unknown[] = [];
  let token = input["NextToken"];
  let answer: Fields | undefined;
  let bytes = 0;

  const give = (why?: string): Success => ({
    kind: "success",
    content: {
      ...answer,
      [list]: entries,
      ...(why !== undefined && { NextToken: token, notes: [`The list is incomplete: ${why}`] }),
    },
  });

  for (let turn = 0; turn < MAX_PAGES && Date.now() - begun < MAX_MS; turn += 1) {
    const outcome = await page({ NextToken: token });
    if (outcome.kind === "refusal") return outcome;
    if (outcome.kind === "failure")
      return answer ? give(`${outcome.message} ${outcome.hint} To continue, pass NextToken.`) : outcome;
    const { NextToken, [list]: found, ...rest } = outcome.content;
    const listed = Array.isArray(found) ? found : [];
    bytes += sizeOf(listed);
    const both = bytes + Math.max(sizeOf(token ?? ""), sizeOf(NextToken ?? ""));
    if (answer && both > maxBytes * LISTED_SHARE)
      return give("the answer has the maximum size. To continue, pass NextToken.");
    answer ??= rest;
    for (const entry of listed) entries.push(entry);
    token = NextToken;
    if (token === undefined) return give();
    if (listed.length > 0) await onCount?.(entries.length);
  }
  return give("the limit of time or pages is reached. To continue, pass NextToken.");
}

/** Bytes of the value's JSON once its invisible characters are escaped. */
export function sizeOf(value: unknown): number {
  return jsonBytes(escapeInvisibleDeep(value));
}
