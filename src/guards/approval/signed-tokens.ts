import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { canonicalJson } from "../../util/json.ts";

/** What a token is for. A token that was issued for one purpose is not valid for another. */
type TokenPurpose = "plan token" | "request state";

/** What a token is bound to: texts by name. */
type Bindings = Readonly<Record<string, string>>;

/** A token that this process issued. */
interface OpenedToken {
  /** Whether it has not expired and was not used. */
  isCurrent(): boolean;
  /** Whether it was issued for these bindings. */
  isFor(bindings: Bindings): boolean;
  /** Uses the token up; false if it has expired, or if it was used before. */
  consume(): boolean;
}

interface SignedTokens {
  /** A token that is valid for so many milliseconds, at most 5 minutes. */
  issue(bindings: Bindings, lifetimeMs?: number): string;
  /** Undefined if this process did not issue the token for this purpose. */
  open(token: string): OpenedToken | undefined;
}

export interface TokenOptions {
  /** 32 random bytes that only this process knows. */
  readonly key: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** The bindings stand beside these members, each under its name. */
type Payload = Readonly<Record<string, unknown>> & {
  readonly purpose: TokenPurpose;
  readonly id: string;
  readonly expires: number;
};

const MAX_LIFETIME_MS = 300_000;

export function defaultTokenOptions(): TokenOptions {
  return { key: randomBytes(32), now: Date.now };
}

/**
 * `PAYLOAD.MAC`: canonical JSON (RFC 8785) in hex, and an HMAC-SHA256 over the payload's text in base64url. Both
 * are compared as texts, so that only one of the many encodings of the same bytes is valid. In base64, the times in the payload would
 * share characters with the times in a vended JSON Web Token, and the answer would be withheld.
 */
export function createSignedTokens(purpose: TokenPurpose, { key, now }: TokenOptions): SignedTokens {
  /** Ids of used tokens, with the time at which they expire. */
  const consumed = new Map<string, number>();

  function macOf(payload: string): Buffer {
    return Buffer.from(createHmac("sha256", key).update(payload).digest("base64url"));
  }

  function forgetExpired(): void {
    for (const [id, expires] of consumed) if (expires <= now()) consumed.delete(id);
  }

  /** Keyed: a binding is a digest of what a caller knows but for the AWS credentials, and must not be tested offline. */
  function sealed(bindings: Bindings): Bindings {
    return Object.fromEntries(
      Object.entries(bindings).map(([name, binding]) => [
        name,
        createHmac("sha256", key).update(`${purpose} ${name} ${binding}`).digest("base64url"),
      ]),
    );
  }

  return {
    issue(bindings, lifetimeMs = MAX_LIFETIME_MS) {
      const id = randomBytes(16).toString("base64url");
      const payload = Buffer.from(
        canonicalJson({ ...sealed(bindings), purpose, id, expires: now() + Math.min(lifetimeMs, MAX_LIFETIME_MS) }),
      ).toString("hex");
      return `${payload}.${macOf(payload)}`;
    },
    open(token) {
      const [payload = "", mac = "", ...rest] = token.split(".");
      const given = Buffer.from(mac);
      const right = macOf(payload);
      // timingSafeEqual throws if the lengths differ.
      if (rest.length > 0 || given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
      // Signed with our key, so it is what `issue` wrote.
      const signed: Payload = JSON.parse(Buffer.from(payload, "hex").toString());
      const { id, expires } = signed;
      if (signed.purpose !== purpose) return undefined;
      const isCurrent = () => expires > now() && !consumed.has(id);
      return {
        isCurrent,
        isFor: (bindings) => Object.entries(sealed(bindings)).every(([name, binding]) => signed[name] === binding),
        consume() {
          if (!isCurrent()) return false;
          forgetExpired();
          consumed.set(id, expires);
          return true;
        },
      };
    },
  };
}
