/** The transport, frame by frame: what is refused and how, which calls wait, and how it ends. */
import { describe, expect, it } from "vitest";
import { type Answer, call, cancel, hello, request, startRaw, startSlowAws } from "./raw.ts";

const MB = 1024 * 1024;

/** The answers to these lines, in order, from a server that is then left. */
async function answersTo(...lines: readonly (string | Buffer | object)[]): Promise<readonly Answer[]> {
  const server = startRaw();
  await server.write(...lines);
  expect(await server.leave()).toEqual({ code: 0, stderr: "" });
  return server.answers;
}

describe("a line that is no message", () => {
  it.each([
    ["no JSON", "{]\n", { id: null, code: -32700 }],
    ["a part of a message", '{"jsonrpc":"2.0","id":1,"method":"pi\n', { id: null, code: -32700 }],
    ["a batch", `[${JSON.stringify(request(1, "ping"))}]\n`, { id: null, code: -32600 }],
    ["a value", "7\n", { id: null, code: -32600 }],
    ["another version", '{"jsonrpc":"1.0","id":1,"method":"ping"}\n', { id: 1, code: -32600 }],
    ["no version", '{"id":"a","method":"ping"}\n', { id: "a", code: -32600 }],
    ["no method", '{"jsonrpc":"2.0","id":"a"}\n', { id: "a", code: -32600 }],
    ["a member too many", '{"jsonrpc":"2.0","id":0,"method":"ping","x":1}\n', { id: 0, code: -32600 }],
    ["an id that is a fraction", '{"jsonrpc":"2.0","id":1.5,"method":"ping"}\n', { id: null, code: -32600 }],
    [
      "an id that JSON cannot hold",
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}\n',
      { id: null, code: -32600 },
    ],
    ["an id that is null", '{"jsonrpc":"2.0","id":null,"method":"ping"}\n', { id: null, code: -32600 }],
    ["params that are a list", '{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}\n', { id: 1, code: -32602 }],
    ["arguments that are a list", { ...call(1, "list-identity-pools", [1]) }, { id: 1, code: -32602 }],
    ["a call of nothing", request(1, "tools/call"), { id: 1, code: -32602 }],
    ["a cursor that is a number", request(1, "tools/list", { cursor: 1 }), { id: 1, code: -32602 }],
  ])("is answered once: %s", async (_, line, { id, code }) => {
    const [answer, after, ...more] = await answersTo(line, request("after", "ping"));
    expect(answer).toEqual({ jsonrpc: "2.0", id, error: { code, message: expect.any(String) } });
    expect(after).toEqual({ jsonrpc: "2.0", id: "after", result: {} });
    expect(more).toEqual([]);
  });

  it("is refused when it is not UTF-8, and not repaired", async () => {
    const bytes = Buffer.from(JSON.stringify(call(1, "create-identity-pool", { IdentityPoolName: "a?b" })));
    bytes[bytes.indexOf("?")] = 0xff;
    expect(await answersTo(bytes, "\n")).toEqual([
      { jsonrpc: "2.0", id: null, error: { code: -32700, message: "The line is not valid UTF-8." } },
    ]);
  });

  it("says what is wrong with the params of a call", async () => {
    const [answer] = await answersTo(call(1, "list-identity-pools", [1]));
    expect(answer?.error?.message).toBe("The params of tools/call are invalid: params.arguments.");
  });

  it.each([
    ["resources/read", {}, "params.uri"],
    ["resources/list", { cursor: 7 }, "params.cursor"],
    ["resources/templates/list", { cursor: 7 }, "params.cursor"],
    ["prompts/list", { cursor: 7 }, "params.cursor"],
    ["prompts/get", { name: "review-pool", arguments: { poolId: 7 } }, "params.arguments"],
    ["completion/complete", { ref: {}, argument: { name: "poolId", value: "" } }, "params.ref"],
  ])("says what is wrong with the params of %s", async (method, params, wrong) => {
    const [answer] = await answersTo(`${JSON.stringify(request(1, method, params))}\n`);
    expect(answer?.error).toMatchObject({ code: -32602, message: `The params of ${method} are invalid: ${wrong}.` });
  });

  it("is not refused when it is empty, or ends in CRLF, or in nothing", async () => {
    const ping = (id: number) => JSON.stringify(request(id, "ping"));
    const answers = await answersTo("\n\r\n  \n", `${ping(1)}\r\n`, ping(2));
    expect(answers).toEqual([1, 2].map((id) => ({ jsonrpc: "2.0", id, result: {} })));
  });

  it("is ignored when it answers nothing that was asked", async () => {
    const answers = [{ result: {} }, { error: { code: 1, message: "x" } }].map((answer) => ({
      jsonrpc: "2.0",
      id: 0,
      ...answer,
    }));
    // The SDK would write this one out, for an error that nobody sees, and run out of stack.
    const deep = `{"jsonrpc":"2.0","id":1,"result":{"a":${"[".repeat(9_000)}${"]".repeat(9_000)}}}\n`;
    expect(await answersTo(...answers, deep)).toEqual([]);
  });
});

