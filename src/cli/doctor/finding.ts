/** The result of a check, and its display on a terminal. */
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

const colours = { ok: "green", note: "yellow", problem: "red" } as const;

/** The width of the columns with the mark and the subject. */
const MARK_WIDTH = 9;
const SUBJECT_WIDTH = 13;

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
