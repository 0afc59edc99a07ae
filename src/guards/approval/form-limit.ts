/**
 * How much a form holds. Hosts show a form in a small box, and some cut what does not fit. A person who has to scroll far says
 * yes to what they have not read.
 */

/** Lines of a form, after long lines are broken. A pool with every kind of member fits in. */
export const MAX_FORM_LINES = 40;

/** Characters of a line: the width of a small window. */
export const FORM_COLUMNS = 80;

/** Whether a form shows the whole text. */
export function fitsForm(text: string): boolean {
  const lines = text.split("\n").map((line) => Math.max(1, Math.ceil(widthOf(line) / FORM_COLUMNS)));
  return lines.reduce((sum, rows) => sum + rows, 0) <= MAX_FORM_LINES;
}

/** Columns of a line: characters outside of ASCII may take two. */
export function widthOf(line: string): number {
  let width = 0;
  for (const character of line) width += character <= "~" ? 1 : 2;
  return width;
}
