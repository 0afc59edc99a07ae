/** Lines for people, cut and broken to the width of their terminal. */
import type { Screen } from "./plan-display.ts";

/** Columns of a terminal that does not say how many it has. */
const DEFAULT_COLUMNS = 80;

/** Columns that the screen has; as many as are wanted where it is no terminal. */
export function widthOf(screen: Screen): number {
  if (screen.isTTY !== true) return Number.POSITIVE_INFINITY;
  return screen.columns || DEFAULT_COLUMNS;
}

export function truncateLine(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** The text in lines of at most `width` columns, broken between words; a longer word stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
