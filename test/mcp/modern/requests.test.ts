/** Requests of MCP 2026-07-28: each stands alone, and a bad one gets the error that the specification names, with nothing carried out. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { arnOf, createPool, type Service, startService } from "../../support/client.ts";
import { type Modern, metaKeys, metaOf, questionIn, replying, startModern, VERSION } from "../../support/modern.ts";
import { hello, request, startSlowAws } from "../stdio/raw.ts";
import { problemsOf } from "./schema.ts";

let service: Service;
let pool: string;
let server: Modern;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  await createPool(service.sdk, "another");
});
beforeEach(async () => {
  server = startModern({ env: service.env });
  service.calls.length = 0;
  return () => server[Symbol.asyncDispose]();
});
afterAll(() => service[Symbol.asyncDispose]());

/** A call that would change the account if the server made it without asking. */
const create = {
  name: "create-identity-pool",
  arguments: { IdentityPoolName: "new", AllowUnauthenticatedIdentities: false },
};

/** Whether the connection still serves both eras. */
async function expectAlive(): Promise<void> {
  expect((await server.ask("tools/list")).result).toHaveProperty("tools");
  await server.raw.write(request("still here?", "ping"));
  expect(await server.raw.answerTo("still here?")).toMatchObject({ result: {} });
}

const without = (...keys: string[]) =>
  Object.fromEntries(Object.entries(metaOf()).filter(([key]) => !keys.includes(key)));

describe("a request", () => {
  it("without a required part of _meta, or with an invalid one, is refused with -32602", async () => {
    const { version, capabilities, clientInfo } = metaKeys;
    const bad: [object, string][] = [
      [without(version), version],
      [without(capabilities), capabilities],
      [without(version, capabilities), version],
      [{ ...metaOf(), [version]: 20260728 }, version],
      [{ ...metaOf(), [version]: null }, version],
      [{ ...metaOf(), [capabilities]: null }, capabilities],
      [{ ...metaOf(), [capabilities]: [] }, capabilities],
      [{ ...metaOf(), [capabilities]: { elicitation: "yes" } }, capabilities],
      [{ ...metaOf(), [clientInfo]: {} }, clientInfo],
      [{ ...metaOf(), [clientInfo]: { name: 1, version: "0" } }, clientInfo],
    ];
    for (const [meta, key] of bad) {
      const answer = await server.ask("tools/call", create, { ...meta });
      expect(answer.error).toEqual({ code: -32602, message: `_meta of the request has no valid ${key}.` });
      expect(problemsOf(answer, "tools/call")).toEqual([]);
    }
    expect(service.calls).toEqual([]);
    await expectAlive();
  });

  it("needs no clientInfo", async () => {
    expect((await server.ask("tools/list", {}, without(metaKeys.clientInfo))).result).toHaveProperty("tools");
  });

  it("without any mark is refused after a modern one, until initialize", async () => {
    await server.ask("server/discover");
    for (const id of ["one", "two"]) {
      await server.raw.write(request(id, "tools/call", create));
      expect(await server.raw.answerTo(id)).toMatchObject({
        error: { code: -32602, message: expect.stringContaining("there was no initialize") },
      });
      await expectAlive();
    }
    for (const method of ["server/discover", "subscriptions/listen"]) {
      await server.raw.write(request(method, method, {}));
      expect(await server.raw.answerTo(method)).toMatchObject({ error: { code: -32602 } });
    }
    expect(service.calls).toEqual([]);
    await server.raw.write(...hello(), request("three", "tools/list"));
    expect((await server.raw.answerTo("three")).result).toHaveProperty("tools");
  });

  it("with an unknown version is refused with -32022 and the versions that there are, whatever else is wrong", async () => {
    for (const requested of ["2025-11-25", "2026-12-31", "1900-01-01", "", "2026-07-28 "])
      for (const [method, params] of [
        ["tools/call", create],
        ["server/discover", {}],
        ["future/method", { name: 1 }],
        ["tools/call", { name: 1 }],
      ] as const) {
        const answer = await server.ask(method, params, { [metaKeys.version]: requested });
        expect(answer.error).toEqual({
          code: -32022,
          message: "Unsupported protocol version",
          data: { supported: [VERSION], requested },
        });
        expect(problemsOf(answer, method)).toEqual([]);
      }
    expect(service.calls).toEqual([]);
    await expectAlive();
  });

  it("of a method of the older era, or of none, is refused with -32601", async () => {
    const methods = [
      "initialize",
      "ping",
      "logging/setLevel",
      "resources/subscribe",
      "tasks/list",
      "",
      "__proto__",
      "x",
    ];
    for (const method of methods)
      expect((await server.ask(method, { protocolVersion: "2025-11-25", capabilities: {} })).error).toEqual({
        code: -32601,
        message: "Method not found",
      });
    // None of them opened the older era.
    await server.raw.write(request("legacy", "tools/list"));
    expect(await server.raw.answerTo("legacy")).toMatchObject({ error: { code: -32602 } });
    await expectAlive();
  });

  it("with invalid parameters is refused with -32602", async () => {
    const bad: [string, Record<string, unknown>][] = [
      ["tools/call", {}],
      ["tools/call", { name: 1 }],
      ["tools/call", { name: "get-id", arguments: [1] }],
      ["tools/call", { ...create, requestState: 1 }],
      ["tools/call", { ...create, inputResponses: [] }],
      ["tools/call", { ...create, inputResponses: "yes" }],
      ["prompts/get", {}],
      ["resources/read", { uri: 1 }],
      ["resources/list", { cursor: 1 }],
      ["completion/complete", { ref: {} }],
      ["subscriptions/listen", {}],
      ["subscriptions/listen", { notifications: { resourcesListChanged: "yes" } }],
    ];
    for (const [method, params] of bad) {
      const answer = await server.ask(method, params);
      expect(answer.error).toMatchObject({ code: -32602, message: expect.stringContaining(`The params of ${method}`) });
    }
    expect(service.calls).toEqual([]);
    await expectAlive();
  });

  it("for a tool that does not exist is refused with -32602, whatever it brings", async () => {
    for (const name of ["delete-identity", "", "__proto__", "constructor"])
      for (const more of [{}, { requestState: "x" }, { inputResponses: { approval: 1 } }])
        expect((await server.ask("tools/call", { name, ...more })).error).toEqual({
          code: -32602,
          message: expect.stringMatching(/^There is no such tool\..* The tools are list-identity-pools, /),
        });
    await expectAlive();
  });

  it("for a resource that does not exist is refused with -32602 and its uri", async () => {
    const uri = "cognito-identity://nothing/there";
    expect((await server.ask("resources/read", { uri })).error).toMatchObject({ code: -32602, data: { uri } });
    const missing = `cognito-identity://pool/${pool.slice(0, -4)}0000`;
    expect((await server.ask("resources/read", { uri: missing })).error).toMatchObject({
      code: -32602,
      data: { uri: missing },
    });
  });

  it("under an id that is in use is refused without that id", async () => {
    const id = await server.send("subscriptions/listen", { notifications: {} });
    await server.raw.write({ ...request(id, "tools/list"), params: { _meta: metaOf() } });
    const refused = await server.raw.until((all) => all.find(({ error }) => error?.data?.id === id));
    expect(refused).toMatchObject({ id: null, error: { code: -32600 } });
    await expectAlive();
  });
});

