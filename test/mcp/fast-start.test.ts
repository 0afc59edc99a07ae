/** What is answered before the server is loaded: the same as the server answers itself, and nothing that it would not take. */
import {
  InitializeRequestSchema,
  JSONRPCMessageSchema,
  ListToolsRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isInitializeRequest, isToolsListRequest } from "../../src/mcp/fast-start.ts";
import { approve, createPool, startServer, startService } from "../support/client.ts";
import { request, startRaw } from "./stdio/raw.ts";

const client = { name: "test", version: "0" };

function helloWith(params: object) {
  return request(1, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: client, ...params });
}

const initialized = { jsonrpc: "2.0", method: "notifications/initialized" };

/** All that the server answers to these messages. */
async function answersTo(args: readonly string[], ...messages: readonly (string | object)[]) {
  const server = startRaw({ args });
  await server.write(...messages);
  expect(await server.leave()).toEqual({ code: 0, stderr: "" });
  return server.answers;
}

describe("the first answers are the server's own", () => {
  // A member that the plain form does not have leaves the first word to the server.
  const unplain = { clientInfo: { ...client, websiteUrl: "https://example.com" } };

  it.each([
    ["2025-11-25", []],
    ["2024-11-05", ["--read-only"]],
    ["1999-01-01", ["--policy", "update=two-step,delete-identities=deny"]],
    ["2025-06-18", ["--local"]],
    ["2025-06-18", ["--policy", "delete=off,tag-resource=two-step"]],
  ])("under version %s and %j", async (protocolVersion, args) => {
    const [ours, theirs] = await Promise.all(
      [{}, unplain].map((more) =>
        answersTo(args, helloWith({ protocolVersion, ...more }), initialized, request(2, "tools/list")),
      ),
    );
    expect(ours).toEqual(theirs);
    expect(ours?.map(({ id }) => id)).toEqual([1, 2]);
  });
});

describe("what is said after them", () => {
  it("is answered once each, and the list a second time", async () => {
    const lists = [2, 3].map((id) => request(id, "tools/list"));
    const answers = await answersTo([], helloWith({}), initialized, ...lists, request(4, "ping"));
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(answers[2]?.result).toEqual(answers[1]?.result);
  });

  it("can be a second initialize, under the id of the first", async () => {
    const answers = await answersTo([], helloWith({}), helloWith({ protocolVersion: "2024-11-05" }));
    expect(answers.map(({ result }) => result)).toMatchObject([
      { protocolVersion: "2025-11-25" },
      { protocolVersion: "2024-11-05" },
    ]);
  });

  it("can come in parts, and end without a line end", async () => {
    const server = startRaw();
    for (const part of JSON.stringify(helloWith({})).match(/.{1,40}/g) ?? []) await server.write(part);
    await server.write("\n", JSON.stringify(request("last", "ping")));
    expect(await server.leave()).toEqual({ code: 0, stderr: "" });
    expect(server.answers.map(({ id }) => id)).toEqual([1, "last"]);
  });

  it("is asked of the person whom the client declared in its first words", async () => {
    await using service = await startService();
    const IdentityPoolId = await createPool(service.sdk);
    await using session = await startServer({ env: service.env, respond: approve });
    expect((await session.call("delete-identity-pool", { IdentityPoolId })).isError).toBe(false);
    expect(session.questions).toHaveLength(1);
  });
});

describe("a wrong setting", () => {
  it("is told before anything is answered", async () => {
    const server = startRaw({ args: ["--logins", "/nowhere.json"] });
    await server.write(helloWith({}));
    expect(await server.leave()).toMatchObject({ code: 2, stderr: expect.stringContaining("/nowhere.json") });
    expect(server.answers).toEqual([]);
  });
});

/** Any of the values, or now and then something else. */
function mostly<Value>(...values: readonly Value[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...values) },
    { weight: 1, arbitrary: fc.constantFrom<unknown>(null, [], 1, "x", true, {}, { x: 1 }, { listChanged: 1 }) },
  );
}

const capability = mostly({}, { listChanged: true }, { form: {}, url: {} }, { x: {} }, { list: {}, requests: {} });

const helloLike = fc.record(
  {
    jsonrpc: mostly("2.0"),
    id: mostly<unknown>(0, "a", 1.5, 2 ** 60),
    method: mostly("initialize"),
    params: fc.record(
      {
        protocolVersion: mostly("2025-11-25"),
        capabilities: fc.dictionary(
          fc.constantFrom("roots", "sampling", "elicitation", "experimental", "extensions", "tasks", "x", "__proto__"),
          capability,
          { maxKeys: 4 },
        ),
        clientInfo: fc.record(
          { name: mostly("a"), version: mostly("1"), title: mostly("b") },
          { noNullPrototype: true },
        ),
        _meta: mostly({}),
      },
      { requiredKeys: ["protocolVersion", "capabilities", "clientInfo"], noNullPrototype: true },
    ),
  },
  { requiredKeys: ["id", "method", "params"], noNullPrototype: true },
);

describe("a plain form is one that MCP's own schema takes", () => {
  it("of initialize", () => {
    let plain = 0;
    fc.assert(
      fc.property(helloLike, (made) => {
        const message: unknown = JSON.parse(JSON.stringify(made));
        if (!isInitializeRequest(message)) return;
        plain += 1;
        expect(JSONRPCMessageSchema.safeParse(message).success).toBe(true);
        expect(InitializeRequestSchema.safeParse(message).success).toBe(true);
      }),
      { numRuns: 3000 },
    );
    expect(plain).toBeGreaterThan(5);
  });

  it("of tools/list", () => {
    const listLike = fc.record(
      {
        jsonrpc: mostly("2.0"),
        id: mostly<unknown>(0, "a"),
        method: mostly("tools/list"),
        params: mostly({}, undefined),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(listLike, (made) => {
        const message: unknown = JSON.parse(JSON.stringify(made));
        if (isToolsListRequest(message)) expect(ListToolsRequestSchema.safeParse(message).success).toBe(true);
      }),
    );
  });
});
