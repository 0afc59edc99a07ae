/** A server with nothing between it and the clock: lines in, lines out. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Peer } from "./peers.ts";

interface Answer {
  readonly id: number;
  readonly result: Record<string, unknown> & { readonly tools?: readonly ListedTool[] };
}

export interface ListedTool {
  readonly name: string;
  readonly description?: string;
  readonly inputSchema: object;
}

export type Raw = ReturnType<typeof start>;

/** Starts a server, and can be asked many things at a time. */
export function start({ args }: Peer, env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, args, {
    stdio: ["pipe", "pipe", "ignore"],
    // The peers look for nothing outside when they start.
    env: { ...process.env, MDB_MCP_TELEMETRY: "disabled", ...env },
  });
  const open = new Map<number, (answer: Answer) => void>();
  let last = 0;
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const answer = JSON.parse(line) as Answer;
      open.get(answer.id)?.(answer);
      open.delete(answer.id);
    }
  });

  function ask(method: string, params: object = {}): Promise<Answer> {
    last += 1;
    const id = last;
    child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
    return new Promise((resolve) => open.set(id, resolve));
  }

  return {
    ask,
    /** Resolves with the tools when they were listed. */
    async list(): Promise<readonly ListedTool[]> {
      const clientInfo = { name: "bench", version: "1" };
      const hello = ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`);
      const [, { result }] = await Promise.all([hello, ask("tools/list")]);
      return result.tools ?? [];
    },
    /** The answer to a call, which must not be an error. */
    async call(name: string, input: object): Promise<Record<string, unknown>> {
      const { result } = await ask("tools/call", { name, arguments: input });
      if (result === undefined || result["isError"]) throw new Error(`${name}: ${JSON.stringify(result)}`);
      return result["structuredContent"] as Record<string, unknown>;
    },
    /** Resident memory, in megabytes. */
    residentMb(): number {
      const [, kilobytes = "NaN"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      return Number(kilobytes) / 1024;
    },
    async stop(): Promise<void> {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
  };
}
