/** The resources of other services than Cognito Identity: one value for each kind and key. */
import type { ManagedPolicy, OidcProvider, Role, SamlProvider } from "../iam/records.ts";
import type { UserPool } from "../user-pools/records.ts";

/** The values of each kind. */
interface Kinds {
  readonly role: Role;
  /** The ARN of a role that was deleted: unlike a role that nobody defined, it does not exist. */
  readonly deletedRole: { readonly arn: string };
  readonly policy: ManagedPolicy;
  readonly samlProvider: SamlProvider;
  readonly oidcProvider: OidcProvider;
  readonly userPool: UserPool;
}

type Kind = keyof Kinds;

/** A self-contained change. Replaying all changes in order reproduces the documents. */
export type DocumentChange =
  | { readonly document: readonly [kind: Kind, key: string]; readonly value: Kinds[Kind] }
  | { readonly documentRemoved: readonly [kind: Kind, key: string] };

/** They change only through these methods. */
export interface Documents {
  get<K extends Kind>(kind: K, key: string): Kinds[K] | undefined;
  /** The values whose keys begin with `prefix`, in the order of their keys. */
  list<K extends Kind>(kind: K, prefix: string): Kinds[K][];
  put<K extends Kind>(kind: K, key: string, value: Kinds[K]): void;
  remove(kind: Kind, key: string): void;
  /** The key that was put first. */
  oldest(kind: Kind): string | undefined;
  size(kind: Kind): number;
  /** The number of values of all kinds. */
  total(): number;
  isEmpty(): boolean;
  /** Removes everything. */
  clear(): void;
  /** Applies a recorded change. */
  replay(change: DocumentChange): void;
  /** Returns the changes that create these documents where there are none. */
  snapshot(): Iterable<DocumentChange>;
}

type Maps = { readonly [K in Kind]: Map<string, Kinds[K]> };

/** Calls `onChange` after every change. */
export function createDocuments(onChange: (change: DocumentChange) => void = () => {}): Documents {
  const maps: Maps = {
    role: new Map(),
    deletedRole: new Map(),
    policy: new Map(),
    samlProvider: new Map(),
    oidcProvider: new Map(),
    userPool: new Map(),
  };
  const all: readonly Map<string, Kinds[Kind]>[] = Object.values(maps);

  return {
    get: (kind, key) => maps[kind].get(key),
    list: (kind, prefix) =>
      [...maps[kind]]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([, value]) => value),
    put(kind, key, value) {
      maps[kind].set(key, value);
      onChange({ document: [kind, key], value });
    },
    remove(kind, key) {
      if (maps[kind].delete(key)) onChange({ documentRemoved: [kind, key] });
    },
    oldest: (kind) => maps[kind].keys().next().value,
    size: (kind) => maps[kind].size,
    total: () => all.reduce((sum, { size }) => sum + size, 0),
    clear() {
      for (const kind of Object.keys(maps) as Kind[])
        for (const key of [...maps[kind].keys()]) {
          maps[kind].delete(key);
          onChange({ documentRemoved: [kind, key] });
        }
    },
    isEmpty: () => all.every((map) => map.size === 0),
    replay(change) {
      if ("documentRemoved" in change) {
        const [kind, key] = change.documentRemoved;
        maps[kind].delete(key);
      } else {
        const [kind, key] = change.document;
        // The kind says of which type the value is.
        (maps[kind] as Map<string, Kinds[Kind]>).set(key, change.value);
      }
    },
    *snapshot() {
      for (const kind of Object.keys(maps) as Kind[])
        for (const [key, value] of maps[kind]) yield { document: [kind, key], value };
    },
  };
}
