/** Shows a plan at a terminal and reads the person's answer. */
import type { WriteStream } from "node:tty";
import { styleText } from "node:util";
import type { ApprovalQuestion } from "../../guards/approval/question.ts";
import { quote } from "../../util/visible-text.ts";
import { readLine, type Typed } from "./read-line.ts";

/** An output for people: a terminal, or a file or pipe. */
export type Screen = Pick<WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns" | "hasColors">>;

/** Whether a person can be asked: an answer is read only from a terminal. */
export function canPrompt(screen: Screen): boolean {
  return process.stdin.isTTY === true && screen.isTTY === true;
}

export function showPlan(text: string, screen: Screen): void {
  for (const line of text.split("\n")) screen.write(`${colour(line, screen)}\n`);
}

/** What the person types as their decision. */
export async function askPerson(
  confirmation: ApprovalQuestion["confirmation"],
  screen: WriteStream,
  signal?: AbortSignal,
): Promise<Typed> {
  const prompt =
    confirmation.by === "choice"
      ? "Approve? Type yes or no: "
      : `Type ${styled("bold", quote(confirmation.expected), screen)} to approve, or no: `;
  return await readLine(prompt, screen, signal);
}

/** Removed lines are red, added lines green, changed lines yellow. */
function colour(line: string, screen: Screen): string {
  if (/^( {2})?- /.test(line)) return styled("red", line, screen);
  if (/^( {2})?\+ /.test(line)) return styled("green", line, screen);
  return line.startsWith("~ ") ? styled("yellow", line, screen) : line;
}

/** Styles the text if this screen supports colours, which respects NO_COLOR and dumb terminals. `styleText` itself would check stdout. */
export function styled(style: Parameters<typeof styleText>[0], text: string, screen: Screen): string {
  return screen.isTTY === true && screen.hasColors?.() === true
    ? styleText(style, text, { validateStream: false })
    : text;
}
