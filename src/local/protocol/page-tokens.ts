import { createHmac } from "node:crypto";
import type { SequenceList } from "../state/sequence-list.ts";
import { errors } from "./errors.ts";

/** Pages with opaque tokens for the next. A token is good for the list it was made for, and for none of another service. */
export interface PageTokens {
  /** A page of a ledger. Raises InvalidParameterException for a token that is not of `list`. */
  pageOf<Thing extends { readonly sequence: number }>(
    list: string,
    ledger: SequenceList<Thing>,
    limit: number,
    token: string | undefined,
  ): { page: Thing[]; NextToken?: string };
  /** A token that says after which number the next page of `list` begins. */
  makeToken(list: string, after: number): string;
  /** Raises InvalidParameterException for a token that is not of `list`. */
  readToken(list: string, token: string): number;
}

export function createPageTokens(key: Uint8Array): PageTokens {
  function makeToken(list: string, after: number): string {
    const seal = createHmac("sha256", key).update(`${after} ${list}`).digest("base64url");
    return Buffer.from(`${after} ${seal}`).toString("base64url");
  }

  function readToken(list: string, token: string): number {
    const after = Number.parseInt(Buffer.from(token, "base64url").toString(), 10);
    if (makeToken(list, after) !== token) throw errors.invalid("Invalid pagination token");
    return after;
  }

  return {
    makeToken,
    readToken,
    pageOf(list, ledger, limit, token) {
      const { page, more } = ledger.page(token === undefined ? 0 : readToken(list, token), limit);
      const last = page.at(-1);
      return { page, ...(more && last && { NextToken: makeToken(list, last.sequence) }) };
    },
  };
}
