/** Makes untrusted text safe to read: escapes characters that are invisible or that move other text. */

const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts contain only printable ASCII. This check is much faster than the one above. */
const plain = /^[ -~]*$/;

/** The maximum length of a name in `quote`. */
const MAX_QUOTED = 128;

/** The text with every control, invisible, private or unpaired character written as `\u{…}`. */
export function escapeInvisible(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(invisible, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** A name for use in a sentence: in double quotes, with invisible characters escaped, and truncated to 128 characters. */
export function quote(text: string): string {
  const characters = [...text];
  const cut = characters.length > MAX_QUOTED ? `${characters.slice(0, MAX_QUOTED).join("")}…` : text;
  return JSON.stringify(escapeInvisible(cut));
}