describe("the server", () => {
  it("serves both eras on one stream, each with its own capabilities", async () => {
    const tag = (value: string) => ["tag-resource", { ResourceArn: arnOf(pool), Tags: { value } }] as const;
    // A client of the older era that declares no forms, and a modern request that does.
    await server.raw.write(...hello());
    expect(await server.raw.answerTo("hello")).toMatchObject({ result: { protocolVersion: "2025-11-25" } });
    expect(await server.call(...tag("a"))).toMatchObject({ resultType: "input_required" });
    const [tool, input] = tag("b");
    await server.raw.write(request("legacy", "tools/call", { name: tool, arguments: input }));
    expect((await server.raw.answerTo("legacy")).result).toMatchObject({ isError: true });
    expect((await server.raw.answerTo("legacy")).result).not.toHaveProperty("resultType");
    // The reverse: a second initialize declares forms, a modern request does not.
    await server.raw.write({ ...hello({ elicitation: { form: {} } })[0], id: "again" });
    expect(await server.raw.answerTo("again")).toMatchObject({ result: { protocolVersion: "2025-11-25" } });
    expect(await server.call(...tag("c"), {}, metaOf(false))).toMatchObject({ resultType: "complete", isError: true });
    expect(service.calls).not.toContain("TagResource");
    expect(server.raw.answers.some(({ method }) => method === "elicitation/create")).toBe(false);
  });

  it("drops answers that it did not ask for, in both eras", async () => {
    const yes = { action: "accept", content: { answer: "yes" } };
    const first = await server.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { x: "y" } });
    expect(first["resultType"]).toBe("input_required");
    await server.raw.write(...hello({ elicitation: { form: {} } }));
    for (const id of [0, 1, 2, "approval", "hello", null, first["requestState"]])
      for (const result of [yes, { inputResponses: { approval: yes } }, { approval: yes }])
        await server.raw.write({ jsonrpc: "2.0", id, result });
    await expectAlive();
    expect(service.calls).not.toContain("TagResource");
  });

  it("sends nothing more for a request that was cancelled, and takes its id again", async () => {
    await using aws = await startSlowAws();
    await using slow = startModern({ env: aws.env });
    for (const id of [0, "", 7, "seven"]) {
      const call = { name: "list-identity-pools", arguments: {}, _meta: { ...metaOf(), progressToken: `for ${id}` } };
      await slow.raw.write(request(id, "tools/call", call));
      await slow.raw.write({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: id } });
      await slow.raw.write({ ...request(id, "server/discover"), params: { _meta: metaOf() } });
      expect((await slow.raw.answerTo(id)).result).toHaveProperty("supportedVersions");
    }
    aws.release();
    await slow.ask("tools/list");
    expect(slow.raw.answers.filter(({ id }) => id !== undefined)).toHaveLength(5);
    expect(slow.raw.answers.filter(({ method }) => method !== undefined)).toEqual([]);
  });

  it("is not cancelled by a request, which gets an answer of its own", async () => {
    await using aws = await startSlowAws();
    await using slow = startModern({ env: aws.env });
    await slow.raw.write(
      request("slow", "tools/call", { name: "list-identity-pools", arguments: {}, _meta: metaOf() }),
    );
    await slow.raw.write({
      jsonrpc: "2.0",
      id: "odd",
      method: "notifications/cancelled",
      params: { requestId: "slow" },
    });
    expect((await slow.raw.answerTo("odd")).error).toBeDefined();
    aws.release();
    expect((await slow.raw.answerTo("slow")).result).toBeDefined();
  });

  it("ends progress with the request", async () => {
    const id = await server.send(
      "tools/call",
      { name: "list-identity-pools", arguments: { allPages: true, MaxResults: 1 } },
      { ...metaOf(), progressToken: 5 },
    );
    await server.raw.answerTo(id);
    await expectAlive();
    const at = server.raw.answers.findIndex((answer) => answer.id === id);
    const progress = server.raw.answers.flatMap((answer, index) =>
      answer.method === "notifications/progress" ? [index] : [],
    );
    expect(progress.length).toBeGreaterThan(0);
    expect(progress.every((index) => index < at)).toBe(true);
  });
});

