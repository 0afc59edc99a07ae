interface Sequenced {
  readonly sequence: number;
}

/** Items in insertion order. The cost of a page does not depend on the number of items. */
export interface SequenceList<Item extends Sequenced> {
  readonly size: number;
  add(item: Item): void;
  remove(item: Item): void;
  /** Returns up to `limit` items after the sequence number `after`. */
  page(after: number, limit: number): { page: Item[]; more: boolean };
  [Symbol.iterator](): Iterator<Item>;
}

/** If a page skips more removed items than this, the list is compacted. */
const MAX_SKIPPED = 1000;

export function createSequenceList<Item extends Sequenced>(): SequenceList<Item> {
  // Sorted by sequence. Removed items stay in the array until they are half of it, so that removal is cheap.
  let items: Item[] = [];
  const removed = new Set<Item>();

  /** The index of the first item with a sequence number greater than `after`. */
  function indexAfter(after: number): number {
    let low = 0;
    let high = items.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((items[middle]?.sequence ?? 0) <= after) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function compact(): void {
    items = items.filter((item) => !removed.has(item));
    removed.clear();
  }

  return {
    get size() {
      return items.length - removed.size;
    },
    add: (item) => void items.push(item),
    remove(item) {
      removed.add(item);
      if (removed.size * 2 >= items.length) compact();
    },
    page(after, limit) {
      const found: Item[] = [];
      const first = indexAfter(after);
      let index = first;
      // Find one item more than the limit, to know whether there is another page.
      for (; index < items.length && found.length <= limit; index += 1) {
        const item = items[index] as Item;
        if (!removed.has(item)) found.push(item);
      }
      if (index - first - found.length > MAX_SKIPPED) compact();
      return { page: found.slice(0, limit), more: found.length > limit };
    },
    *[Symbol.iterator]() {
      for (const item of items) if (!removed.has(item)) yield item;
    },
  };
}
