/** Every message of the server to an older client is valid in the schema of the revision that both agreed on. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { approve, arnOf, createPool, type Service, startService, surroundings } from "../../support/client.ts";
import { type Answer, hello, request, startRaw } from "../stdio/raw.ts";
import { checkerOf, revisions } from "./schema.ts";

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

type Asked = readonly [method: string, params?: Record<string, unknown>];

const lists: readonly Asked[] = [
  ["ping"],
  ["tools/list"],
  ["prompts/list"],
  ["resources/list"],
  ["resources/templates/list"],
];

const requestsAbout = (pool: string): readonly Asked[] => [
  // The fast start answers these first, the server itself after a request that needs more.
  ...lists,
  ["resources/read", { uri: `cognito-identity://pool/${pool}` }],
  ...lists,
  ["resources/read", { uri: "cognito-identity://x" }],
  ["prompts/get", { name: "review-pool", arguments: { poolId: pool } }],
  ["prompts/get", { name: "nothing" }],
  [
    "completion/complete",
    { ref: { type: "ref/prompt", name: "review-pool" }, argument: { name: "poolId", value: "" } },
  ],
  ["tools/call", { name: "list-identity-pools", arguments: { allPages: true, MaxResults: 1 } }],
  ["tools/call", { name: "get-id", arguments: { IdentityPoolId: pool } }],
  ["tools/call", { name: "get-id", arguments: { nothing: 1 } }],
  ["tools/call", { name: "nothing", arguments: {} }],
  ["tools/call", { name: "get-id", arguments: [1] }],
  ["tools/call", { name: "tag-resource", arguments: { ResourceArn: arnOf(pool), Tags: { a: "b" } } }],
  ["tools/call", { name: "delete-identity-pool", arguments: { IdentityPoolId: pool } }],
  ["logging/setLevel", { level: "info" }],
  ["nothing"],
];

describe.each(revisions)("in %s", (revision) => {
  const hasForms = revision >= "2025-06-18";

  it("each answer, question, error and notification is valid", { timeout: 60_000 }, async () => {
    const pool = await createPool(service.sdk);
    await createPool(service.sdk, "another");
    const problemsOf = checkerOf(revision);
    const methods = new Map<unknown, string>([["hello", "initialize"]]);
    const answer = async (message: Answer) => {
      if (message.method === "elicitation/create")
        await raw.write({ jsonrpc: "2.0", id: message.id, result: await approve(message.params as never) });
    };
    const raw = startRaw({
      env: { ...surroundings, ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: hasForms ? "20" : "0" },
      onAnswer: (message) => void answer(message),
    });
    await using _ = raw;
    const capabilities = hasForms ? { elicitation: {} } : {};
    const clientInfo = { name: "test", version: "0" };
    await raw.write(
      request("hello", "initialize", { protocolVersion: revision, capabilities, clientInfo }),
      ...hello().slice(1),
    );
    expect(await raw.answerTo("hello")).toMatchObject({ result: { protocolVersion: revision } });
    for (const [index, [method, given]] of requestsAbout(pool).entries()) {
      methods.set(index, method);
      const progress = { _meta: { progressToken: index } };
      await raw.write(request(index, method, { ...given, ...progress }));
      await raw.answerTo(index);
    }
    const kinds = new Set<string>();
    for (const message of raw.answers) {
      expect({ message, problems: problemsOf(message, methods.get(message.id)) }).toMatchObject({ problems: [] });
      kinds.add(message.method ?? (message.error ? "error" : message.result?.isError ? "tool error" : "result"));
    }
    expect([...kinds].sort()).toEqual([
      ...(hasForms ? ["elicitation/create"] : []),
      "error",
      "notifications/progress",
      "result",
      "tool error",
    ]);
    expect(raw.answers.filter(({ id }) => id !== undefined).length).toBeGreaterThan(requestsAbout(pool).length);
  });
});
