/** A client that speaks the protocol by hand, since a good one never sends an answer that is late or was taken back. */
import { spawn } from "node:child_process";
import type { ElicitRequest } from "@modelcontextprotocol/sdk/types.js";
import { approve, root, surroundings } from "./client.ts";

type Message = Readonly<Record<string, unknown>>;

interface Asked {
  readonly id: number;
  readonly params: ElicitRequest["params"];
}

export interface Wire extends AsyncDisposable {
  /** Questions that came, in order. */
  readonly questions: readonly Asked[];
  /** Ids of the questions that the server took back. */
  readonly takenBack: readonly unknown[];
  /** Sends a call and gives its id. */
  call(tool: string, input: object): number;
  /** The structured answer of a call, once it comes. */
  answerTo(id: number): Promise<Record<string, unknown>>;
  /** Says yes to a question, in just the form that it asks for. */
  sayYes(question: Asked): Promise<void>;
  send(message: Message): void;
  /** Resolves when `holds` does; it is asked again at every message. */
  until(holds: () => boolean): Promise<void>;
  /** Closes the server's stdin, or as a client that was killed does both ends. Gives the server's exit code. */
  hangUp(ends: "stdin" | "both"): Promise<number | null>;
}

/** Starts the built server, and introduces itself as a client that can ask. */
export async function startWire(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Wire> {
  const child = spawn(process.execPath, [`${root}dist/main.js`, ...args], { env: { ...surroundings, ...env } });
  const left = new Promise<number | null>((resolve) => child.once("close", resolve));
  const questions: Asked[] = [];
  const takenBack: unknown[] = [];
  const answers = new Map<unknown, Record<string, unknown>>();
  const waiting = new Set<() => void>();
  let calls = 1;
  let rest = "";

  child.stdout.setEncoding("utf8");
  child.stdout.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(JSON.parse(line));
    for (const look of waiting) look();
  });

  function take(message: Message): void {
    const { id, method } = message;
    const params = message["params"] as Record<string, unknown>;
    if (method === "elicitation/create") questions.push({ id: Number(id), params: params as Asked["params"] });
    else if (method === "notifications/cancelled") takenBack.push(params["requestId"]);
    else if (id !== undefined) answers.set(id, (message["result"] ?? message["error"]) as Record<string, unknown>);
  }

  function send(message: Message): void {
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  }

  function until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  }

  send({
    id: 1,
    method: "initialize",
    params: {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: { form: {} } },
      clientInfo: { name: "test", version: "0" },
    },
  });
  await until(() => answers.has(1));
  send({ method: "notifications/initialized" });

  return {
    questions,
    takenBack,
    send,
    until,
    call(tool, input) {
      calls += 1;
      send({ id: calls, method: "tools/call", params: { name: tool, arguments: input } });
      return calls;
    },
    async answerTo(id) {
      await until(() => answers.has(id));
      return (answers.get(id)?.["structuredContent"] ?? {}) as Record<string, unknown>;
    },
    async sayYes({ id, params }) {
      send({ id, result: { ...(await approve(params)) } });
    },
    hangUp(ends) {
      child.stdin.on("error", () => {});
      if (ends === "both") child.stdout.destroy();
      child.stdin.end();
      return left;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await left;
    },
  };
}
