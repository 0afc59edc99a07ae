/** Pending plans and approvals: expiry, uses and limits, with a test clock. */
import { describe, expect, it } from "vitest";
import { createApprovalQueue } from "../../src/operator/approval-queue.ts";

const question = { text: "Delete it", confirmation: { by: "choice" as const } };
const FIVE_MINUTES = 300_000;

function memory() {
  const world = { time: 1_000_000 };
  let state = 1;
  const approvals = createApprovalQueue({
    now: () => world.time,
    random: (below) => {
      // A Park-Miller generator: the same numbers each time.
      state = (state * 48_271) % 2_147_483_647;
      return state % below;
    },
  });
  const wait = (binding: string) =>
    approvals.enqueue(binding, question, (said) => (said === "yes" ? undefined : "No.")) ?? "";
  const approve = (code: string, said = "yes") => {
    const binding = approvals.waiting().find((plan) => plan.code === code)?.binding ?? "";
    return approvals.answer(code, binding, said).approved;
  };
  return { world, approvals, wait, approve };
}

describe("an approval", () => {
  it("is valid once, for the first of a thousand calls", async () => {
    const { approvals, wait, approve } = memory();
    expect(approve(wait("a"))).toBe(true);
    const taken = await Promise.all(Array.from({ length: 1000 }, async () => approvals.consume("a")));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it.each([
    [FIVE_MINUTES - 1, true],
    [FIVE_MINUTES, false],
    [FIVE_MINUTES + 1000, false],
  ])("%d ms after it was given counts: %s", async (later, counts) => {
    const { world, approvals, wait, approve } = memory();
    approve(wait("a"));
    world.time += later;
    expect(approvals.isApproved("a")).toBe(counts);
    expect(approvals.consume("a")).toBe(counts);
  });

  it("is for its own plan only, and does not exist before an answer or after a no", async () => {
    const { approvals, wait, approve } = memory();
    const code = wait("a");
    expect(approvals.consume("a")).toBe(false);
    expect(approve(code, "no")).toBe(false);
    expect(approvals.consume("a")).toBe(false);
    expect(approve(code)).toBe(false);
    approve(wait("b"));
    expect(approvals.consume("a")).toBe(false);
    expect(approvals.consume("b")).toBe(true);
  });

  it("is refused if the plan is no longer the one that was shown", async () => {
    const { approvals, wait } = memory();
    const code = wait("a");
    expect(approvals.answer(code, "b", "yes").approved).toBe(false);
    expect(approvals.isApproved("a")).toBe(false);
  });
});

describe("a plan that waits", () => {
  it("keeps its code if the call is repeated, and expires after five minutes", async () => {
    const { world, approvals, wait } = memory();
    const code = wait("a");
    world.time += FIVE_MINUTES - 1;
    expect(wait("a")).toBe(code);
    world.time += FIVE_MINUTES;
    expect(approvals.waiting()).toEqual([]);
  });

  it("is kept when others come, and the next one above the limit is not taken", () => {
    const { approvals, wait } = memory();
    const codes = Array.from({ length: 150 }, (_, plan) => wait(`plan ${plan}`));
    const waiting = approvals.waiting();
    expect(waiting.map(({ binding }) => binding)).toEqual(Array.from({ length: 32 }, (_, plan) => `plan ${plan}`));
    expect(new Set(waiting.map(({ code }) => code)).size).toBe(32);
    expect(codes.slice(32).every((code) => code === "")).toBe(true);
  });
});
