/** What was read of the account and is remembered for later calls, of any client of this process. */
import type { RememberedLogins } from "../../plans/linking.ts";

export interface AccountMemory extends RememberedLogins {
  /** The DeveloperProviderName of a pool, which is permanent once set; undefined where it is not known. */
  developerProviderOf(poolId: string): string | undefined;
  /** Learns from a pool as AWS describes it. */
  learnPool(pool: object): void;
  /** Forgets every identity's logins: call it before and after whatever may change an identity. */
  forgetLogins(): void;
}

/** Entries of each kind; the oldest make room. */
const MAX_ENTRIES = 10_000;

/** Others can change an identity too. */
const LOGINS_LIFETIME_MS = 300_000;

interface Entry {
  readonly providers: ReadonlySet<string>;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** `now` is in milliseconds since the epoch. */
export function createAccountMemory(now: () => number = Date.now): AccountMemory {
  const developerProviders = new Map<string, string>();
  const logins = new Map<string, Entry>();
  /** Changes of identities so far: what a read began before one of them found may be outdated. */
  let changes = 0;

  return {
    developerProviderOf: (poolId) => developerProviders.get(poolId),
    learnPool(pool) {
      const { IdentityPoolId, DeveloperProviderName } = pool as Readonly<Record<string, unknown>>;
      if (typeof IdentityPoolId === "string" && typeof DeveloperProviderName === "string")
        put(developerProviders, IdentityPoolId, DeveloperProviderName);
    },
    has(identityId, providers) {
      const entry = logins.get(identityId);
      return entry !== undefined && entry.expires > now() && providers.every((name) => entry.providers.has(name));
    },
    beginRead() {
      const begun = changes;
      return (identityId, providers) => {
        if (begun === changes)
          put(logins, identityId, { providers: new Set(providers), expires: now() + LOGINS_LIFETIME_MS });
      };
    },
    forgetLogins() {
      changes += 1;
      logins.clear();
    },
  };
}

function put<Value>(entries: Map<string, Value>, key: string, value: Value): void {
  entries.delete(key);
  entries.set(key, value);
  const oldest = entries.keys().next();
  if (entries.size > MAX_ENTRIES && !oldest.done) entries.delete(oldest.value);
}
