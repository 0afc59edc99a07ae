/** Changes run alone; calls that were judged by a read run beside one another, and never beside a change. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createChangeLock } from "../../src/guards/change-lock.ts";

const never = new AbortController().signal;

describe("the lock of changes", () => {
  it("lets no change run beside anything else, and loses no turn, whoever gives up", async () => {
    const job = fc.record({ isChange: fc.boolean(), givesUp: fc.boolean(), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(job, { maxLength: 30 }), async (jobs) => {
        const lock = createChangeLock();
        let changes = 0;
        let others = 0;
        const work = (isChange: boolean, fails: boolean) => async () => {
          if (isChange) changes += 1;
          else others += 1;
          expect(changes * (changes + others - 1)).toBe(0);
          await new Promise((resolve) => setImmediate(resolve));
          if (isChange) changes -= 1;
          else others -= 1;
          if (fails) throw new Error("failed");
        };
        const results = await Promise.allSettled(
          jobs.map(({ isChange, givesUp, fails }) => {
            const given = new AbortController();
            const run = isChange ? lock.exclusively : lock.shared;
            const result = run(givesUp ? given.signal : never, work(isChange, fails));
            given.abort(new Error("given up"));
            return result;
          }),
        );
        for (const [at, { status }] of results.entries())
          if (!jobs[at]?.fails && !jobs[at]?.givesUp) expect(status).toBe("fulfilled");
        expect(await lock.exclusively(never, async () => "free")).toBe("free");
      }),
    );
  });
});
