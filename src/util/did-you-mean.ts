/** The name that is most similar to `typed`; of equally similar names, the shortest. Undefined if none is similar. */
function nearest(typed: string, names: readonly string[]): string | undefined {
  const word = typed.toLowerCase();
  const ending = names.filter((name) => endsWith(name, typed));
  if (ending.length === 1) return ending[0];
  const most = Math.max(1, Math.floor(word.length / 3));
  const [best] = names
    .map((name) => ({ name, far: beginsWith(name.toLowerCase(), word) ? 1 : distance(word, name.toLowerCase(), most) }))
    .filter(({ far }) => far <= most)
    .sort((one, other) => one.far - other.far || one.name.length - other.name.length);
  return best?.name;
}

/** Whether the letters of a name end with those that were typed, as IdentityPoolId does with pool_id. */
function endsWith(name: string, typed: string): boolean {
  const [whole, end] = [name, typed].map((text) => text.toLowerCase().replace(/[^a-z\d]/g, ""));
  return whole !== undefined && end !== undefined && end.length > 3 && whole.endsWith(end);
}

/** Whether `word` is the beginning of the name. */
function beginsWith(name: string, word: string): boolean {
  return word.length > 2 && word.length < name.length && name.startsWith(word);
}

/** A suggestion with the most similar name, preceded by a space. Empty if no name is similar. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const name = nearest(typed, names);
  return name === undefined ? "" : ` Did you mean ${name}?`;
}

/** The number of inserted, removed, replaced or swapped letters between two words. Not exact above `most`. */
function distance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let row = 1; row <= one.length; row += 1) {
    const next = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const same = one[row - 1] === other[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      next[column] = Math.min(
        (last[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + same,
        swapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    before = last;
    last = next;
  }
  return last[other.length] ?? most + 1;
}
