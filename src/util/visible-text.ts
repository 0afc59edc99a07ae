/** Makes untrusted text safe to read: escapes characters that are invisible or that move other text. */

/**
 * What cannot be seen: characters of categories and properties of Unicode that are never drawn, all spaces but U+0020, and characters
 * of other categories that most fonts draw as nothing or as a space.
 */
const invisible =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000\u2800\u2d7f\ufffc\u{1107f}\u{13441}\u{13442}\u{16fe4}\u{1d159}]/gu;

/** Most texts contain only printable ASCII. This check is much faster than the one above. */
const plain = /^[ -~]*$/;

/** What ids, ARNs, hosts and names of members consist of: it needs no quotes to be told from the text around it. */
const token = /^[\w.:/@+=*-]+$/;

/** Ids with commas between them, or an id and one other token. */
const ids = /^[\w.:/@+=*-]+(?:(?:, [\w-]+:[-\da-f]+)*| [\w.:/@+=*-]+)$/;

/** A letter or digit outside of ASCII. */
const foreign = /[^\P{L}A-Za-z]|[^\P{N}0-9]/u;

/** Characters of a text that `quoteShort` shows. */
const MAX_QUOTED = 128;

/** FIRST STRONG ISOLATE and POP DIRECTIONAL ISOLATE (https://www.unicode.org/reports/tr9/). */
const ISOLATE = "\u2068";
const END_ISOLATE = "\u2069";

/**
 * The text with every control, invisible, private or unpaired character written as `\u{…}`. So is every space but U+0020, also in answers
 * to a model, though such spaces are common in French and Japanese: a model and a person must read the same, and two names
 * that differ in such a character only must look different.
 */
export function escapeInvisible(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `escapeInvisible`, cut to at most `length` characters (UTF-16 units): never within an escape, and with `…` at the end if it was cut. */
export function escapeAndCut(text: string, length: number): string {
  const escaped = escapeInvisible(text);
  if (escaped.length <= length) return escaped;
  const kept = escaped.slice(0, length - 1).replace(/\\u\{[\da-f]*$|\\u?$|[\ud800-\udbff]$/, "");
  return `${kept}…`;
}

/** What is known of each code point: 0 nothing yet, 1 it can be seen, 2 it cannot. */
const visibility = new Uint8Array(0x110000);

/** Whether `escapeInvisible` writes the character of this code point as `\u{…}`. */
export function isInvisible(point: number): boolean {
  if (point > 0x10ffff) return false;
  if (visibility[point] === 0) visibility[point] = String.fromCodePoint(point).search(invisible) < 0 ? 1 : 2;
  return visibility[point] === 2;
}

/**
 * The text whole, as a JSON string on one line, with invisible characters escaped. The backslashes of the text are escaped
 * first, so two different texts never look the same.
 */
export function quote(text: string): string {
  return escapeInvisible(JSON.stringify(text));
}

/** The same, cut at 128 characters: for lists and messages, and never for what a person approves. */
export function quoteShort(text: string): string {
  const characters = [...text];
  return quote(characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED).join("")}…` : text);
}

/** A name or a path as it is, if it consists of the characters of ids; any other text in quotes. */
export function quoteUnlessToken(text: string): string {
  return token.test(text) ? text : quote(text);
}

/** The id of a plan's target, which may be several ids or an id and a name, as it is; any other text in quotes. */
export function quoteUnlessIds(text: string): string {
  return ids.test(text) ? text : quote(text);
}

/**
 * Isolates a text for a person: right-to-left characters in it do not reorder the text around it. Text of printable ASCII has no
 * such characters and stays as it is, for terminals that show the isolates. A character in the text that is invisible is escaped,
 * so the text cannot end its isolate.
 */
export function isolate(text: string): string {
  return plain.test(text) ? text : `${ISOLATE}${escapeInvisible(text)}${END_ISOLATE}`;
}

/** A sentence or JSON text for a person: each string in double quotes is isolated by itself. */
export function isolateQuoted(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(/"(?:[^"\\]|\\.)*"/gu, isolate);
}

/** A message for a person: each word in which there is a letter or digit outside of ASCII is isolated by itself. */
export function isolateWords(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(/\S+/gu, (word) => (foreign.test(word) ? isolate(word) : word));
}

/** What a person typed, without the isolates and other direction marks that a copied text brings along. */
export function withoutDirectionMarks(text: string): string {
  return text.replace(/[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, "");
}
