import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "../../util/json.ts";

/**
 * Tokens for the level `two-step`: the answer of the first call contains one with the plan, and the second call returns it. Such
 * a token proves that the plan was shown, not that a person approved it.
 */
export interface PlanTokens {
  /** A token for the plan with this binding. */
  issue(binding: string): string;
  /** A function that consumes the token and returns false if another call was first; or why the token is not valid for this plan. */
  check(token: string, binding: string): { readonly consume: () => boolean } | { readonly rejectionReason: string };
}

interface Options {
  /** 32 random bytes that only this process knows. */
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

const invalidToken = { rejectionReason: "The planToken was not issued by this server." };
const expiredToken = {
  rejectionReason: "The planToken has expired or was already used. It is valid for 5 minutes and for one call.",
};
const mismatchedToken = {
  rejectionReason: "The planToken is for another call, or the account changed after it was issued.",
};

/**
 * `PAYLOAD.MAC`: canonical JSON (RFC 8785) in hex, and an HMAC-SHA256 over the payload's text in base64url. Both
 * are compared as texts, so that only one of the many encodings of the same bytes is valid. In base64, the times in the payload would
 * share characters with the times in a vended JSON Web Token, and the answer would be withheld.
 */
export function createPlanTokens({ key, now }: Options = { key: randomBytes(32), now: Date.now }): PlanTokens {
  /** Ids of used tokens, with the time at which they expire. */
  const consumed = new Map<string, number>();

  function macOf(payload: string): Buffer {
    return Buffer.from(createHmac("sha256", key).update(payload).digest("base64url"));
  }

  function forgetExpired(): void {
    for (const [id, expires] of consumed) if (expires <= now()) consumed.delete(id);
  }

  /** Keyed: the binding is a digest of what a caller knows but for the AWS credentials, and must not be tested offline. */
  function sealed(binding: string): string {
    return createHmac("sha256", key).update(`binding ${binding}`).digest("base64url");
  }

  return {
    issue(binding) {
      const id = randomBytes(16).toString("base64url");
      const payload = Buffer.from(
        canonicalJson({ id, expires: now() + TOKEN_LIFETIME_MS, binding: sealed(binding) } satisfies Payload),
      ).toString("hex");
      return `${payload}.${macOf(payload)}`;
    },
    check(token, binding) {
      const [payload = "", mac = "", ...rest] = token.split(".");
      const given = Buffer.from(mac);
      const right = macOf(payload);
      // timingSafeEqual throws if the lengths differ.
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return invalidToken;
      // Signed with our key, so it is what `issue` wrote.
      const { id, expires, binding: bound }: Payload = JSON.parse(Buffer.from(payload, "hex").toString());
      if (expires <= now() || consumed.has(id)) return expiredToken;
      if (bound !== sealed(binding)) return mismatchedToken;
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
