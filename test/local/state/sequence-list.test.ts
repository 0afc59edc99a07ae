/** However things come and go, pages hold each of the living once, in order. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createSequenceList } from "../../../src/local/state/sequence-list.ts";

it("pages over what is there", () =>
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constant("add"), fc.nat(30)), { maxLength: 120 }),
      fc.integer({ min: 1, max: 7 }),
      (steps, limit) => {
        const ledger = createSequenceList<{ sequence: number }>();
        let living: { sequence: number }[] = [];
        let sequence = 0;
        for (const step of steps) {
          const victim = living[Number(step) % Math.max(living.length, 1)];
          if (step === "add") {
            sequence += 1;
            const thing = { sequence };
            ledger.add(thing);
            living.push(thing);
          } else if (victim) {
            ledger.remove(victim);
            living = living.filter((thing) => thing !== victim);
          }
        }
        expect(ledger.size).toBe(living.length);
        expect([...ledger]).toEqual(living);
        const paged: { sequence: number }[] = [];
        for (let more = true; more; ) {
          const next = ledger.page(paged.at(-1)?.sequence ?? 0, limit);
          expect(next.page.length).toBeLessThanOrEqual(limit);
          paged.push(...next.page);
          more = next.more;
        }
        expect(paged).toEqual(living);
      },
    ),
  ));
