/** The server as a process, with nothing between the test and its stdin and stdout. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { root } from "../../support/client.ts";

/** One line of stdout. */
export interface Answer {
  readonly jsonrpc: "2.0";
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: { readonly isError?: boolean; readonly structuredContent?: Record<string, unknown> };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { readonly id?: unknown } };
}

/** Where memory can be read. */
export const hasProc = existsSync("/proc/self/status");

/** How a process ended. */
export interface End {
  readonly code: number | null;
  readonly stderr: string;
}

export type Raw = ReturnType<typeof startRaw>;

/** `onAnswer` sees each line of stdout, parsed: a line that is not JSON fails the test. */
export function startRaw({
  args = [],
  env = {},
  onAnswer = () => {},
}: {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly onAnswer?: (answer: Answer) => void;
} = {}) {
  const child = spawn(process.execPath, [`${root}dist/main.js`, ...args], { env: { ...env } });
  let stderr = "";
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  // A server that has left breaks the pipe, which is what some tests are about.
  child.stdin.on("error", () => {});
  const ended = new Promise<End>((resolve) => child.once("close", (code) => resolve({ code, stderr })));

  let rest = "";
  const watchers: (() => void)[] = [];
  let trouble: unknown;
  const answers: Answer[] = [];
  const take = (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    try {
      for (const line of lines) {
        const answer = JSON.parse(line);
        answers.push(answer);
        onAnswer(answer);
      }
    } catch (error) {
      trouble ??= error;
    }
    for (const watcher of watchers.splice(0)) watcher();
  };
  child.stdout.setEncoding("utf8");
  child.stdout.on("data", take);
  void ended.then(() => take(""));

  return {
    child,
    answers,
    ended,
    /** Writes bytes or messages, and resolves when the pipe has room again. */
    async write(...frames: readonly (Buffer | string | object)[]): Promise<void> {
      for (const frame of frames) {
        const bytes = Buffer.isBuffer(frame) || typeof frame === "string" ? frame : `${JSON.stringify(frame)}\n`;
        if (!child.stdin.write(bytes)) await new Promise((resolve) => child.stdin.once("drain", resolve));
      }
    },
    /** Resolves as soon as `found` gives something for the answers so far. */
    async until<Found>(found: (answers: readonly Answer[]) => Found | undefined | false): Promise<Found> {
      for (;;) {
        if (trouble !== undefined) throw trouble;
        const result = found(answers);
        if (result !== undefined && result !== false) return result;
        if (child.exitCode !== null) throw new Error(`the server has left: ${stderr}`);
        await new Promise<void>((resolve) => {
          watchers.push(resolve);
        });
      }
    },
    /** The answer with this id. */
    answerTo(id: string | number): Promise<Answer> {
      return this.until((all) => all.find((answer) => answer.id === id && !answer.method));
    },
    /** Ends stdin, and gives how the process ended. */
    async leave(): Promise<End> {
      child.stdin.end();
      const end = await ended;
      if (trouble !== undefined) throw trouble;
      if (rest !== "") throw new Error(`stdout ended within a line: ${rest}`);
      return end;
    },
    /** The most memory that was ever resident, in MB. */
    peakMb(): number {
      const [, kb] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      return Math.round(Number(kb) / 1024);
    },
    /** Resolves when the process has had nothing to do for a while. */
    async idle(): Promise<void> {
      const worked = () => readFileSync(`/proc/${child.pid}/stat`, "utf8").split(" ").slice(13, 15).join();
      for (let before = ""; before !== worked(); ) {
        before = worked();
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

export const request = (id: unknown, method: string, params?: object) => ({ jsonrpc: "2.0", id, method, params });

export const call = (id: unknown, name: string, args: object = {}) =>
  request(id, "tools/call", { name, arguments: args });

export const hello = (capabilities: object = {}) => [
  request("hello", "initialize", {
    protocolVersion: "2025-11-25",
    capabilities,
    clientInfo: { name: "test", version: "0" },
  }),
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

export const cancel = (requestId: unknown) => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId },
});

/** Something that is taken for AWS, and answers `{}` to what reaches it only when it is told to. */
export async function startSlowAws() {
  const held: (() => void)[] = [];
  let open = false;
  let reached = 0;
  const watchers: (() => void)[] = [];
  const server = createServer((incoming, response) => {
    incoming.resume();
    incoming.once("end", () => {
      reached += 1;
      const answer = () => {
        response.writeHead(200, { "content-type": "application/x-amz-json-1.1" });
        response.end('{"IdentityPools":[]}');
      };
      if (open) answer();
      else held.push(answer);
      for (const watcher of watchers.splice(0)) watcher();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  return {
    env: {
      AWS_ACCESS_KEY_ID: "AKIDTEST",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: `http://127.0.0.1:${port}`,
    },
    reached: () => reached,
    /** Resolves when that many requests have come. */
    async reachedBy(count: number): Promise<void> {
      while (reached < count) {
        await new Promise<void>((resolve) => {
          watchers.push(resolve);
        });
      }
    },
    /** Answers what waits, and from now on everything. */
    release(): void {
      open = true;
      for (const answer of held.splice(0)) answer();
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
