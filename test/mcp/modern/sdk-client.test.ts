/** The SDK's client of version 2 in each of its modes: lists, calls, vends, and a deletion with every answer of a person. */
import { setTimeout } from "node:timers/promises";
import { Client, type ClientOptions } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  approve,
  createPool,
  decline,
  type Respond,
  root,
  type Service,
  sayNo,
  startService,
  surroundings,
} from "../../support/client.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

type Mode = NonNullable<NonNullable<ClientOptions["versionNegotiation"]>["mode"]>;

const modes: readonly (readonly [name: string, mode: Mode, version: string])[] = [
  ["legacy", "legacy", "2025-11-25"],
  ["auto", "auto", "2026-07-28"],
  ["pinned", { pin: "2026-07-28" }, "2026-07-28"],
];

const deletions = () => service.calls.filter((operation) => operation === "DeleteIdentityPool").length;

describe.each(modes)("the SDK's client in mode %s", (_, mode, version) => {
  /** A client that declares forms, and answers them so if it has a handler. */
  async function connect(respond?: Respond, forms = true) {
    const client = new Client(
      { name: "test", version: "0" },
      { capabilities: forms ? { elicitation: { form: {} } } : {}, versionNegotiation: { mode } },
    );
    let asked = 0;
    if (respond)
      client.setRequestHandler("elicitation/create", async ({ params }) => {
        asked += 1;
        return await respond(params);
      });
    const env = { ...surroundings, ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "20" };
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args: [`${root}dist/main.js`], env, stderr: "ignore" }),
    );
    return {
      client,
      asked: () => asked,
      async call(name: string, input: Record<string, unknown>, signal?: AbortSignal) {
        const result = await client.callTool({ name, arguments: input }, signal && { signal });
        return { isError: result.isError === true, content: result.structuredContent as Record<string, unknown> };
      },
      [Symbol.asyncDispose]: () => client.close(),
    };
  }

  it("lists, reads, completes, calls and vends", async () => {
    const pool = await createPool(service.sdk);
    await using session = await connect(approve);
    const { client } = session;
    expect(client.getNegotiatedProtocolVersion()).toBe(version);
    expect((await client.listTools()).tools).toHaveLength(24);
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(5);
    expect((await client.listResourceTemplates()).resourceTemplates).toHaveLength(2);
    expect((await client.listResources()).resources.length).toBeGreaterThan(0);
    expect((await client.readResource({ uri: `cognito-identity://pool/${pool}` })).contents).toHaveLength(1);
    expect((await client.getPrompt({ name: "review-pool", arguments: { poolId: pool } })).messages).toHaveLength(1);
    const argument = { name: "poolId", value: pool };
    const { completion } = await client.complete({ ref: { type: "ref/prompt", name: "review-pool" }, argument });
    expect(completion.values).toEqual([pool]);
    expect((await session.call("describe-identity-pool", { IdentityPoolId: pool })).content).toMatchObject({
      IdentityPoolName: "pool",
    });
    const { content } = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"] });
    expect(vended.content).toMatchObject({
      handle: expect.anything(),
      Credentials: { SecretKey: "[redacted]", SessionToken: "[redacted]" },
    });
    await expect(session.call("nothing", {})).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("There is no such tool."),
    });
  });

  it("deletes at a yes", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const before = deletions();
    await using session = await connect(approve);
    const { isError, content } = await session.call("delete-identity-pool", { IdentityPoolId });
    expect({ isError, asked: session.asked(), content }).toMatchObject({
      isError: false,
      asked: 1,
      content: { approved: { by: "a person, in the client" } },
    });
    expect(deletions()).toBe(before + 1);
  });

  it.each([
    ["no", sayNo, /^Rejected by a person, in the client/],
    ["decline", decline, /^A person must approve this, and has not decided yet\. The client declined to ask/],
    [
      "cancel",
      async () => {
        await setTimeout(120);
        return { action: "cancel" as const };
      },
      /^A person must approve this, and has not decided yet\. The form was closed without an answer/,
    ],
  ] as const)("does not delete at a %s", async (_name, respond: Respond, refused) => {
    const IdentityPoolId = await createPool(service.sdk);
    const before = deletions();
    await using session = await connect(respond);
    const { isError, content } = await session.call("delete-identity-pool", { IdentityPoolId });
    expect({ isError, refused: content["refused"] }).toEqual({
      isError: true,
      refused: expect.stringMatching(refused),
    });
    expect(session.asked()).toBe(1);
    expect(deletions()).toBe(before);
  });

  it("does not delete without a handler for forms, declared or not", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const before = deletions();
    await using silent = await connect(undefined, false);
    expect((await silent.call("delete-identity-pool", { IdentityPoolId })).content["refused"]).toMatch(
      /This client cannot show a form\./,
    );
    await using declaring = await connect();
    // In the modern era the client raises its own error, since it cannot answer the question.
    const answer = await declaring.call("delete-identity-pool", { IdentityPoolId }).catch((error: unknown) => error);
    expect(answer instanceof Error || (answer as { isError: boolean }).isError).toBe(true);
    expect(deletions()).toBe(before);
  });

  it("does not delete when the call is cancelled while the form is open, and the connection lives on", async () => {
    const IdentityPoolId = await createPool(service.sdk);
    const before = deletions();
    const cancel = new AbortController();
    await using session = await connect(async (question) => {
      cancel.abort();
      await setTimeout(200);
      return await approve(question);
    });
    await expect(session.call("delete-identity-pool", { IdentityPoolId }, cancel.signal)).rejects.toThrow();
    expect((await session.call("list-identity-pools", {})).isError).toBe(false);
    await setTimeout(300);
    expect(deletions()).toBe(before);
  });
});
