/** A plan as a person at a terminal sees it, and their answer. */
import { createInterface } from "node:readline/promises";
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { ApprovalQuestion } from "../../guards/approval/confirm.ts";
import { quote } from "../../util/visible-text.ts";

/** Where something is shown: a terminal, or whatever stands in its place. */
export type Screen = Pick<WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns" | "hasColors">>;

/** Whether a person can be asked: an answer is read from a terminal and from nothing else. */
export function canPrompt(screen: Screen): boolean {
  return process.stdin.isTTY === true && screen.isTTY === true;
}

export function showPlan(text: string, screen: Screen): void {
  for (const line of text.split("\n")) screen.write(`${colour(line, screen)}\n`);
}

/** What the person types; undefined when they leave without an answer, or when `signal` says that it is too late. */
export async function askPerson(
  confirmation: ApprovalQuestion["confirmation"],
  screen: WriteStream,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const prompt =
    confirmation.by === "choice"
      ? "Approve? Type yes or no: "
      : `Type ${styled("bold", quote(confirmation.expected), screen)} to approve: `;
  const terminal = createInterface({ input: process.stdin, output: screen });
  // Ctrl+D and Ctrl+C close it, and leave its question open for good.
  const left = new Promise<undefined>((resolve) => terminal.once("close", () => resolve(undefined)));
  const late = () => terminal.close();
  signal?.addEventListener("abort", late);
  try {
    const said = await Promise.race([terminal.question(prompt).catch(() => undefined), left]);
    if (said === undefined) screen.write("\n");
    return said;
  } finally {
    signal?.removeEventListener("abort", late);
    terminal.close();
  }
}

/** What goes is red, what comes is green, what changes is yellow. */
function colour(line: string, screen: Screen): string {
  if (/^( {2})?- /.test(line)) return styled("red", line, screen);
  if (/^( {2})?\+ /.test(line)) return styled("green", line, screen);
  return line.startsWith("~ ") ? styled("yellow", line, screen) : line;
}

/** In colour where this screen, and not stdout of all, has some, and the person wants them: NO_COLOR and a dumb terminal are heard. */
export function styled(style: Parameters<typeof styleText>[0], text: string, screen: Screen): string {
  return screen.isTTY === true && screen.hasColors?.() === true
    ? styleText(style, text, { validateStream: false })
    : text;
}