describe("every message is valid in the specification's schema", () => {
  it("in answers, questions, errors and notifications", { timeout: 60_000 }, async () => {
    const asked: [string, Record<string, unknown>][] = [
      ["server/discover", {}],
      ["tools/list", {}],
      ["prompts/list", {}],
      ["prompts/get", { name: "review-pool", arguments: { poolId: pool } }],
      ["prompts/get", { name: "nothing" }],
      ["resources/list", {}],
      ["resources/templates/list", {}],
      ["resources/read", { uri: `cognito-identity://pool/${pool}` }],
      ["resources/read", { uri: "cognito-identity://x" }],
      [
        "completion/complete",
        { ref: { type: "ref/prompt", name: "review-pool" }, argument: { name: "poolId", value: "" } },
      ],
      ["tools/call", { name: "list-identity-pools", arguments: { allPages: true, MaxResults: 1 } }],
      ["tools/call", { name: "nothing", arguments: {} }],
      ["tools/call", create],
      ["tools/call", { name: "get-id", arguments: { IdentityPoolId: pool } }],
      ["tools/call", { name: "tag-resource", arguments: { ResourceArn: arnOf(pool), Tags: { a: "question" } } }],
      ["tools/call", { name: "delete-identity-pool", arguments: { IdentityPoolId: pool } }],
      ["nothing", {}],
    ];
    const methods = new Map<unknown, string>();
    const listen = await server.send("subscriptions/listen", { notifications: { resourcesListChanged: true } });
    methods.set(listen, "subscriptions/listen");
    for (const [method, params] of asked) {
      const id = await server.send(method, params, { ...metaOf(), progressToken: method });
      methods.set(id, method);
      await server.raw.answerTo(id);
    }
    const remove = { name: "delete-identity-pool", arguments: { IdentityPoolId: pool } };
    const question = await questionIn(await server.call("delete-identity-pool", { IdentityPoolId: pool }));
    const answered = await server.send("tools/call", { ...remove, ...replying(question, { action: "cancel" }) });
    await server.raw.answerTo(answered);
    await server.raw.leave();
    const kinds = new Set<unknown>();
    for (const answer of server.raw.answers) {
      expect(problemsOf(answer, methods.get(answer.id) ?? "tools/call")).toEqual([]);
      kinds.add(answer.method ?? (answer.result as { resultType?: string } | undefined)?.resultType ?? "error");
      if (answer.result)
        expect(answer.result).toMatchObject({ _meta: { [metaKeys.serverInfo]: { name: "cognito-identity" } } });
    }
    expect([...kinds].sort()).toEqual([
      "complete",
      "error",
      "input_required",
      "notifications/progress",
      "notifications/subscriptions/acknowledged",
    ]);
  });

  it("and lists and reads say how long they hold, others do not", async () => {
    const kept = async (method: string, params = {}) => {
      const { ttlMs, cacheScope } = (await server.ask(method, params)).result as Record<string, unknown>;
      return { ttlMs, cacheScope };
    };
    for (const method of [
      "server/discover",
      "tools/list",
      "prompts/list",
      "resources/templates/list",
      "resources/list",
    ])
      expect(await kept(method)).toEqual({ ttlMs: 300_000, cacheScope: "private" });
    const fresh = { ttlMs: 0, cacheScope: "private" };
    expect(await kept("resources/read", { uri: `cognito-identity://pool/${pool}`, inputResponses: {} })).toEqual(fresh);
    expect(await kept("tools/call", { name: "get-id" })).toEqual({});
  });
});
