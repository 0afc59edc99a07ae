interface Entry {
  readonly sequence: number;
}

/** Things in the order in which they were added, paged at the same cost whatever their number. */
export interface Ledger<Thing extends Entry> {
  readonly size: number;
  add(thing: Thing): void;
  remove(thing: Thing): void;
  /** Up to `limit` things after the sequence number `after` that are `wanted`. */
  page(after: number, limit: number, wanted?: (thing: Thing) => boolean): { page: Thing[]; more: boolean };
  [Symbol.iterator](): Iterator<Thing>;
}

export function createLedger<Thing extends Entry>(): Ledger<Thing> {
  // Sorted by sequence. What was removed stays until half of it is dead, so that a removal costs nothing.
  let things: Thing[] = [];
  const dead = new Set<Thing>();

  /** The first index whose sequence is beyond `after`. */
  function indexAfter(after: number): number {
    let low = 0;
    let high = things.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((things[middle]?.sequence ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    get size() {
      return things.length - dead.size;
    },
    add: (thing) => void things.push(thing),
    remove(thing) {
      dead.add(thing);
      if (dead.size * 2 < things.length) return;
      things = things.filter((other) => !dead.has(other));
      dead.clear();
    },
    page(after, limit, wanted = () => true) {
      const page: Thing[] = [];
      for (let index = indexAfter(after); index < things.length; index += 1) {
        const thing = things[index] as Thing;
        if (dead.has(thing) || !wanted(thing)) continue;
        if (page.length === limit) return { page, more: true };
        page.push(thing);
      }
      return { page, more: false };
    },
    *[Symbol.iterator]() {
      for (const thing of things) if (!dead.has(thing)) yield thing;
    },
  };
}
