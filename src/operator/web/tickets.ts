/** Tickets: a challenge that was sent to a page, and what it is for. Each is taken once, and lives two minutes. */
import { randomBytes } from "node:crypto";

export interface Tickets<Content> {
  /** Gives the id of a new ticket. */
  issue(content: Content): string;
  /** Gives the content and deletes the ticket; undefined if there is none, or no more. */
  take(id: unknown): Content | undefined;
}

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Tickets at once. A new one replaces the oldest. */
  readonly max: number;
}

const LIFETIME_MS = 120_000;

export function createTickets<Content>({ now, max }: Options): Tickets<Content> {
  /** By id, oldest first. */
  const tickets = new Map<string, { readonly content: Content; readonly expires: number }>();
  return {
    issue(content) {
      const [oldest] = tickets.keys();
      if (tickets.size >= max && oldest !== undefined) tickets.delete(oldest);
      const id = randomBytes(18).toString("base64url");
      tickets.set(id, { content, expires: now() + LIFETIME_MS });
      return id;
    },
    take(id) {
      if (typeof id !== "string") return undefined;
      const found = tickets.get(id);
      tickets.delete(id);
      return found && found.expires > now() ? found.content : undefined;
    },
  };
}

/** 32 random bytes in base64url: no challenge is made twice. */
export function newNonce(): string {
  return randomBytes(32).toString("base64url");
}
