import type { Renewal, Vault, VaultReceipt, Vended } from "../guards/vended.ts";

/** The person's side of the vault. */
export interface VaultReader {
  /**
   * Gives what is kept under `handle`; undefined for a handle that is unknown, has expired or is of something else. What is
   * about to expire is vended again first, where that can be done without the person.
   */
  collect(handle: string, kind: Vended["kind"]): Promise<Vended | undefined>;
}

interface Entry {
  readonly kind: Vended["kind"];
  /** Gone once it has expired, though the entry may stay: what it was made with can make another. */
  vended: Vended | undefined;
  readonly renew: Renewal | undefined;
  /** The renewal in progress: everyone who asks meanwhile waits for it. */
  renewing: Promise<void> | undefined;
}

/** Things kept at once; the oldest makes room. */
const MAX_KEPT = 1_000;

/** How long before its end something is vended again. SDKs begin to ask about as early. */
const RENEW_BEFORE_MS = 300_000;

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A handle that nobody can guess, of 22 characters of base64url. */
  readonly newHandle: () => string;
  /** How this program is run from a shell. */
  readonly command: string;
  /** Told why something could not be vended again: whoever asks for it is not. */
  readonly onFailure: (why: string) => void;
}

/** What was vended, in this process's memory and nowhere else: the guard's side and the person's side of it. */
export function createVault({
  now,
  newHandle,
  command,
  onFailure,
}: Options): Vault & VaultReader & { sweep(): void; empty(): void } {
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
    async keep(vended, renew) {
      sweep();
      const oldest = entries.keys().next();
      if (entries.size >= MAX_KEPT && !oldest.done) entries.delete(oldest.value);
      const handle = newHandle();
      entries.set(handle, { kind: vended.kind, vended, renew, renewing: undefined });
      return receiptFor(handle, vended);
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
