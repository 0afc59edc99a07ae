/** The built program on a pseudo-terminal of util-linux's `script`. */
import { spawn } from "node:child_process";
import { program } from "./command.ts";

const PSEUDO_TERMINAL = "script";

interface Terminal {
  readonly env: Readonly<Record<string, string>>;
  /** Typed once the program asks. */
  readonly typed?: string;
  /** Typed before the program asks. */
  readonly atOnce?: string;
  readonly columns?: number;
  /** What stands behind the command, for the shell: a redirection, a pipe. */
  readonly behind?: string;
}

/** Runs the program with the arguments as they are, in single quotes. Gives what came on the screen, and the exit code. */
export async function atTerminal(
  args: readonly string[],
  { env, typed = "", atOnce = "", columns = 100, behind = "" }: Terminal,
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn(PSEUDO_TERMINAL, ["-qec", `stty cols ${columns}; ${words} ${behind}`, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...env },
  });
  if (atOnce !== "") child.stdin.write(atOnce);
  let screen = "";
  let answered = false;
  const collect = (chunk: Buffer) => {
    screen += chunk;
    if (answered || !/(or no|or press Enter[^:]*): /.test(screen)) return;
    answered = true;
    child.stdin.write(typed);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, screen };
}

const ESCAPE = String.fromCharCode(27);

/** The same without colours and movements of the cursor. */
export function plain(screen: string): string {
  return screen.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z]`, "g"), "").replaceAll("\r\n", "\n");
}

export const red = `${ESCAPE}[31m`;
export const green = `${ESCAPE}[32m`;
