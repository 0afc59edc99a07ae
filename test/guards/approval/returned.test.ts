/** A client that is asked by the answer of a call: a person can still decide elsewhere, and the first decision counts. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { TagResourceCommand } from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findServers } from "../../../src/operator/channel-client.ts";
import { arnOf, createPool, type Service, startService } from "../../support/client.ts";
import { type Asked, type Modern, metaOf, questionIn, replying, startModern } from "../../support/modern.ts";

let service: Service;
let pool: string;
let runtime: string;
let server: Modern;
beforeEach(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  server = start();
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

const start = (...args: string[]) =>
  startModern({
    args: ["--audit", join(runtime, "audit.jsonl"), "--call-wait", "20", ...args],
    env: { ...service.env, XDG_RUNTIME_DIR: runtime },
  });

const call = (value: string) => ["tag-resource", { ResourceArn: arnOf(pool), Tags: { value } }] as const;

async function ask(value: string): Promise<Asked> {
  return await questionIn(await server.call(...call(value)));
}

/** Makes the call again with an answer. Gives its structured content. */
async function reply(value: string, question: Pick<Asked, "state">, answer: unknown) {
  const { structuredContent } = await server.call(...call(value), replying(question, answer));
  return structuredContent as Record<string, unknown>;
}

/** Answers the newest plan as the command `approve` does. */
async function atTerminal(said: string): Promise<string> {
  const [found] = (await findServers(join(runtime, "cognito-identity-mcp"))).servers;
  const plan = found?.waiting.at(-1);
  if (!found || !plan) return "nothing waits";
  return (await found.answer(plan.code, plan.binding, said)).result;
}

const changes = () => service.calls.filter((operation) => operation === "TagResource");
const no = { action: "accept", content: { answer: "no" } };

const records = () =>
  readFileSync(join(runtime, "audit.jsonl"), "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe("while the client shows the question", () => {
  it("the plan waits at the terminal too, and a yes there counts when the client returns", async () => {
    // That the form closes at once after a decision elsewhere says nothing of the client: it is asked again each time.
    const answers = [
      { action: "cancel" },
      { action: "decline" },
      undefined,
      { action: "decline" },
      { action: "cancel" },
    ];
    for (const [at, answer] of answers.entries()) {
      const question = await ask(`${at}`);
      expect(await atTerminal("yes")).toBe("approved");
      expect(changes()).toHaveLength(at);
      const more = answer ? replying(question, answer) : { requestState: question.state };
      const { structuredContent } = await server.call(...call(`${at}`), more);
      expect(structuredContent).toMatchObject({ approved: { by: "a person, at a terminal" } });
      expect(changes()).toHaveLength(at + 1);
    }
  });

  it("a yes in the client after a yes at the terminal runs once, by the first", async () => {
    const question = await ask("a");
    expect(await atTerminal("yes")).toBe("approved");
    expect(await reply("a", question, question.yes)).toMatchObject({ approved: { by: "a person, at a terminal" } });
    expect(changes()).toHaveLength(1);
  });

  it("a no at the terminal is final, and the answer of the client says so", async () => {
    const question = await ask("a");
    expect(await atTerminal("no")).toBe("rejected");
    expect(await reply("a", question, question.yes)).toMatchObject({
      refused: "Rejected by a person, at a terminal. Nothing was changed.",
    });
    expect(changes()).toEqual([]);
  });

  it("a no in the client after a yes at the terminal stops this call, and says which came first", async () => {
    const question = await ask("a");
    expect(await atTerminal("yes")).toBe("approved");
    expect(await reply("a", question, no)).toMatchObject({
      refused: expect.stringMatching(
        /^The plan was approved by a person, at a terminal, before the answer in the client/,
      ),
    });
    expect(changes()).toEqual([]);
  });

  it("a no in the client ends the plan at the terminal", async () => {
    const question = await ask("a");
    await reply("a", question, no);
    expect(await atTerminal("yes")).toBe("nothing waits");
    expect(changes()).toEqual([]);
  });
});

