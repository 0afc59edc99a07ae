/** The built program's commands, each in a process of its own. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { root } from "./client.ts";

export const program = `${root}dist/main.js`;

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * The environment in which commands find only the servers of a test, never those of the user: XDG_RUNTIME_DIR alone is one of several
 * places where they look.
 */
export function onlyIn(env: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const runtime = env["XDG_RUNTIME_DIR"];
  return runtime === undefined
    ? env
    : { COGNITO_IDENTITY_MCP_CHANNEL_FOLDER: join(runtime, "cognito-identity-mcp"), ...env };
}

/** Runs the program with nothing of this machine's environment but the PATH. */
export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  how: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Ran> {
  return runCommand(process.execPath, [program, ...args], env, how);
}

export async function runCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { cwd, input }: { readonly cwd?: string; readonly input?: string } = {},
): Promise<Ran> {
  const child = spawn(command, args, {
    env: { PATH: process.env["PATH"], ...onlyIn(env) },
    cwd,
    stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  child.stdin?.end(input);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => {
    stdout += chunk;
  });
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}
