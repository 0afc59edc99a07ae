import { randomInt } from "node:crypto";

/** Bytes in a row that give a secret away. */
export const NGRAM_BYTES = 8;

/** From the first byte up to, and without, the last. */
export type Range = readonly [from: number, to: number];

/** Every run of 8 bytes of some texts. Exact: it finds all of them, and nothing else. */
export interface NgramSet {
  /** Adds the runs of `bytes` that are not in `except`. Eight NULs are no run. */
  add(bytes: Uint8Array, except?: NgramSet): void;
  /** Whether a run is one of them, given as two little-endian words. */
  has(low: number, high: number): boolean;
  /** The parts of `bytes` that are made of such runs, in order and apart from one another. */
  find(bytes: Uint8Array): Range[];
  readonly size: number;
}

/** Words of a new table, two for each slot: a power of two. */
const INITIAL_WORDS = 8192;

/** Bytes of a gram: of four bytes in a row, each run has five. */
const GRAM_BYTES = 4;

/** Of every run exactly one gram begins at a multiple of this. */
const GRAM_STRIDE = NGRAM_BYTES - GRAM_BYTES + 1;

/**
 * An open table of runs, half of its slots free at least, behind two filters of 8 bits a slot that spare most looks at it: one
 * of runs, and one of their grams, for which only every fifth gram of a text is looked at. It takes 20 to 40 bytes a run. With
 * room for `runs` from the start, it need not grow until then.
 */
export function createNgramSet(runs = 0): NgramSet {
  // Unknown multipliers, so that nobody can choose secrets that crowd into one place.
  const byLow = oddNumber();
  const byHigh = oddNumber();
  const words = Math.max(INITIAL_WORDS, 2 ** Math.ceil(Math.log2(4 * runs)));
  let slots = new Int32Array(words);
  let filter = new Int32Array(words / 8);
  let grams = new Int32Array(words / 8);
  /** What leaves of a hash the number of a bit of the filter. */
  let shift = Math.clz32(words * 4 - 1);
  let size = 0;

  /** Its high bits depend on every bit of the run. */
  function hash(low: number, high: number): number {
    const sum = (Math.imul(low, byLow) + Math.imul(high, byHigh)) | 0;
    return Math.imul(sum ^ (sum >>> 15), byLow);
  }

  /** Where the run is, or the free slot where it would go. */
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

  /** Gives whether it is new. */
  function insert(low: number, high: number): boolean {
    const hashed = hash(low, high);
    const at = slotOf(low, high, hashed);
    if (isTaken(at)) return false;
    slots[at] = low;
    slots[at + 1] = high;
    const bit = hashed >>> shift;
    filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
    for (let start = 0; start < GRAM_STRIDE; start += 1) {
      const gram = gramBit(start === 0 ? low : start === 4 ? high : (low >>> (8 * start)) | (high << (32 - 8 * start)));
      grams[gram >>> 5] = (grams[gram >>> 5] ?? 0) | (1 << (gram & 31));
    }
    return true;
  }

  /** The number of a bit of the filter of grams. */
  function gramBit(gram: number): number {
    return Math.imul(gram ^ (gram >>> 15), byHigh) >>> shift;
  }

  function grow(): void {
    const old = slots;
    slots = new Int32Array(2 * old.length);
    filter = new Int32Array(slots.length / 8);
    grams = new Int32Array(slots.length / 8);
    shift -= 1;
    for (let at = 0; at < old.length; at += 2) {
      const [low = 0, high = 0] = [old[at], old[at + 1]];
      if (low !== 0 || high !== 0) insert(low, high);
    }
  }

  /** Adds the runs that begin from `first` up to, and without, `end` to what was found before them. */
  function findBetween(bytes: Uint8Array, first: number, end: number, found: [number, number][]): void {
    let low = 0;
    let high = 0;
    for (let at = first; at < end + NGRAM_BYTES - 1; at += 1) {
      low = (low >>> 8) | (high << 24);
      high = (high >>> 8) | ((bytes[at] ?? 0) << 24);
      if (at - first < NGRAM_BYTES - 1) continue;
      const hashed = hash(low, high);
      const bit = hashed >>> shift;
      if (((filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
      if (!isTaken(slotOf(low, high, hashed))) continue;
      const last = found.at(-1);
      if (last && at + 1 - NGRAM_BYTES <= last[1]) last[1] = at + 1;
      else found.push([at + 1 - NGRAM_BYTES, at + 1]);
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
      const runs = bytes.length - NGRAM_BYTES + 1;
      if (size === 0) return found;
      for (let at = 0; at < bytes.length - GRAM_BYTES + 1; at += GRAM_STRIDE) {
        const gram =
          (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);
        const bit = gramBit(gram);
        if (((grams[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) continue;
        findBetween(bytes, Math.max(0, at - GRAM_STRIDE + 1), Math.min(at + 1, runs), found);
      }
      return found;
    },
    get size() {
      return size;
    },
  };
}

function oddNumber(): number {
  return randomInt(2 ** 31) * 2 + 1;
}