describe("while the account changes", () => {
  const change = (value: string) =>
    service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { value } }));

  it("a no holds for the call, whatever its plan is now", async () => {
    const question = await ask("a");
    await change("of another");
    service.calls.length = 0;
    for (const more of [replying(question, no), {}])
      expect((await server.call(...call("a"), more))["structuredContent"]).toMatchObject({
        refused: "Rejected by a person, in the client. Nothing was changed.",
      });
    expect(changes()).toEqual([]);
  });

  it("a yes sends nothing, and the new plan waits only when the call is made again", { timeout: 60_000 }, async () => {
    for (let round = 0; round < 40; round += 1) {
      const question = await ask("a");
      await change(`of another, ${round}`);
      service.calls.length = 0;
      expect(await reply("a", question, question.yes)).toMatchObject({
        refused: expect.stringMatching(/^The account changed after the plan was shown/),
        plan: { changes: [{ before: `of another, ${round}`, after: "a" }] },
      });
      expect(changes()).toEqual([]);
      expect(await atTerminal("yes")).toBe("nothing waits");
    }
  });
});

describe("the client", () => {
  it("that returns the state alone is asked again", async () => {
    const { state } = await ask("a");
    const again = await questionIn(await server.call(...call("a"), { requestState: state }));
    expect(await reply("a", again, again.yes)).toHaveProperty("approved");
    expect(changes()).toHaveLength(1);
  });

  it("that returns more than was asked for is understood", async () => {
    const question = await ask("a");
    const more = { ...replying(question, question.yes) };
    const inputResponses = { ...(more["inputResponses"] as object), other: 1, "": { action: "decline" } };
    const { structuredContent } = await server.call(...call("a"), { ...more, inputResponses });
    expect(structuredContent).toHaveProperty("approved");
  });

  it("that brings no answer is asked twice about a plan; then the agent is told of the terminal", async () => {
    await ask("a");
    await ask("a");
    const third = server.call(...call("a"));
    await setTimeout(500);
    // The third call waits for the terminal, as every repeated call does where no form can be shown.
    expect(await atTerminal("yes")).toBe("approved");
    expect((await third)["structuredContent"]).toMatchObject({ approved: { by: "a person, at a terminal" } });
  });

  it("is asked about 4 plans at once", async () => {
    for (const value of ["a", "b", "c", "d"]) await ask(value);
    expect((await server.call(...call("e")))["structuredContent"]).toMatchObject({
      refused: expect.stringContaining("4 other forms are open in the client."),
      next: expect.stringContaining("approve"),
    });
    const { structuredContent } = await server.call(...call("f"), {}, metaOf(false));
    expect(structuredContent).toMatchObject({ refused: expect.stringContaining("This client cannot show a form.") });
  });

  it("that closes forms at once, twice in a row, gets no more", async () => {
    // On a loaded machine not every answer is as quick as that.
    for (let at = 0; at < 20; at += 1) {
      const result = await server.call(...call(`${at}`));
      if (result["resultType"] === "input_required") {
        const { state } = await questionIn(result);
        await reply(`${at}`, { state }, { action: "decline" });
        continue;
      }
      expect(at).toBeGreaterThanOrEqual(2);
      expect(result["structuredContent"]).toMatchObject({
        refused: expect.stringContaining("This client does not show forms to a person"),
      });
      return;
    }
    throw new Error("the client is still asked");
  });

  it("that has shown a form to a person is asked whatever becomes of the next ones", async () => {
    const first = await ask("first");
    await setTimeout(150);
    await reply("first", first, no);
    for (let at = 0; at < 6; at += 1) await reply(`${at}`, await ask(`${at}`), { action: "decline" });
  });
});

it("an answer after the time of --answer-within does not count", async () => {
  await server[Symbol.asyncDispose]();
  server = start("--answer-within", "1");
  const question = await ask("a");
  await setTimeout(1_100);
  expect(await reply("a", question, question.yes)).toMatchObject({
    refused: expect.stringMatching(/^The question has expired or was already answered/),
  });
  expect(changes()).toEqual([]);
});

it("the audit has the question, the decision and the call", async () => {
  const question = await ask("a");
  await reply("a", question, question.yes);
  expect(records()).toMatchObject([
    { record: "question", tool: "tag-resource" },
    { record: "decision", decision: "approved", by: "a person, in the client" },
    { record: "intent", approved: { by: "a person, in the client" } },
    { record: "outcome", outcome: "done" },
  ]);
});
