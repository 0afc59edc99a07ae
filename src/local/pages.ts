import { errors } from "./errors.ts";
import type { Ledger } from "./ledger.ts";

/** A page of a ledger as the service gives it, with an opaque token for the next. */
export function pageOf<Thing extends { readonly sequence: number }>(
  ledger: Ledger<Thing>,
  limit: number,
  token: string | undefined,
  wanted?: (thing: Thing) => boolean,
): { page: Thing[]; NextToken?: string } {
  const { page, more } = ledger.page(token === undefined ? 0 : readToken(token), limit, wanted);
  const last = page.at(-1);
  return { page, ...(more && last && { NextToken: makeToken(last.sequence) }) };
}

/** A token that says after which number the next page begins. */
export function makeToken(after: number): string {
  return Buffer.from(`after:${after}`).toString("base64url");
}

/** Raises InvalidParameterException for a token that is not ours. */
export function readToken(token: string): number {
  const [, after] = /^after:(\d{1,15})$/.exec(Buffer.from(token, "base64url").toString()) ?? [];
  if (after === undefined) throw errors.invalid("Invalid pagination token");
  return Number(after);
}