describe("a line that is too long", () => {
  const filler = (bytes: number) => ({ name: "tag-resource", arguments: { Tags: { a: `"}]\\${"x".repeat(bytes)}` } } });

  it.each([
    ["first", (id: unknown, params: object) => ({ jsonrpc: "2.0", id, method: "tools/call", params })],
    ["last", (id: unknown, params: object) => ({ method: "tools/call", params, jsonrpc: "2.0", id })],
  ])("is refused under its id where that stands %s, and the connection lives on", async (_, write) => {
    for (const size of [MB, 11 * MB]) {
      const line = JSON.stringify(write("long", filler(size)));
      expect(await answersTo(`${line}\n`, request("after", "ping"))).toEqual([
        {
          jsonrpc: "2.0",
          id: "long",
          error: {
            code: -32600,
            message: `The line is ${line.length} bytes long, and the maximum is ${MB}. Send a smaller message.`,
          },
        },
        { jsonrpc: "2.0", id: "after", result: {} },
      ]);
    }
  });

  it.each([
    ["an id within its params", `{"method":"ping","params":{"id":1,"a":"${"x".repeat(2 * MB)}"}}`],
    ["an answer", `{"jsonrpc":"2.0","id":1,"result":{"a":"${"x".repeat(2 * MB)}"}}`],
    ["no JSON", "x".repeat(2 * MB)],
    ["a long method", `{"id":1,"method":"${"x".repeat(2 * MB)}"}`],
  ])("is refused without an id: %s", async (_, line) => {
    expect(await answersTo(`${line}\n`)).toEqual([{ jsonrpc: "2.0", id: null, error: expect.anything() }]);
  });

  it("is taken up to the limit, in however many parts it comes", async () => {
    const empty = JSON.stringify(call(1, "list-identity-pools", { NextToken: "" }));
    const line = JSON.stringify(call(1, "list-identity-pools", { NextToken: "x".repeat(MB - empty.length) }));
    const server = startRaw();
    for (let from = 0; from < line.length; from += 10_007) await server.write(line.slice(from, from + 10_007));
    await server.write("\n");
    expect((await server.answerTo(1)).result).toMatchObject({ isError: true });
    await server.leave();
  });

  it("is refused under its id when it holds more values than any call has", async () => {
    const many = call(1, "tag-resource", { ResourceArn: "x", Tags: { a: Array(40_000).fill(0) } });
    expect(await answersTo(many)).toEqual([
      { jsonrpc: "2.0", id: 1, error: { code: -32600, message: expect.stringContaining("10000 values") } },
    ]);
  });
});

describe("an id", () => {
  it("is refused while a request under it waits, without being used", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(
      ...hello(),
      call(7, "list-identity-pools"),
      call(7, "list-identity-pools"),
      request("7", "ping"),
    );
    await server.answerTo("7");
    await aws.reachedBy(1);
    aws.release();
    expect((await server.answerTo(7)).result?.isError).toBeUndefined();
    await server.write(call(7, "list-identity-pools"));
    await server.until((answers) => answers.filter(({ id }) => id === 7).length === 2);
    await server.leave();
    expect(server.answers.filter(({ error }) => error)).toEqual([
      { jsonrpc: "2.0", id: null, error: { code: -32600, message: expect.any(String), data: { id: 7 } } },
    ]);
    expect(aws.reached()).toBe(2);
  });

  it("is not touched by redaction, so that the answer finds its request", async () => {
    const id = "AKIAIOSFODNN7EXAMPLE";
    expect(await answersTo(request(id, "ping"))).toEqual([{ jsonrpc: "2.0", id, result: {} }]);
  });

  it("is redacted where it is no address", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    const id = "AKIAIOSFODNN7EXAMPLE";
    await server.write(call(id, "list-identity-pools"), request(id, "ping"));
    const refused = await server.until((answers) => answers.find(({ error }) => error));
    expect(refused).toMatchObject({ id: null, error: { data: { id: "[redacted]" } } });
    aws.release();
    await server.answerTo(id);
  });

  it("can be used again after a cancellation", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), call(7, "list-identity-pools"));
    await aws.reachedBy(1);
    await server.write(cancel(7));
    await server.write(request("then", "ping"));
    await server.answerTo("then");
    await server.write(call(7, "list-identity-pools"));
    await aws.reachedBy(2);
    aws.release();
    await server.answerTo(7);
    await server.leave();
    expect(server.answers.filter(({ id }) => id === 7)).toHaveLength(1);
  });
});

