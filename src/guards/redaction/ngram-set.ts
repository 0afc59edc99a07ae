import { randomInt } from "node:crypto";

/** Length in bytes of a part of a secret that must not be shown. */
export const NGRAM_BYTES = 8;

/** From the first byte (inclusive) to the last (exclusive). */
export type Range = readonly [from: number, to: number];

/** A set of all runs of 8 bytes of some texts. It is exact: it finds all of them, and nothing else. */
export interface NgramSet {
  /** Adds the runs of `bytes` that are not in `except`. Eight NULs are not a run. */
  add(bytes: Uint8Array, except?: NgramSet): void;
  /** Whether the set contains a run, given as two little-endian words. */
  has(low: number, high: number): boolean;
  /** The parts of `bytes` that consist of such runs, in order and without overlap. */
  find(bytes: Uint8Array): Range[];
  readonly size: number;
}

/** Words of a new table, two per slot: a power of two. */
const INITIAL_WORDS = 2048;

/**
 * A hash table with open addressing, at least half of it free, behind a filter of 8 bits per slot that avoids most lookups. It takes
 * 18 to 36 bytes per run. It starts with room for `runs`.
 *
 * The time that `find` takes depends on whole runs only. A filter of shorter pieces would be quicker, but its timing would tell a
 * caller whether 4 bytes are part of a secret.
 */
export function createNgramSet(runs = 0): NgramSet {
  // Random multipliers, so that nobody can choose secrets that collide.
  const byLow = oddNumber();
  const byHigh = oddNumber();
  const words = Math.max(INITIAL_WORDS, 2 ** Math.ceil(Math.log2(4 * runs)));
  let slots = new Int32Array(words);
  let filter = new Int32Array(words / 8);
  /** How far a hash is shifted to get the index of a bit of the filter. */
  let shift = Math.clz32(words * 4 - 1);
  let size = 0;

  /** Its high bits depend on every bit of the run. */
  function hash(low: number, high: number): number {
    const sum = (Math.imul(low, byLow) + Math.imul(high, byHigh)) | 0;
    return Math.imul(sum ^ (sum >>> 15), byLow);
  }

  /** The slot of the run, or the free slot where it belongs. */
  function slotOf(low: number, high: number, hashed: number): number {
    const last = slots.length - 2;
    for (let at = (hashed >>> shift) & last; ; at = (at + 2) & last) {
      const [first, second] = [slots[at], slots[at + 1]];
      if ((first === low && second === high) || (first === 0 && second === 0)) return at;
    }
  }

  function isTaken(at: number): boolean {
    return slots[at] !== 0 || slots[at + 1] !== 0;
  }

  function has(low: number, high: number): boolean {
    return isTaken(slotOf(low, high, hash(low, high)));
  }

  /** Returns whether the run is new. */
  function insert(low: number, high: number): boolean {
    const hashed = hash(low, high);
    const at = slotOf(low, high, hashed);
    if (isTaken(at)) return false;
    slots[at] = low;
    slots[at + 1] = high;
    const bits = bitsOf(hashed);
    const word = hashed >>> (shift + 5);
    filter[word] = (filter[word] ?? 0) | bits;
    return true;
  }

  function grow(): void {
    const old = slots;
    slots = new Int32Array(2 * old.length);
    filter = new Int32Array(slots.length / 8);
    shift -= 1;
    for (let at = 0; at < old.length; at += 2) {
      const [low = 0, high = 0] = [old[at], old[at + 1]];
      if (low !== 0 || high !== 0) insert(low, high);
    }
  }

  return {
    add(bytes, except) {
      let low = 0;
      let high = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        low = (low >>> 8) | (high << 24);
        high = (high >>> 8) | ((bytes[at] ?? 0) << 24);
        if (at < NGRAM_BYTES - 1 || (low === 0 && high === 0) || except?.has(low, high)) continue;
        if (!insert(low, high)) continue;
        size += 1;
        if (4 * size > slots.length) grow();
      }
    },
    has,
    find(bytes) {
      const found: [number, number][] = [];
      if (size === 0) return found;
      let low = 0;
      let high = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        low = (low >>> 8) | (high << 24);
        high = (high >>> 8) | ((bytes[at] ?? 0) << 24);
        const hashed = hash(low, high);
        const bits = bitsOf(hashed);
        if (((filter[hashed >>> (shift + 5)] ?? 0) & bits) !== bits || at < NGRAM_BYTES - 1) continue;
        if (!isTaken(slotOf(low, high, hashed))) continue;
        const last = found.at(-1);
        if (last && at + 1 - NGRAM_BYTES <= last[1]) last[1] = at + 1;
        else found.push([at + 1 - NGRAM_BYTES, at + 1]);
      }
      return found;
    },
    get size() {
      return size;
    },
  };
}

/** Two bits of a word of the filter: by the low bits of a hash, of which its word and its slot depend less. */
function bitsOf(hashed: number): number {
  return (1 << (hashed & 31)) | (1 << ((hashed >>> 5) & 31));
}

function oddNumber(): number {
  return randomInt(2 ** 31) * 2 + 1;
}
