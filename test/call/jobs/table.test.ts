/** The jobs of one client: how many are kept, for how long, and which make room. */
import { beforeEach, describe, expect, it } from "vitest";
import { createJobTable, type JobTable } from "../../../src/call/jobs/table.ts";
import type { Ended } from "../../../src/call/outcome/outcome.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const done: Ended = { kind: "success", content: {} };

let now: number;
let table: JobTable;
beforeEach(() => {
  now = 1_000_000;
  table = createJobTable(() => now);
});

const start = (key: string) => table.start({ key, tool: "tag-resource", target: key }, async () => key);

/** A job with a plan that waits. */
async function plan(key: string) {
  const job = start(key);
  await job?.prepared;
  now += 1;
  return job;
}

/** A job whose outcome nobody was told. */
async function end(key: string) {
  const job = await plan(key);
  if (!job) throw new Error("no room");
  table.begin(job, 1, async () => done);
  await job.work;
  now += 1;
}

/** A job that reads for as long as the test. */
const read = (key: string) => table.start({ key, tool: "tag-resource", target: key }, () => new Promise(() => {}));

const keys = (prefix: string, count: number) => Array.from({ length: count }, (_, at) => `${prefix}${at}`);

describe("room", () => {
  it("is for eight jobs that run, and for no ninth", () => {
    for (const key of keys("run", 8)) expect(read(key)).toBeDefined();
    expect(read("ninth")).toBeUndefined();
    expect(table.running().map(({ key }) => key)).toEqual(keys("run", 8));
  });

  it("is made by the plan that nobody has asked for the longest", async () => {
    for (const key of keys("plan", 8)) await plan(key);
    table.find("plan0");
    expect(read("another")).toBeDefined();
    expect(table.find("plan1")).toBeUndefined();
    expect(table.find("plan0")).toBeDefined();
  });

  it("is not made by a plan for which a call waits", async () => {
    for (const key of keys("plan", 8)) {
      const job = await plan(key);
      if (job) job.waiting = 1;
    }
    expect(read("another")).toBeUndefined();
  });

  it("is not taken by outcomes that nobody was told", async () => {
    for (const key of keys("ended", 40)) await end(key);
    for (const key of keys("run", 8)) expect(read(key)).toBeDefined();
    for (const key of keys("ended", 40)) expect(table.find(key)).toBeDefined();
  });
});

describe("an outcome that nobody was told", () => {
  it("is kept for a day, a plan for five minutes", async () => {
    await end("ended");
    await plan("planned");
    now += 5 * MINUTE_MS - 1;
    expect(table.find("planned")).toBeDefined();
    now += 5 * MINUTE_MS + 1;
    expect(table.find("planned")).toBeUndefined();
    now += DAY_MS - 11 * MINUTE_MS;
    expect(table.find("ended")).toBeDefined();
    now += DAY_MS + 1;
    expect(table.find("ended")).toBeUndefined();
  });

  it("is replaced when there are 64 later ones", async () => {
    for (const key of keys("ended", 65)) await end(key);
    expect(table.find("ended0")).toBeUndefined();
    for (const key of keys("ended", 65).slice(1)) expect(table.find(key)).toBeDefined();
  });

  it("is forgotten when it was told", async () => {
    await end("ended");
    const job = table.find("ended");
    if (!job) throw new Error("no job");
    table.forget(job);
    expect(table.find("ended")).toBeUndefined();
  });
});

it("a job that runs is stopped by its id, and one that has ended is not", async () => {
  const running = read("run");
  await end("ended");
  expect(table.stop(running?.id ?? "", "a person stopped it")).toBe(true);
  expect(running?.stopping.aborted).toBe(true);
  expect(table.stop(table.find("ended")?.id ?? "", "a person stopped it")).toBe(false);
});
