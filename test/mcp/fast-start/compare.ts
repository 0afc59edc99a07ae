/** What the server writes to a sequence of lines, with and without its fast start. */
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, surroundings } from "../../support/client.ts";
import { type Host, isAwaited } from "../../support/hosts.ts";

export interface Run {
  readonly code: number | null;
  readonly stderr: string;
  /** The lines of stdout. */
  readonly lines: readonly string[];
}

interface Options {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly program?: string;
}

const folder = mkdtempSync(join(tmpdir(), "fast-start-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

/** An audit file: with one, the server has no fast start. It changes no answer. */
export const withoutFastStart: readonly string[] = ["--audit", join(folder, "audit.jsonl")];

/** The program without all that the fast start does not need: it ends with code 99 if it would load the server. */
export function fastStartAlone(): string {
  const alone = mkdtempSync(join(folder, "alone-"));
  for (const file of ["main.js", "package.json"]) cpSync(`${root}dist/${file}`, join(alone, file));
  writeFileSync(join(alone, "server.js"), "process.exit(99);\n");
  return join(alone, "main.js");
}

/** Writes all at once, and ends the input. */
export async function run(input: string, options: Options = {}): Promise<Run> {
  const server = start(options);
  server.write(input);
  return await server.leave();
}

/** Writes the messages of a host as the host does: it waits where the host waits, and for the last answer. */
export async function runHost({ messages }: Host, options: Options = {}): Promise<Run> {
  const server = start(options);
  for (const message of messages) {
    server.write(`${message.line}\n`);
    if (message.id !== undefined && isAwaited(message)) await server.answerTo(message.id);
  }
  for (const { id } of messages) if (id !== undefined) await server.answerTo(id);
  return await server.leave();
}

function start({ args = [], env = {}, program = `${root}dist/main.js` }: Options) {
  const child = spawn(process.execPath, [program, ...args], { env: { ...surroundings, ...env } });
  let stdout = "";
  let stderr = "";
  let wake = () => {};
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    wake();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  // A server that has left breaks the pipe.
  child.stdin.on("error", () => {});
  let code: number | null | undefined;
  const ended = new Promise<void>((resolve) => {
    child.once("close", (given) => {
      code = given;
      wake();
      resolve();
    });
  });
  const lines = () => stdout.split("\n").slice(0, -1);

  return {
    write: (text: string) => void child.stdin.write(text),
    async answerTo(id: string | number): Promise<void> {
      while (code === undefined && !lines().some((line) => JSON.parse(line).id === id))
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
    async leave(): Promise<Run> {
      child.stdin.end();
      await ended;
      return { code: code ?? null, stderr, lines: lines() };
    },
  };
}
