/** The first messages of a host, and how the server takes over from the fast start. */
import { describe, expect, it } from "vitest";
import { approve, createPool, startServer, startService, surroundings } from "../../support/client.ts";
import { call, hasProc, hello, request, startRaw } from "../stdio/raw.ts";
import { fastStartAlone, run, withoutFastStart } from "./compare.ts";

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

describe("what is said after them", () => {
  it("is answered once each, and the list a second time", async () => {
    const lists = [2, 3].map((id) => request(id, "tools/list"));
    const answers = await answersTo([], helloWith({}), initialized, ...lists, request(4, "ping"));
    expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(answers[2]?.result).toEqual(answers[1]?.result);
  });

  it("can be a second initialize, under the id of the first, which counts from then on", async () => {
    const answers = await answersTo([], helloWith({}), helloWith({ protocolVersion: "2024-11-05" }));
    expect(answers.map(({ result }) => result)).toMatchObject([
      { protocolVersion: "2025-11-25" },
      { protocolVersion: "2024-11-05" },
    ]);
    await using service = await startService();
    const IdentityPoolId = await createPool(service.sdk);
    await using server = startRaw({ env: { ...surroundings, ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "0" } });
    // The second one no longer declares forms.
    await server.write(...hello({ elicitation: { form: {} } }), helloWith({}));
    await server.write(call(3, "delete-identity-pool", { IdentityPoolId }));
    expect((await server.answerTo(3)).result?.isError).toBe(true);
    expect(server.answers.filter(({ method }) => method === "elicitation/create")).toEqual([]);
  });

  it("is a matter of the server if it comes before any initialize, but for a ping", async () => {
    const program = fastStartAlone();
    expect(await run(`${JSON.stringify(request(1, "tools/list"))}\n`, { program })).toMatchObject({ code: 99 });
    expect(await run(`${JSON.stringify(request(1, "ping"))}\n`, { program })).toMatchObject({
      code: 0,
      lines: ['{"result":{},"jsonrpc":"2.0","id":1}'],
    });
    const answers = await answersTo([], request(1, "ping"), request(2, "nothing"));
    expect(answers.map(({ id, error }) => [id, error?.code])).toEqual([
      [1, undefined],
      [2, -32601],
    ]);
  });

  it.runIf(hasProc)("is held back for a client that does not read", { timeout: 60_000 }, async () => {
    await using server = startRaw();
    server.child.stdout.pause();
    await server.write(...hello());
    // The answers would have more than 150 MB.
    void server.write(...Array.from({ length: 6000 }, (_, id) => request(id, "tools/list")));
    await server.idle();
    expect(server.peakMb()).toBeLessThan(140);
  });

  it("is not lost for a client that reads late", async () => {
    await using server = startRaw();
    server.child.stdout.pause();
    const ids = Array.from({ length: 300 }, (_, at) => at);
    await server.write(...hello(), ...ids.map((id) => request(id, "tools/list")));
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.child.stdout.resume();
    await server.until((answers) => answers.length > ids.length);
    const answered = server.answers.slice(1).map(({ id }) => Number(id));
    expect(answered.toSorted((a, b) => a - b)).toEqual(ids);
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

describe("a list that repeats settings", () => {
  const poolId = "eu-west-1:01234567-89ab-4cde-8f01-23456789abcd";
  const input = [helloWith({}), request(2, "resources/list")].map((message) => `${JSON.stringify(message)}\n`).join("");

  it.each([
    ["a pool", ["--pools", poolId], "wJalr-89ab-4cde-8f01-EXAMPLE", false],
    ["an unknown region", ["--region", "xx-elsewhere-9"], "secret-xx-elsewhere-9", false],
    ["one of several regions", ["--regions", "eu-west-1,xx-elsewhere-9"], "secret-xx-elsewhere-9", false],
    ["a known region, which is public", ["--region", "eu-west-1"], "//pools/eu-west-1", true],
  ])("is withheld as ever if %s is a piece of a secret", async (_, args, secret, isListed) => {
    const env = { AWS_SECRET_ACCESS_KEY: secret, AWS_ACCESS_KEY_ID: "AKIDTEST" };
    const [fast, full] = await Promise.all([
      run(input, { args, env }),
      run(input, { args: [...args, ...withoutFastStart], env }),
    ]);
    expect(fast.lines).toEqual(full.lines);
    expect(JSON.parse(fast.lines[1] ?? "").result !== undefined).toBe(isListed);
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
