import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "../../util/json.ts";

/**
 * Tokens for the level `two-step`: the first call's answer carries one with the plan, the second call brings it back. Such
 * a token proves that the plan was shown, and not that a person agreed to it.
 */
export interface PlanTokens {
  /** A token for the plan that is bound so. */
  issue(binding: string): string;
  /** What uses the token up, giving false when another call was first; or why it is no token for this plan. */
  check(token: string, binding: string): { readonly consume: () => boolean } | { readonly rejectionReason: string };
}

interface Options {
  /** Of 32 random bytes, known to this process alone. */
  readonly key: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

interface Payload {
  readonly id: string;
  readonly expires: number;
  readonly binding: string;
}

const TOKEN_LIFETIME_MS = 300_000;

const invalidToken = { rejectionReason: "The planToken is not one that this server gave." };
const expiredToken = { rejectionReason: "The planToken has run out: it is good for five minutes, and once." };
const mismatchedToken = {
  rejectionReason: "The planToken is for another call, or for the account as it no longer is.",
};

/**
 * `PAYLOAD.MAC`, both base64url: the payload canonical JSON (RFC 8785), the MAC an HMAC-SHA256 over the payload's text. Both
 * are compared as texts, so that of the many ways to write the same bytes just one is taken.
 */
export function createPlanTokens({ key, now }: Options = { key: randomBytes(32), now: Date.now }): PlanTokens {
  /** Ids of tokens that were used, with the time at which they run out anyway. */
  const consumed = new Map<string, number>();

  function macOf(payload: string): Buffer {
    return Buffer.from(createHmac("sha256", key).update(payload).digest("base64url"));
  }

  function forgetExpired(): void {
    for (const [id, expires] of consumed) if (expires <= now()) consumed.delete(id);
  }

  return {
    issue(binding) {
      const id = randomBytes(16).toString("base64url");
      const payload = Buffer.from(
        canonicalJson({ id, expires: now() + TOKEN_LIFETIME_MS, binding } satisfies Payload),
      ).toString("base64url");
      return `${payload}.${macOf(payload)}`;
    },
    check(token, binding) {
      const [payload = "", mac = "", ...rest] = token.split(".");
      const given = Buffer.from(mac);
      const right = macOf(payload);
      // Of different lengths, they would make timingSafeEqual throw.
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return invalidToken;
      // Signed with our key, so it is what `issue` wrote.
      const { id, expires, binding: bound }: Payload = JSON.parse(Buffer.from(payload, "base64url").toString());
      if (expires <= now() || consumed.has(id)) return expiredToken;
      if (bound !== binding) return mismatchedToken;
      return {
        consume() {
          if (expires <= now() || consumed.has(id)) return false;
          forgetExpired();
          consumed.set(id, expires);
          return true;
        },
      };
    },
  };
}
