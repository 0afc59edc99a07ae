/** Work that takes longer than a call: it is joined, stopped, and told once. */
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { errors } from "../../../src/local/protocol/errors.ts";
import { approve, defaultEra, startServer } from "../../support/client.ts";
import { startSlowService } from "../../support/many.ts";

let service: Awaited<ReturnType<typeof startSlowService>>;
beforeAll(async () => {
  service = await startSlowService();
});
afterAll(async () => await service[Symbol.asyncDispose]());
beforeEach(() => {
  service.speed.delay = 0;
  service.deleted.length = 0;
});

/** A server that answers calls after two seconds at the latest. */
const start = () => startServer({ env: service.env, args: ["--call-wait", "1"], respond: approve });
const guests = { withoutLogins: true };

describe("a job", () => {
  it("is joined by the same call, and told once", async () => {
    // The plan is made at once, and the work is slow.
    const respond = (question: Parameters<typeof approve>[0]) => {
      service.speed.delay = 400;
      return approve(question);
    };
    await using session = await startServer({ env: service.env, args: ["--call-wait", "1"], respond });
    const { pool } = await service.createPool(600);
    const input = { IdentityPoolId: pool, where: guests };
    const answers: Record<string, unknown>[] = [];
    while (answers.at(-1)?.["deleted"] === undefined && answers.length < 20)
      answers.push((await session.call("delete-identities", input)).content);
    const running = answers.slice(0, -1);
    expect(running.length).toBeGreaterThan(1);
    for (const answer of running)
      expect(answer).toMatchObject({ running: expect.stringMatching(/identities so far/), job: expect.any(String) });
    expect(new Set(running.map(({ job }) => job)).size).toBe(1);
    expect(answers.at(-1)).toMatchObject({ deleted: 600, of: 600 });
    expect(session.questions.length).toBe(1);
    expect(service.deleted.length).toBe(600);
    expect((await session.call("delete-identities", input)).content).toHaveProperty("unchanged");
  });

  it("whose first change is throttled says that it has changed none yet, not what it has read", async () => {
    const throttled = /^(DeleteIdentities|TagResource)$/;
    const onCall = (operation: string) => {
      if (throttled.test(operation)) throw errors.rateExceeded();
    };
    await using busy = await startSlowService({ onCall });
    await using session = await startServer({ env: busy.env, args: ["--call-wait", "1"], respond: approve });
    const { pool } = await busy.createPool(130);
    const { pool: other } = await busy.createPool(0);
    const calls = [
      ["delete-identities", { IdentityPoolId: pool, where: guests }, "0 of 130 identities so far."],
      ["tag-resource", { IdentityPoolIds: [pool, other], Tags: { a: "b" } }, "0 of 2 identity pools so far."],
    ] as const;
    for (const [tool, input, running] of calls) {
      expect((await session.call(tool, input)).content).toMatchObject({ running });
      await session.call(tool, { ...input, stop: true });
    }
  });

  it("that is stopped before its first deletion takes a new approval", async () => {
    let approvals = 0;
    const respond = (question: Parameters<typeof approve>[0]) => {
      // From here on the pool is read for a while, before anything is deleted.
      service.speed.delay = 300;
      approvals += 1;
      return approvals === 1 ? approve(question) : { action: "accept" as const, content: { answer: "no" } };
    };
    await using session = await startServer({ env: service.env, args: ["--call-wait", "1"], respond });
    const { pool } = await service.createPool(900);
    const input = { IdentityPoolId: pool, where: { ...guests, disabled: false } };
    expect((await session.call("delete-identities", input)).content).toHaveProperty("running");
    const { content } = await session.call("delete-identities", { ...input, stop: true });
    expect(content).toMatchObject({ stopped: "a call with stop" });
    service.speed.delay = 0;
    await session.call("delete-identities", input);
    expect(session.questions.length).toBe(2);
    expect(service.deleted).toEqual([]);
  });

  // Where a question is the answer of a call, the call is not made again before the person has answered.
  it.skipIf(defaultEra === "modern")("whose plan waits or is approved takes a new approval after a stop", async () => {
    let answer = (_: boolean) => {};
    const respond = async (question: Parameters<typeof approve>[0]) => {
      const isYes = await new Promise<boolean>((resolve) => {
        answer = resolve;
      });
      return isYes ? approve(question) : { action: "cancel" as const };
    };
    await using session = await startServer({ env: service.env, args: ["--call-wait", "1"], respond });
    const { pool } = await service.createPool(130);
    const input = { IdentityPoolId: pool, where: guests };
    const stop = async () => (await session.call("delete-identities", { ...input, stop: true })).content["refused"];
    expect((await session.call("delete-identities", input)).content).toHaveProperty("plan");
    expect(await stop()).toMatch(/^The plan of this call is withdrawn/);
    // The form that was open.
    answer(true);
    await setTimeout(300);
    expect(await stop()).toMatch(/^No job of this call is running/);
    expect((await session.call("delete-identities", input)).content).toHaveProperty("plan");
    expect(session.questions.length).toBe(2);
    // A yes after the call was answered is kept for the same call.
    answer(true);
    await setTimeout(300);
    expect(await stop()).toMatch(/^The plan of this call is withdrawn/);
    expect((await session.call("delete-identities", input)).content).toHaveProperty("plan");
    expect(service.deleted).toEqual([]);
  });

  it("is one for two calls", async () => {
    await using session = await start();
    const { pool } = await service.createPool(130);
    const input = { IdentityPoolId: pool, where: guests };
    const [one, other] = await Promise.all([1, 2].map(() => session.call("delete-identities", input)));
    expect([one?.content["deleted"], other?.content["deleted"]]).toEqual([130, 130]);
    // Where a question is the answer of a call, each of both has its own. One decision is enough.
    expect(session.questions.length).toBe(defaultEra === "modern" ? 2 : 1);
    expect(service.deleted.length).toBe(130);
  });

  it("is stopped by a cancellation before its first answer, and the rest takes a new plan", async () => {
    await using session = await startServer({ env: service.env, args: ["--call-wait", "60"], respond: approve });
    const { pool, ids } = await service.createPool(600);
    service.speed.delay = 100;
    const cancel = new AbortController();
    const params = { name: "delete-identities", arguments: { IdentityPoolId: pool, where: guests } };
    const call = session.client.callTool(params, undefined, { signal: cancel.signal });
    call.catch(() => {});
    while (service.deleted.length === 0) await setTimeout(20);
    cancel.abort();
    await expect(call).rejects.toThrow();
    await setTimeout(600);
    const { length } = service.deleted;
    await setTimeout(600);
    expect(service.deleted.length).toBe(length);
    service.speed.delay = 0;
    const told = await session.call("delete-identities", params.arguments);
    expect(told).toMatchObject({
      isError: true,
      content: { deleted: length, of: 600, left: 600 - length, stopped: "the call was cancelled" },
    });
    const rest = await session.call("delete-identities", params.arguments);
    expect(rest.content).toMatchObject({ deleted: 600 - length, of: 600 - length });
    expect(session.questions.length).toBe(2);
    expect(new Set(service.deleted)).toEqual(new Set(ids));
  });

  it("goes on when a call is cancelled that came after the first answer, and stops at the word of a call", async () => {
    await using session = await start();
    const { pool } = await service.createPool(1_000);
    service.speed.delay = 250;
    const input = { IdentityPoolId: pool, where: guests };
    while (service.deleted.length === 0) await session.call("delete-identities", input);
    const cancel = new AbortController();
    const params = { name: "delete-identities", arguments: input };
    const call = session.client.callTool(params, undefined, { signal: cancel.signal });
    call.catch(() => {});
    await setTimeout(100);
    cancel.abort();
    const { length } = service.deleted;
    while (service.deleted.length === length) await setTimeout(20);
    const stopped = await session.call("delete-identities", { ...input, stop: true });
    expect(stopped.content).toMatchObject({ deleted: service.deleted.length, of: 1_000, stopped: "a call with stop" });
  });

  it("does not exist for a stop without one, or of another client", async () => {
    await using session = await start();
    await using other = await start();
    const { pool } = await service.createPool(600);
    const input = { IdentityPoolId: pool, where: guests };
    const none = await session.call("delete-identities", { ...input, stop: true });
    expect(none).toMatchObject({ isError: true, content: { refused: expect.stringMatching(/^No job/) } });
    service.speed.delay = 200;
    while (service.deleted.length === 0) await session.call("delete-identities", input);
    const foreign = await other.call("delete-identities", { ...input, stop: true });
    expect(foreign).toMatchObject({ isError: true, content: { refused: expect.stringMatching(/^No job/) } });
    expect(other.questions.length).toBe(0);
  });

  it("tells its progress, which only grows", async () => {
    // Where a question is the answer of a call, the client makes another request, with its own progress.
    const requests: { progress: number; total?: number | undefined }[][] = [[]];
    await using session = await startServer({
      env: service.env,
      args: ["--call-wait", "60"],
      respond: (question) => {
        if (defaultEra === "modern") requests.push([]);
        return approve(question);
      },
    });
    const { pool } = await service.createPool(600);
    service.speed.delay = 150;
    const params = { name: "delete-identities", arguments: { IdentityPoolId: pool, where: guests } };
    await session.client.callTool(params, undefined, {
      onprogress: (progress) => {
        // That client counts the rounds in the same way, and says so.
        if (!progress.message?.startsWith("Fulfilling input")) requests.at(-1)?.push(progress);
      },
    });
    expect(requests.flat().length).toBeGreaterThan(3);
    for (const told of requests) {
      const numbers = told.map(({ progress }) => progress);
      expect(numbers.length).toBeGreaterThan(0);
      expect(numbers).toEqual([...new Set(numbers)].sort((one, next) => one - next));
    }
    // The client drops a notification that arrives together with the result.
    const last = requests.at(-1)?.at(-1);
    expect(last?.progress).toBeLessThanOrEqual(last?.total ?? 0);
  });
});
