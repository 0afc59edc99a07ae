interface Entry {
  readonly sequence: number;
}

/** Things in the order in which they were added, paged at the same cost whatever their number. */
export interface SequenceList<Thing extends Entry> {
  readonly size: number;
  add(thing: Thing): void;
  remove(thing: Thing): void;
  /** Up to `limit` things after the sequence number `after`. */
  page(after: number, limit: number): { page: Thing[]; more: boolean };
  [Symbol.iterator](): Iterator<Thing>;
}

/** A page that steps over more of the dead than this has them swept, so that the next one does not. */
const MAX_SKIPPED = 1000;

export function createSequenceList<Thing extends Entry>(): SequenceList<Thing> {
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

  function sweep(): void {
    things = things.filter((thing) => !dead.has(thing));
    dead.clear();
  }

  return {
    get size() {
      return things.length - dead.size;
    },
    add: (thing) => void things.push(thing),
    remove(thing) {
      dead.add(thing);
      if (dead.size * 2 >= things.length) sweep();
    },
    page(after, limit) {
      const found: Thing[] = [];
      const first = indexAfter(after);
      let index = first;
      // One more than the page, to know whether there is another.
      for (; index < things.length && found.length <= limit; index += 1) {
        const thing = things[index] as Thing;
        if (!dead.has(thing)) found.push(thing);
      }
      if (index - first - found.length > MAX_SKIPPED) sweep();
      return { page: found.slice(0, limit), more: found.length > limit };
    },
    *[Symbol.iterator]() {
      for (const thing of things) if (!dead.has(thing)) yield thing;
    },
  };
}
