import { createHmac } from "node:crypto";
import type { SequenceList } from "../state/sequence-list.ts";
import { errors } from "./errors.ts";

/** Pagination with opaque tokens. A token is valid only for the list and the service instance that issued it. */
export interface PageTokens {
  /** Returns one page of `items`. Throws InvalidParameterException if the token was not issued for `listName`. */
  pageOf<Item extends { readonly sequence: number }>(
    listName: string,
    items: SequenceList<Item>,
    limit: number,
    token: string | undefined,
  ): { page: Item[]; NextToken?: string };
  /** Creates a token for the page of `listName` after the position `after`. */
  createToken(listName: string, after: number): string;
  /** Returns the position in a token. Throws InvalidParameterException if the token was not issued for `listName`. */
  readToken(listName: string, token: string): number;
}

export function createPageTokens(key: Uint8Array): PageTokens {
  function createToken(listName: string, after: number): string {
    const signature = createHmac("sha256", key).update(`${after} ${listName}`).digest("base64url");
    return Buffer.from(`${after} ${signature}`).toString("base64url");
  }

  function readToken(listName: string, token: string): number {
    const after = Number.parseInt(Buffer.from(token, "base64url").toString(), 10);
    if (createToken(listName, after) !== token) throw errors.invalid("Invalid pagination token");
    return after;
  }

  return {
    createToken,
    readToken,
    pageOf(listName, items, limit, token) {
      const { page, more } = items.page(token === undefined ? 0 : readToken(listName, token), limit);
      const last = page.at(-1);
      return { page, ...(more && last && { NextToken: createToken(listName, last.sequence) }) };
    },
  };
}
