/** When a client is taken for one that shows no forms: with a clock of its own, because a real one takes 10 minutes. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { createShownForms, type FormOutcome } from "../../src/guards/shown-forms.ts";

const MINUTE = 60_000;
const closedAtOnce: FormOutcome = { accepted: false, tookMs: 5 };
const unanswered: FormOutcome = { accepted: false, tookMs: 300_000, timedOut: true };
const answered: FormOutcome = { accepted: true, tookMs: 100 };
const answeredByItself: FormOutcome = { accepted: true, tookMs: 99 };

function start(...outcomes: readonly FormOutcome[]) {
  let time = 0;
  const forms = createShownForms(() => time);
  const learn = (...next: readonly FormOutcome[]) => {
    for (const outcome of next) forms.learn(outcome);
  };
  learn(...outcomes);
  return { learn, isAsked: () => forms.unavailable() === undefined, wait: (ms: number) => (time += ms) };
}

it.each([
  ["closed at once", closedAtOnce],
  ["unanswered", unanswered],
])("after two forms %s the client is tried again 10 minutes later, each time with one form", (_, outcome) => {
  const { learn, isAsked, wait } = start(outcome);
  expect(isAsked()).toBe(true);
  for (let round = 0; round < 3; round += 1) {
    learn(outcome);
    expect(isAsked()).toBe(false);
    wait(10 * MINUTE - 1);
    expect(isAsked()).toBe(false);
    wait(1);
    expect(isAsked()).toBe(true);
  }
  learn(answered, outcome, outcome);
  expect(isAsked()).toBe(true);
});

it("an answer that comes before anybody could read does not say that a person is there", () => {
  expect(start(answeredByItself, closedAtOnce, closedAtOnce).isAsked()).toBe(false);
});

it("after an answer of a person the client is always asked", () => {
  const any = fc.constantFrom(closedAtOnce, unanswered, answeredByItself, answered);
  fc.assert(
    fc.property(fc.array(any), fc.array(any), (before, after) => {
      expect(start(...before, answered, ...after).isAsked()).toBe(true);
    }),
  );
});
