/** Plans that wait for a person: expiry, uses, limits, and the one decision that counts, with a test clock. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shownPlan, testApprovals } from "../../support/services.ts";

const MINUTE = 60_000;
const about = { tool: "tag-resource", effect: "update" as const, action: "Tag", target: { id: "a" } };
const byClient = "a person, in the client";
const byTerminal = "a person, at a terminal";

function memory() {
  const world = { time: 1_000_000 };
  const { queue, terminal, invalidAnswers } = testApprovals(() => world.time);
  const join = (binding: string, call = binding, change = call) => {
    const entry = queue.join({
      binding,
      call,
      change,
      question: { text: binding, confirmation: { by: "choice" } },
      plan: shownPlan,
      level: "human",
      about,
    });
    if (typeof entry === "string") throw new Error(entry);
    return entry;
  };
  return { world, queue, terminal, invalidAnswers, join };
}

describe("an approval", () => {
  it("is valid once, for the first of a thousand calls", () => {
    const { queue, join } = memory();
    join("a");
    queue.decide("a", true, byTerminal);
    const taken = Array.from({ length: 1000 }, () => queue.consume("a"));
    expect(taken.filter(Boolean)).toHaveLength(1);
  });

  it("ends with the plan that is withdrawn, and a no stays one", () => {
    const { queue, join } = memory();
    join("waiting");
    expect(queue.withdraw("waiting")).toBe(true);
    expect(queue.decide("waiting", true, byTerminal)).toBe(false);
    join("approved");
    queue.decide("approved", true, byTerminal);
    expect(queue.withdraw("approved")).toBe(true);
    expect(queue.consume("approved")).toBe(false);
    join("rejected");
    queue.decide("rejected", false, byTerminal);
    expect(queue.withdraw("rejected")).toBe(false);
    expect(join("rejected").state.is).toBe("rejected");
    expect(queue.withdraw("none")).toBe(false);
  });

  it.each([
    [0, 5 * MINUTE - 1, true],
    [0, 5 * MINUTE, false],
    // At the end of the time a person has, there is a minute left to repeat the call.
    [5 * MINUTE - 1, MINUTE - 1, true],
    [5 * MINUTE - 1, MINUTE, false],
  ])("given after %d ms is valid %d ms later: %s", (after, later, valid) => {
    const { world, queue, join } = memory();
    join("a");
    world.time += after;
    expect(queue.decide("a", true, byTerminal)).toBe(true);
    world.time += later;
    expect(queue.consume("a")).toBe(valid);
  });

  it("is for its own plan only, and does not exist before a yes or after a no", () => {
    const { queue, join } = memory();
    join("a");
    join("b");
    join("c");
    expect(queue.consume("a")).toBe(false);
    queue.decide("a", false, byClient);
    queue.decide("b", true, byClient);
    expect(["a", "c", "b"].map((binding) => queue.consume(binding))).toEqual([false, false, true]);
  });

  it("of an old plan is withdrawn when the same call has another plan", () => {
    const { queue, join } = memory();
    const old = join("old plan", "call");
    queue.decide("old plan", true, byTerminal);
    join("new plan", "call");
    expect([queue.consume("old plan"), queue.consume("new plan")]).toEqual([false, false]);
    expect(queue.stateOf(old.code)).toEqual({ is: "withdrawn" });
  });
});

describe("a no", () => {
  it("is final for five minutes, also if the account changes", () => {
    const { world, queue, join } = memory();
    join("plan", "call");
    queue.decide("plan", false, byClient);
    world.time += 5 * MINUTE - 1;
    expect(join("plan", "call").state).toEqual({ is: "rejected", by: byClient });
    expect(join("other plan", "call").state).toEqual({ is: "rejected", by: byClient });
    expect([queue.decide("plan", true, byTerminal), queue.consume("plan")]).toEqual([false, false]);
    world.time += 1;
    expect(join("plan", "call").state).toEqual({ is: "waiting" });
  });
});

describe("a no", () => {
  it("holds for another call that would make the same change", () => {
    const { queue, join } = memory();
    join("plan", "call", "change");
    queue.decide("plan", false, byClient);
    expect(join("other plan", "other call", "change").state).toEqual({ is: "rejected", by: byClient });
    expect(join("third plan", "third call", "other change").state).toEqual({ is: "waiting" });
  });
});

describe("a no", () => {
  it("ends every plan for the same change, whether it waits or is approved, and no other", () => {
    const { queue, terminal, join } = memory();
    const [rejected, waiting, approved, other] = [
      join("a", "a", "change"),
      join("b", "b", "change"),
      join("c", "c", "change"),
      join("d", "d", "other change"),
    ];
    queue.decide("c", true, byTerminal);
    expect(queue.decide("a", false, byClient)).toBe(true);
    for (const entry of [rejected, waiting, approved]) {
      expect(entry.state).toEqual({ is: "rejected", by: byClient });
      expect(entry.ended.aborted).toBe(true);
    }
    expect(other.state).toEqual({ is: "waiting" });
    expect([queue.decide("b", true, byTerminal), queue.consume("b"), queue.consume("c")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(terminal.answer(waiting.code, "b", "yes")).toMatchObject({
      result: "gone",
      outcome: expect.stringMatching(/was rejected by a person, in the client\. Nothing was approved\./),
    });
  });
});

describe("a plan that waits", () => {
  it("does not expire while a call waits for it, and for five minutes after that call is answered", () => {
    const { world, queue, join } = memory();
    const entry = join("a");
    entry.waitingCalls += 1;
    world.time += 6 * MINUTE;
    expect(queue.waiting()).toHaveLength(1);
    queue.leave(entry);
    world.time += 5 * MINUTE - 1;
    expect(queue.waiting()).toHaveLength(1);
    world.time += 1;
    expect(queue.waiting()).toEqual([]);
  });

  it("is kept when others come, and of 150 plans 32 are taken", () => {
    const { queue } = memory();
    const joined = Array.from({ length: 150 }, (_, plan) =>
      queue.join({
        binding: `${plan}`,
        call: `${plan}`,
        change: `${plan}`,
        question: { text: "", confirmation: { by: "choice" } },
        plan: shownPlan,
        level: "human",
        about,
      }),
    );
    expect(joined.map((one) => one === "full")).toEqual(Array.from({ length: 150 }, (_, plan) => plan >= 32));
    expect(queue.waiting().map(({ binding }) => binding)).toEqual(Array.from({ length: 32 }, (_, plan) => `${plan}`));
    expect(new Set(queue.waiting().map(({ code }) => code)).size).toBe(32);
  });

  it("that a form shows finds a place behind any number of long ones", () => {
    const { queue } = memory();
    const join = (binding: string, text: string) =>
      queue.join({
        binding,
        call: binding,
        change: binding,
        question: { text, confirmation: { by: "choice" } },
        plan: shownPlan,
        level: "human",
        about,
      });
    const long = Array.from({ length: 60 }, (_, plan) => join(`long ${plan}`, "line\n".repeat(60)));
    expect(long.filter((one) => one !== "full")).toHaveLength(28);
    const short = Array.from({ length: 6 }, (_, plan) => join(`short ${plan}`, "line"));
    expect(short.map((one) => one === "full")).toEqual([false, false, false, false, true, true]);
  });

  it.each([
    [2_000_000, ["joined", "full"]],
    [2_000_001, ["too long", "too long"]],
    [700_000, ["joined", "joined", "full"]],
  ])("that has %i characters leaves room for a short one", (size, expected) => {
    const { queue } = memory();
    const join = (binding: string, text: string) => {
      const joined = queue.join({
        binding,
        call: binding,
        change: binding,
        question: { text, confirmation: { by: "choice" } },
        plan: shownPlan,
        level: "human",
        about,
      });
      return typeof joined === "string" ? joined : "joined";
    };
    expect(expected.map((_, plan) => join(`long ${plan}`, "x".repeat(size)))).toEqual(expected);
    expect(join("short", "line")).toBe("joined");
  });

  it("keeps its code and its form if the call is repeated, and expires five minutes after the last call", () => {
    const { world, queue, join } = memory();
    const { code } = join("a");
    world.time += 5 * MINUTE - 1;
    expect(join("a").code).toBe(code);
    world.time += 5 * MINUTE - 1;
    expect(queue.waiting()).toHaveLength(1);
    world.time += 1;
    expect(queue.waiting()).toEqual([]);
    expect(queue.stateOf(code)).toEqual({ is: "expired" });
  });

  it("is decided once, whatever the order of the answers, and every view is told", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1 }), (answers) => {
        const { queue, join } = memory();
        const entry = join("a");
        const counted = answers.filter(([yes, client]) => queue.decide("a", yes, client ? byClient : byTerminal));
        expect(counted).toEqual([answers[0]]);
        expect(entry.ended.aborted).toBe(true);
        expect(queue.consume("a")).toBe(answers[0]?.[0]);
      }),
    );
  });
});

describe("a code that is gone", () => {
  it.each([
    ["approved", /already approved by a person, in the client\. The agent must/],
    ["used", /approved by a person, in the client, and the approval was used/],
    ["rejected", /rejected by a person, in the client/],
    ["expired", /expired: nobody decided within 5 minutes/],
    ["withdrawn", /withdrawn, because the account changed/],
    ["unknown", /No running server has a plan with the code ZZZZ/],
  ])("says why: %s, and nothing is approved", (state, reason) => {
    const { world, queue, terminal, invalidAnswers, join } = memory();
    const { code } = join("a", "call");
    if (["approved", "used", "rejected"].includes(state)) queue.decide("a", state !== "rejected", byClient);
    if (state === "used") queue.consume("a");
    if (state === "expired") world.time += 5 * MINUTE;
    if (state === "withdrawn") join("b", "call");
    const given = state === "unknown" ? "ZZZZ" : code;
    const { result, outcome } = terminal.answer(given, "a", "yes");
    expect({ result, outcome }).toEqual({ result: "gone", outcome: expect.stringMatching(reason) });
    expect(outcome).toContain("Nothing was approved.");
    expect(invalidAnswers).toEqual([expect.stringMatching(reason)]);
    if (state !== "unknown") expect(terminal.whyGone(code)).toMatch(reason);
  });

  it("is not for the plan that has the code now, if another one was shown", () => {
    const { queue, terminal, join } = memory();
    const { code } = join("a");
    expect(terminal.answer(code, "b", "yes").result).toBe("gone");
    expect(queue.consume("a")).toBe(false);
  });
});

describe("an answer at a terminal", () => {
  const expected = "photo app";
  const cases = fc.oneof(
    fc.constantFrom(
      "yes",
      "no",
      "n",
      "N",
      "No",
      "YES",
      "y",
      "Yes",
      "",
      " ",
      "nope",
      expected,
      `"${expected}"`,
      `${expected}x`,
    ),
    fc.string(),
  );

  it.each(["choice", "typing"] as const)("to a plan by %s is read exactly, and a slip decides nothing", (by) => {
    fc.assert(
      fc.property(cases, (said) => {
        const { queue, terminal } = memory();
        const confirmation = by === "choice" ? { by } : { by, expected };
        const entry = queue.join({
          binding: "a",
          call: "a",
          change: "a",
          question: { text: "", confirmation },
          plan: shownPlan,
          level: "human",
          about,
        });
        if (typeof entry === "string") throw new Error(entry);
        const trimmed = said.trim();
        const isYes = by === "choice" ? trimmed === "yes" : trimmed.replace(/^"(.*)"$/, "$1") === expected;
        const isNo = /^(n|no)$/i.test(trimmed);
        const { result } = terminal.answer(entry.code, "a", said);
        expect(result).toBe(isNo ? "rejected" : isYes ? "approved" : "unclear");
        expect(entry.state.is).toBe(result === "unclear" ? "waiting" : result);
      }),
    );
  });
});
