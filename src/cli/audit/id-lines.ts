/** Lines of the file that lists the identities of a batch, as records name them. */

/** The lines that `1-60,62` stands for; none for what this program does not write. */
export function linesIn(text = ""): number[] {
  return text.split(",").flatMap((part) => {
    const [, first, last = first] = /^(\d{1,7})(?:-(\d{1,7}))?$/.exec(part) ?? [];
    const [from, to] = [Number(first), Number(last)];
    return from > 0 && to >= from ? Array.from({ length: to - from + 1 }, (_, index) => from + index) : [];
  });
}
