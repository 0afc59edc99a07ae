/** The result of a check, and its display on a terminal. */
import { systemCode } from "../../util/system-error.ts";
import { isUserError } from "../../util/user-error.ts";
import { isolateWords } from "../../util/visible-text.ts";
import { type Screen, styled } from "../terminal/plan-display.ts";
import { widthOf, wrap } from "../terminal/wrap.ts";

export interface Finding {
  /** `problem`: something does not work. `note`: something to know. */
  readonly mark: "ok" | "note" | "problem";
  readonly about: string;
  readonly says: string;
  /** What to do about it. */
  readonly next?: string | undefined;
}

/** The finding for an error with which the server does not start. */
export function startProblem(about: string, error: unknown): Finding {
  if (!isUserError(error)) {
    const code = systemCode(error);
    const says = code === undefined ? "It cannot be used." : `It cannot be used (${code}).`;
    return { mark: "problem", about, says, next: `Correct it. ${UNTIL_THEN}` };
  }
  const { problem: says, hint } = error;
  const next = /[.?]$/.test(hint)
    ? `${hint} ${UNTIL_THEN}`
    : `The server does not start until you correct this. ${hint}`.trim();
  return { mark: "problem", about, says, next };
}

const UNTIL_THEN = "The server does not start until you do.";

const colours = { ok: "green", note: "yellow", problem: "red" } as const;

/** The width of the columns with the mark and the subject. */
const MARK_WIDTH = 9;
const SUBJECT_WIDTH = 16;

/** If fewer columns remain for the text, it is shown below the subject. */
const MIN_TEXT_WIDTH = 30;

export function showFinding({ mark, about, says, next }: Finding, screen: Screen): void {
  const width = widthOf(screen);
  const below = width - MARK_WIDTH - SUBJECT_WIDTH < MIN_TEXT_WIDTH;
  const indent = below ? 2 : MARK_WIDTH + SUBJECT_WIDTH;
  const wrapped = (text: string, columns: number) => wrap(isolateWords(text), columns);
  const lines = [
    ...wrapped(says, width - indent),
    ...(next === undefined ? [] : hanging(wrapped(next, width - indent - 2))),
  ];
  const head = `${styled(colours[mark], mark, screen)}${" ".repeat(MARK_WIDTH - mark.length)}${styled("bold", about, screen)}`;
  const [first = "", ...others] = lines;
  screen.write(`${head}${below ? "\n  " : " ".repeat(SUBJECT_WIDTH - about.length)}${first}\n`);
  for (const line of others) screen.write(`${" ".repeat(indent)}${line}\n`);
}

function hanging(lines: readonly string[]): string[] {
  return lines.map((line, index) => `${index === 0 ? "→" : " "} ${line}`);
}
