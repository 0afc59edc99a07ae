/** A fixed set of identities in the order of a list, with how each of them was. Small: a million take some 50 MB. */
import { createHash } from "node:crypto";

/** An identity as ListIdentities shows it, as far as a plan is about it. */
export interface ListedIdentity {
  readonly IdentityId?: string | undefined;
  readonly Logins?: readonly string[] | undefined;
  readonly CreationDate?: Date | undefined;
  readonly LastModifiedDate?: Date | undefined;
}

export interface IdentitySet {
  readonly size: number;
  /** The position of the identity; -1 if it is not in the set. */
  placeOf(id: string): number;
  idAt(place: number): string;
  /** Whether the identity, which is in the set, is as it was: the same logins, not modified. */
  isAsItWas(identity: ListedIdentity): boolean;
  /** SHA-256 over the ids in order, each with a line feed, in hex: of the file that lists them. */
  readonly digest: string;
  /** SHA-256 over how they were. */
  readonly marks: string;
  /** The ids in order. */
  ids(): Generator<string>;
}

/** Bytes of a UUID, and of the digest of how an identity was. */
const ID = 16;
const MARK = 8;
const ENTRY = ID + MARK;

const UUID = /^([\w-]+):([\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12})$/;

export interface IdentitySetBuilder {
  /** An identity that is there already is not added again. */
  add(identity: ListedIdentity & { readonly IdentityId: string }): void;
  readonly size: number;
  build(): IdentitySet;
}

/** Builds a set of identities of one region. An id that is not a UUID of the region of the first one takes more room. */
export function buildIdentitySet(): IdentitySetBuilder {
  let entries = Buffer.alloc(1024 * ENTRY);
  /** A hash table with open addressing: positions plus one, 0 where there is none. */
  let table = new Uint32Array(4096);
  let size = 0;
  let region: string | undefined;
  /** Ids that are no UUIDs of the region, by id and by position. */
  const odd = new Map<string, number>();
  const oddAt = new Map<number, string>();

  function bytesOf(id: string): Buffer | undefined {
    const [, own, uuid] = UUID.exec(id) ?? [];
    if (own === undefined || uuid === undefined) return undefined;
    region ??= own;
    return own === region ? Buffer.from(uuid.replaceAll("-", ""), "hex") : undefined;
  }

  /** The place in the table where the id is, or would be. */
  function slotOf(bytes: Buffer): number {
    // Ids of AWS are random. The digits in the middle count too, for ids that only end differently.
    const hash = bytes.readUInt32LE(0) ^ bytes.readUInt32LE(4) ^ bytes.readUInt32LE(8) ^ bytes.readUInt32LE(12);
    for (let slot = Math.imul(hash, 0x9e3779b1) >>> 0; ; slot += 1) {
      const at = slot & (table.length - 1);
      const entry = table[at] ?? 0;
      if (entry === 0) return at;
      const start = (entry - 1) * ENTRY;
      if (bytes.compare(entries, start, start + ID) === 0) return at;
    }
  }

  function placeOf(id: string): number {
    const bytes = bytesOf(id);
    return bytes ? (table[slotOf(bytes)] ?? 0) - 1 : (odd.get(id) ?? -1);
  }

  function grow(): void {
    if ((size + 1) * ENTRY > entries.length) entries = Buffer.concat([entries, Buffer.alloc(entries.length)]);
    if ((size + 1) * 2 <= table.length) return;
    table = new Uint32Array(table.length * 2);
    for (let place = 0; place < size; place += 1)
      if (!oddAt.has(place)) table[slotOf(entries.subarray(place * ENTRY, place * ENTRY + ID))] = place + 1;
  }

  function idAt(place: number): string {
    const hex = entries.toString("hex", place * ENTRY, place * ENTRY + ID);
    const uuid = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    return oddAt.get(place) ?? `${region}:${uuid}`;
  }

  function* ids(): Generator<string> {
    for (let place = 0; place < size; place += 1) yield idAt(place);
  }

  return {
    get size() {
      return size;
    },
    add(identity) {
      const { IdentityId: id } = identity;
      if (placeOf(id) >= 0) return;
      grow();
      const bytes = bytesOf(id);
      if (bytes) {
        bytes.copy(entries, size * ENTRY);
        table[slotOf(bytes)] = size + 1;
      } else {
        odd.set(id, size);
        oddAt.set(size, id);
      }
      markOf(identity).copy(entries, size * ENTRY + ID);
      size += 1;
    },
    build() {
      const listed = createHash("sha256");
      const marked = createHash("sha256");
      for (let place = 0; place < size; place += 1) {
        listed.update(`${idAt(place)}\n`);
        marked.update(entries.subarray(place * ENTRY + ID, (place + 1) * ENTRY));
      }
      return {
        size,
        placeOf,
        idAt,
        ids,
        digest: listed.digest("hex"),
        marks: marked.digest("hex"),
        isAsItWas(identity) {
          const start = placeOf(identity.IdentityId ?? "") * ENTRY + ID;
          return start >= 0 && markOf(identity).compare(entries, start, start + MARK) === 0;
        },
      };
    },
  };
}

/** The date reveals changes that the names of providers do not: another developer user, or a merge. */
function markOf({ Logins = [], LastModifiedDate }: ListedIdentity): Buffer {
  const text = JSON.stringify([[...Logins].sort(), LastModifiedDate ?? null]);
  return createHash("sha256").update(text).digest().subarray(0, MARK);
}
