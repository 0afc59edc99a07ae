/** Patterns of IAM policies: text in which `*` stands for any characters and `?` for one. */

const ANY = Symbol("*");
const ONE = Symbol("?");

/** Characters, and places for characters that are not given. */
export type Pattern = readonly (string | typeof ANY | typeof ONE)[];

/** A text in which `*` and `?` are themselves. */
export function literal(text: string): Pattern {
  return Array.from(text);
}

/** A text in which `*` and `?` are wildcards. */
export function withWildcards(text: string): Pattern {
  return Array.from(text, (character) => (character === "*" ? ANY : character === "?" ? ONE : character));
}

/** Whether the pattern matches all of the text. The time is at most the product of both lengths. */
export function matches(pattern: Pattern, text: string): boolean {
  const characters = Array.from(text);
  let at = 0;
  let read = 0;
  /** After the last `*`: where the pattern goes on, and how far that `*` reaches. */
  let retry: { readonly at: number; read: number } | undefined;
  while (read < characters.length) {
    const part = pattern[at];
    if (part === ANY) {
      at += 1;
      retry = { at, read };
    } else if (part === ONE || (part !== undefined && part === characters[read])) {
      at += 1;
      read += 1;
    } else if (retry) {
      retry.read += 1;
      ({ at, read } = retry);
    } else return false;
  }
  return pattern.slice(at).every((part) => part === ANY);
}

/** The parts of a pattern between its first `count - 1` colons; the last part has the rest. Undefined if there are fewer. */
export function splitAtColons(pattern: Pattern, count: number): Pattern[] | undefined {
  const parts: Pattern[] = [];
  let from = 0;
  while (parts.length < count - 1) {
    const colon = pattern.indexOf(":", from);
    if (colon < 0) return undefined;
    parts.push(pattern.slice(from, colon));
    from = colon + 1;
  }
  return [...parts, pattern.slice(from)];
}

/** The text with letters of either case made equal, to compare it where case does not count. */
export function foldCase(pattern: Pattern): Pattern {
  return pattern.map((part) => (typeof part === "string" ? part.toLowerCase() : part));
}
