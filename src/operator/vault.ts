import type { Renewal, Vault, VaultReceipt, Vended } from "../guards/vended.ts";

/** The vault, as the person uses it. */
export interface VaultReader {
  /**
   * Returns the secret for `handle`. Undefined if the handle is unknown or has expired, or is of another kind. Renews a secret
   * that is about to expire, if that is possible without the person.
   */
  collect(handle: string, kind: Vended["kind"]): Promise<Vended | undefined>;
  /** The kind of the secret for `handle`; undefined if the handle is unknown or has expired. */
  kindOf(handle: string): Vended["kind"] | undefined;
}

/** A secret that is kept, without the secret. */
export interface KeptSecret extends Omit<VaultReceipt, "handle"> {
  readonly kind: Vended["kind"];
  readonly region: string;
}

interface Entry {
  readonly kind: Vended["kind"];
  /** Undefined after expiry. The entry stays if it can be renewed. */
  vended: Vended | undefined;
  readonly renew: Renewal | undefined;
  /** The running renewal, for which all requests wait. */
  renewing: Promise<void> | undefined;
}

/** The maximum number of secrets. A new one replaces the oldest. */
const MAX_KEPT = 1_000;

/** How long before expiry a secret is renewed, in milliseconds. SDKs start to renew at about the same time. */
const RENEW_BEFORE_MS = 300_000;

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Returns a new unguessable handle of 22 base64url characters. */
  readonly newHandle: () => string;
  /** The command line that runs this program from a shell. */
  readonly command: string;
  /** Called with the reason if a renewal fails. The command does not get the reason. */
  readonly onFailure: (why: string) => void;
}

/** Keeps vended secrets, only in the memory of this process. Used by the guard and by the person. */
export function createVault({
  now,
  newHandle,
  command,
  onFailure,
}: Options): Vault & VaultReader & { sweep(): void; empty(): void; kept(): KeptSecret[] } {
  /** By handle, oldest first. */
  const entries = new Map<string, Entry>();

  function sweep(): void {
    for (const [handle, entry] of entries) {
      if (!entry.vended || entry.vended.expires > now()) continue;
      if (entry.renew) entry.vended = undefined;
      else entries.delete(handle);
    }
  }

  function receiptFor(handle: string, { kind, expires }: Vended): VaultReceipt {
    return { handle, expires: new Date(expires).toISOString(), use: usesOf(kind, handle, command) };
  }

  async function renewEntry(entry: Entry): Promise<void> {
    const why = await entry.renew?.({
      async keep(vended) {
        if (vended.kind === entry.kind) entry.vended = vended;
        return undefined;
      },
    });
    if (why !== undefined) onFailure(why);
  }

  return {
    sweep,
    empty: () => entries.clear(),
    kept() {
      sweep();
      return [...entries].flatMap(([handle, { vended }]) => {
        if (!vended) return [];
        const { expires, use } = receiptFor(handle, vended);
        return { kind: vended.kind, region: vended.region, expires, use };
      });
    },
    async keep(vended, renew) {
      sweep();
      const oldest = entries.keys().next();
      if (entries.size >= MAX_KEPT && !oldest.done) entries.delete(oldest.value);
      const handle = newHandle();
      entries.set(handle, { kind: vended.kind, vended, renew, renewing: undefined });
      return receiptFor(handle, vended);
    },
    kindOf(handle) {
      sweep();
      return entries.get(handle)?.kind;
    },
    async collect(handle, kind) {
      sweep();
      const entry = entries.get(handle);
      if (entry?.kind !== kind) return undefined;
      if (entry.renew && (entry.vended?.expires ?? 0) - now() <= RENEW_BEFORE_MS) {
        entry.renewing ??= renewEntry(entry).finally(() => {
          entry.renewing = undefined;
        });
        await entry.renewing;
        sweep();
      }
      return entries.has(handle) ? entry.vended : undefined;
    },
  };
}

function usesOf(kind: Vended["kind"], handle: string, command: string): string[] {
  if (kind === "token") return [`${command} token ${handle}`];
  return [`${command} credentials ${handle} --exec CMD…`, `credential_process = ${command} credentials ${handle}`];
}
