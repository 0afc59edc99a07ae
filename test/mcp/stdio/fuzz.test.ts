/** Row 1: whatever is written, nothing crashes, stdout is JSON, and each request under a readable id has one answer. */
import { describe, expect, it } from "vitest";
import { report } from "../../support/figures.ts";
import { count, createFrames, createTally, keyOf } from "./fuzz.ts";
import { startRaw } from "./raw.ts";

const long = process.env["LONG"] !== undefined;
const ROUNDS = long ? 20 : 2;
const FRAMES = long ? 50_000 : 10_000;

/** Writes frames of this seed to a server, and holds every answer to what was asked. Gives how much there was. */
async function fuzz(seed: number) {
  const next = createFrames(seed);
  const tally = createTally();
  const answered = new Map<string, number>();
  let withoutId = 0;
  await using server = startRaw({
    args: ["--local"],
    onAnswer({ id, method, error }) {
      // Acknowledges a subscription.
      if (method !== undefined) return;
      // Refused for the sake of another request under the same id, which the answer names.
      const of = id ?? error?.data?.id;
      if (of === undefined) withoutId += 1;
      else answered.set(keyOf(of), (answered.get(keyOf(of)) ?? 0) + 1);
    },
  });
  for (let left = FRAMES; left > 0; ) {
    const frames: Buffer[] = [];
    for (; left > 0 && frames.length < 500; left -= 1) frames.push(next());
    const bytes = Buffer.concat(frames);
    count(bytes, tally);
    await server.write(bytes);
  }
  expect(await server.leave()).toEqual({ code: 0, stderr: "" });

  const wrong: string[] = [];
  for (const [key, times] of tally.asked) {
    const got = answered.get(key) ?? 0;
    if (tally.cancelled.has(key) ? got > times : got !== times) wrong.push(`${key}: ${times} asked, ${got} answered`);
  }
  for (const key of answered.keys()) if (!tally.asked.has(key)) wrong.push(`${key}: never asked`);
  expect(wrong).toEqual([]);
  expect(withoutId).toBeGreaterThanOrEqual(tally.unreadable);
  expect(withoutId).toBeLessThanOrEqual(tally.unreadable + tally.unsure);
  return { frames: tally.lines, answers: server.answers.length };
}

describe("fuzzed frames", () => {
  it(`get one answer each: ${ROUNDS * FRAMES}`, { timeout: 900_000 }, async () => {
    let frames = 0;
    let answers = 0;
    for (let round = 0; round < ROUNDS; round += 2) {
      for (const done of await Promise.all([fuzz(round), fuzz(round + 1)])) {
        frames += done.frames;
        answers += done.answers;
      }
    }
    expect(frames).toBeGreaterThanOrEqual(ROUNDS * FRAMES);
    report(1, "fuzzed frames", `${frames} frames, ${answers} answers, no crash, one answer for every readable id`);
  });
});
