/** Truncates and wraps lines to the width of a terminal. */
import type { Screen } from "./plan-display.ts";

/** The width of a terminal that does not report it. */
const DEFAULT_COLUMNS = 80;

/** The width of the screen; infinite if it is not a terminal. */
export function widthOf(screen: Screen): number {
  if (screen.isTTY !== true) return Number.POSITIVE_INFINITY;
  return screen.columns || DEFAULT_COLUMNS;
}

export function truncateLine(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Wraps the text between words to lines of at most `width` columns. A longer word is not split. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
