/** The built program on a pseudo-terminal of util-linux's `script`. */
import { spawn } from "node:child_process";
import { onlyIn, program } from "./command.ts";

const PSEUDO_TERMINAL = "script";

/** So long after a prompt a person types, in milliseconds. What comes sooner is discarded. */
export const READING_MS = 450;

interface Terminal {
  readonly env: Readonly<Record<string, string>>;
  /** Typed once the program asks. */
  readonly typed?: string;
  /** Typed at its next questions, one at each. */
  readonly typedLater?: readonly string[];
  /** Done when the program asks, before anything is typed. */
  readonly onPrompt?: () => unknown;
  /** Typed the moment that the program asks. */
  readonly tooSoon?: string;
  /** Typed before the program asks. */
  readonly atOnce?: string;
  readonly columns?: number;
  /** What stands behind the command, for the shell: a redirection, a pipe. */
  readonly behind?: string;
}

/** Runs the program with the arguments as they are, in single quotes. Gives what came on the screen, and the exit code. */
export async function atTerminal(
  args: readonly string[],
  { env, typed = "", typedLater = [], onPrompt, tooSoon = "", atOnce = "", columns = 100, behind = "" }: Terminal,
): Promise<{ code: number | null; screen: string }> {
  const words = [process.execPath, program, ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn(PSEUDO_TERMINAL, ["-qec", `stty cols ${columns}; ${words} ${behind}`, "/dev/null"], {
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...onlyIn(env) },
  });
  if (atOnce !== "") child.stdin.write(atOnce);
  let screen = "";
  let answered = 0;
  const lines = [typed, ...typedLater];
  const collect = (chunk: Buffer) => {
    screen += chunk;
    const asked = screen.match(/(or no|or press Enter[^:]*): /g)?.length ?? 0;
    for (; answered < asked; answered += 1) {
      if (answered === 0) {
        child.stdin.write(tooSoon);
        onPrompt?.();
      }
      const line = lines[answered];
      if (line !== undefined) setTimeout(() => child.stdin.write(line), READING_MS);
    }
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
