/** Questions and plans that nobody answers: other calls go on, a person still gets at what was vended, and no plan is pushed out. */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createConcurrency } from "../../src/guards/concurrency.ts";
import { arnOf, createPool, type Service, startServer, startService, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { shownPlan, testApprovals } from "../support/services.ts";

let service: Service;
let pool: string;
beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
});
afterAll(() => service[Symbol.asyncDispose]());

describe("questions that nobody answers", () => {
  it("hold no slot, at most 4 are open, and a person still collects credentials", { timeout: 60_000 }, async () => {
    await using session = await startServer({ env: service.env, respond: () => new Promise(() => {}) });
    const identity = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: identity.content["IdentityId"] });
    const asked = Array.from({ length: 40 }, (_, at) =>
      session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { note: `${at}` } }).catch(() => undefined),
    );
    // The calls that get no form are refused, with the command for a terminal.
    const answered = await Promise.race([
      Promise.all(asked.slice(4, 10)),
      new Promise<never>((_, reject) => setTimeout(() => reject(new Error("no call is refused")), 20_000)),
    ]);
    expect(answered.every((answer) => answer?.isError)).toBe(true);
    expect(session.questions).toHaveLength(4);
    const { content } = await session.call("list-identity-pools");
    expect(content["IdentityPools"]).toHaveLength(1);
    const { code, stdout } = await runProgram(["credentials", String(vended.content["handle"])], surroundings);
    expect({ code, version: JSON.parse(stdout).Version }).toEqual({ code: 0, version: 1 });
  });
});

describe("plans that wait", () => {
  it("are at most 32, and a new one never takes the place of an old one", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 60 }), { minLength: 60, maxLength: 200, size: "max" }), (bindings) => {
        const { queue } = testApprovals(() => 0);
        const codes = new Map<number, string>();
        for (const binding of bindings) {
          const joined = queue.join({
            binding: `${binding}`,
            call: `${binding}`,
            change: `${binding}`,
            question: { text: "", confirmation: { by: "choice" } },
            plan: shownPlan,
            level: "human",
            about: { tool: "tag-resource", effect: "update", action: "Tag", target: { id: "a" } },
          });
          const known = codes.get(binding);
          if (known !== undefined) expect(joined).toMatchObject({ code: known });
          else if (codes.size < 32) codes.set(binding, typeof joined === "string" ? "" : joined.code);
          else expect(joined).toBe("full");
        }
        expect(queue.waiting().map(({ code }) => code)).toEqual([...codes.values()]);
      }),
    );
  });
});

describe("a slot", () => {
  it("is free while its call waits for a person, and is counted again after it", async () => {
    const concurrency = createConcurrency();
    const { signal } = new AbortController();
    let answer = () => {};
    const person = new Promise<void>((resolve) => {
      answer = resolve;
    });
    const waiting = await Promise.all(
      Array.from({ length: 16 }, async () => {
        const slot = await concurrency.acquire(signal);
        return { slot, done: slot?.yieldDuring(() => person) };
      }),
    );
    const others = await Promise.all(Array.from({ length: 16 }, () => concurrency.acquire(signal)));
    expect(others.every(Boolean)).toBe(true);
    answer();
    let back = 0;
    for (const { done } of waiting) void done?.then(() => (back += 1));
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(back).toBe(0);
    for (const other of others) other?.[Symbol.dispose]();
    for (const { done } of waiting) await done;
    expect(back).toBe(16);
  });
});
