/** After any additions and removals, the pages contain each remaining item once, in order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSequenceList } from "../../../src/local/state/sequence-list.ts";

it("pages through the remaining items", () =>
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant("add"), fc.nat(30)), { maxLength: 120 }),
      fc.integer({ min: 1, max: 7 }),
      (steps, limit) => {
        const list = createSequenceList<{ sequence: number }>();
        let remaining: { sequence: number }[] = [];
        let sequence = 0;
        for (const step of steps) {
          const victim = remaining[Number(step) % Math.max(remaining.length, 1)];
          if (step === "add") {
            sequence += 1;
            const item = { sequence };
            list.add(item);
            remaining.push(item);
          } else if (victim) {
            list.remove(victim);
            remaining = remaining.filter((item) => item !== victim);
          }
        }
        expect(list.size).toBe(remaining.length);
        expect([...list]).toEqual(remaining);
        const paged: { sequence: number }[] = [];
        for (let more = true; more; ) {
          const next = list.page(paged.at(-1)?.sequence ?? 0, limit);
          expect(next.page.length).toBeLessThanOrEqual(limit);
          paged.push(...next.page);
          more = next.more;
        }
        expect(paged).toEqual(remaining);
      },
    ),
  ));

it("skips many removed items on a page, and again after it has compacted itself", () => {
  const list = createSequenceList<{ sequence: number }>();
  const items = Array.from({ length: 10_000 }, (_, index) => ({ sequence: index + 1 }));
  for (const item of items) list.add(item);
  for (const item of items.slice(0, 4_000)) list.remove(item);
  for (let time = 0; time < 2; time += 1)
    expect(list.page(0, 2)).toEqual({ page: [{ sequence: 4_001 }, { sequence: 4_002 }], more: true });
  expect(list.size).toBe(6_000);
  expect([...list]).toEqual(items.slice(4_000));
});