describe("calls at once", () => {
  it("are sixteen, with sixty-four that wait; the rest are told to come back, and nothing else is held up", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), ...Array.from({ length: 100 }, (_, id) => call(id, "list-identity-pools")));
    const refused = await server.until((answers) => {
      const errors = answers.filter(({ result }) => result?.isError);
      return errors.length === 20 && errors;
    });
    expect(refused.map(({ id }) => id)).toEqual(Array.from({ length: 20 }, (_, id) => 80 + id));
    expect(refused[0]?.result?.structuredContent).toEqual({
      refused: "The server is busy: 16 calls are running, and 64 are waiting.",
      next: expect.stringContaining("Call again"),
    });
    await server.write(request("ping", "ping"), request("list", "tools/list"));
    await server.answerTo("list");
    await aws.reachedBy(16);
    await server.write(cancel(40), cancel(50), call("late", "list-identity-pools"), request("seen", "ping"));
    await server.answerTo("seen");
    expect(aws.reached()).toBe(16);
    aws.release();
    await server.answerTo("late");
    expect(await server.leave()).toEqual({ code: 0, stderr: "" });
    const answered = server.answers.filter(({ id }) => typeof id === "number");
    expect(new Set(answered.map(({ id }) => id)).size).toBe(98);
    expect(answered).toHaveLength(98);
    expect(answered.map(({ id }) => id)).not.toContain(40);
    expect(aws.reached()).toBe(79);
  });

  it("wait for a person without holding up that person's answer", async () => {
    await using server = startRaw({ args: ["--local"] });
    await server.write(
      ...hello({ elicitation: { form: {} } }),
      call("pool", "create-identity-pool", { IdentityPoolName: "a", AllowUnauthenticatedIdentities: false }),
    );
    const { result } = await server.answerTo("pool");
    const IdentityPoolId = result?.structuredContent?.["IdentityPoolId"];
    const change = { IdentityPoolId, AllowUnauthenticatedIdentities: true };
    await server.write(...Array.from({ length: 80 }, (_, id) => call(id, "update-identity-pool", change)));
    const questions = await server.until((answers) => {
      const asked = answers.filter(({ method }) => method === "elicitation/create");
      // Equal calls share a plan, and so a form.
      return asked.length === 1 && asked;
    });
    const yes = { action: "accept", content: { answer: "yes" } };
    await server.write({ jsonrpc: "2.0", id: questions[0]?.id, result: yes });
    // The others saw the old state, or find nothing left to change.
    const first = await server.until((answers) =>
      answers.find(({ id, result }) => typeof id === "number" && result?.structuredContent?.["approved"]),
    );
    expect(first.result?.structuredContent).toMatchObject({ approved: { action: expect.any(String) } });
  });
});

describe("the end", () => {
  it("of stdin lets the calls that wait have their turn", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), ...Array.from({ length: 80 }, (_, id) => call(id, "list-identity-pools")));
    await aws.reachedBy(16);
    const end = server.leave();
    aws.release();
    expect(await end).toEqual({ code: 0, stderr: "" });
    expect(server.answers.filter(({ id, result }) => typeof id === "number" && !result?.isError)).toHaveLength(80);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("by %s lets a call that was sent be answered", async (signal) => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), call(1, "list-identity-pools"));
    await aws.reachedBy(1);
    server.child.kill(signal);
    setTimeout(aws.release, 100);
    expect((await server.answerTo(1)).result?.structuredContent).toMatchObject({ IdentityPools: [] });
    expect(await server.ended).toEqual({ code: 0, stderr: "" });
  });

  it("comes after five seconds, whatever AWS does", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), call(1, "list-identity-pools"));
    await aws.reachedBy(1);
    expect(await server.leave()).toEqual({ code: 0, stderr: "" });
    expect(server.answers.map(({ id }) => id)).toEqual(["hello"]);
  });

  it("is quiet when nobody reads any more, and lets the calls end", async () => {
    await using aws = await startSlowAws();
    await using server = startRaw({ env: aws.env });
    await server.write(...hello(), call(1, "list-identity-pools"));
    await aws.reachedBy(1);
    server.child.stdout.destroy();
    await server.write(request(2, "tools/list"));
    let released = false;
    setTimeout(() => {
      released = true;
      aws.release();
    }, 300);
    expect(await server.ended).toEqual({ code: 0, stderr: "" });
    expect(released).toBe(true);
  });

  it("does not come because nobody reads what is said to people", async () => {
    await using server = startRaw({ args: ["--local"], env: { XDG_RUNTIME_DIR: "/dev/null" } });
    server.child.stderr.destroy();
    await server.write(
      ...hello(),
      call("pool", "create-identity-pool", { IdentityPoolName: "a", AllowUnauthenticatedIdentities: false }),
    );
    const { result } = await server.answerTo("pool");
    await server.write(
      call(1, "delete-identity-pool", { IdentityPoolId: result?.structuredContent?.["IdentityPoolId"] }),
    );
    expect((await server.answerTo(1)).result).toMatchObject({ isError: true });
    await server.write(request(2, "ping"));
    await server.answerTo(2);
    expect((await server.leave()).code).toBe(0);
  });
});
