/** Text that somebody else wrote, made safe to read: nothing in it is invisible or moves other text. */

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts hold printable ASCII only, and this check is far quicker than the one above. */
const plain = /^[ -~]*$/;

/** Characters of a name that `quote` shows. */
const MAX_QUOTED = 128;

/** The text with every control, invisible, private or unpaired character written as `\u{…}`. */
export function escapeInvisible(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** What is known of each code point: 0 nothing yet, 1 it can be seen, 2 it cannot. */
const visibility = new Uint8Array(0x110000);

/** Whether `escapeInvisible` writes the character of this code point as `\u{…}`. */
export function isInvisible(point: number): boolean {
  if (point > 0x10ffff) return false;
  if (visibility[point] === 0) visibility[point] = String.fromCodePoint(point).search(invisible) < 0 ? 1 : 2;
  return visibility[point] === 2;
}

/** A name for use inside a sentence: in double quotes, with invisible characters escaped, and cut at 128 characters. */
export function quote(text: string): string {
  const characters = [...text];
  const cut = characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED).join("")}…` : text;
  return JSON.stringify(escapeInvisible(cut));
}
