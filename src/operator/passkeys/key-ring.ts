/** The passkeys that approve in this process: those that were in the list when it was first read, and still are. */
import { isUserError } from "../../util/user-error.ts";
import type { PageAssertion } from "../web/page-protocol.ts";
import type { KeyList } from "./key-list.ts";
import type { Passkey } from "./passkey.ts";

export interface KeyRing {
  /** Finds out whether programs of this user can write every list. To be called before the page shows. */
  prepare(): Promise<void>;
  /** The passkeys, and why their list does not protect against other programs of the user, if it does not. */
  current(): { readonly keys: readonly Passkey[]; readonly unprotected: string | undefined };
  /** The key that made the assertion, or why it does not count, in a sentence. */
  verify(
    assertion: PageAssertion,
    challenge: string,
    origin: string,
  ): Promise<{ readonly key: Passkey; readonly unprotected: string | undefined } | { readonly why: string }>;
}

interface Options {
  /** Raises UserError. */
  readonly read: () => KeyList;
  /** Whether any program of this user becomes administrator: then it can write every list. */
  readonly administratorNeedsNoPassword: () => Promise<boolean>;
  /** Why a list that such programs can write does not protect. */
  readonly noPassword: string;
  /** Called once for each key that was added since: it counts after a restart. */
  readonly onAdded: (label: string) => void;
  /** Called when the list cannot be read any more: no key counts then. */
  readonly onTrouble: (problem: string) => void;
}

/** Reads the list now. Raises UserError. */
export function createKeyRing({
  read,
  administratorNeedsNoPassword,
  noPassword,
  onAdded,
  onTrouble,
}: Options): KeyRing {
  const first = read();
  const known = new Map(first.keys.map((key) => [key.id, JSON.stringify(key)]));
  const reported = new Set<string>();
  const counters = new Map<string, number>();
  let needsNoPassword: Promise<boolean> | undefined;
  let isOpen = false;

  function current(): ReturnType<KeyRing["current"]> {
    let list: KeyList;
    try {
      list = read();
    } catch (error) {
      if (!isUserError(error)) throw error;
      if (!reported.has(error.message)) onTrouble(error.message);
      reported.add(error.message);
      return { keys: [], unprotected: undefined };
    }
    // A list of the user must not take the place of one of the system that was deleted.
    if (list.owner !== first.owner) return { keys: [], unprotected: list.unprotected };
    for (const { id, label } of list.keys) {
      if (known.has(id) || reported.has(id)) continue;
      reported.add(id);
      onAdded(label);
    }
    const keys = list.keys.filter((key) => known.get(key.id) === JSON.stringify(key));
    return { keys, unprotected: list.unprotected ?? (isOpen ? noPassword : undefined) };
  }

  async function prepare(): Promise<void> {
    needsNoPassword ??= administratorNeedsNoPassword();
    isOpen = await needsNoPassword;
  }

  return {
    prepare,
    current,
    async verify(assertion, challenge, origin) {
      await prepare();
      const { keys, unprotected } = current();
      const { verifyAssertion } = await import("./assertion.ts");
      const verified = await verifyAssertion({ assertion, challenge, origin, keys, counters });
      return "key" in verified ? { key: verified.key, unprotected } : verified;
    },
  };
}
