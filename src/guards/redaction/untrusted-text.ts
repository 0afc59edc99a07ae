/** Whatever an identity pool's owner or user may have typed is data: it is shown whole, visibly, and never obeyed. */
import { Secret } from "./secret.ts";

const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Most texts hold no other characters, and this is a far smaller question than the one above. */
const plain = /^[ -~]*$/;

/** Characters of a name that a plan shows. */
const LONGEST_QUOTE = 128;

/** The text with every control, invisible, private or unpaired character written as `\u{…}`. */
export function visible(text: string): string {
  if (plain.test(text)) return text;
  return text.replace(unseen, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** The same for every string and key inside `value`, and for what stands in a Secret's place. */
export function visibleThroughout(value: unknown): unknown {
  if (typeof value === "string") return visible(value);
  if (Array.isArray(value)) return value.map(visibleThroughout);
  if (value instanceof Secret) return visible(value.shown);
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [visible(key), visibleThroughout(entry)]));
  return value;
}

/** A name for use inside a sentence of ours: in quotes, visible, and cut at 128 characters. */
export function quote(text: string): string {
  const characters = [...text];
  const cut = characters.length > LONGEST_QUOTE ? `${characters.slice(0, LONGEST_QUOTE).join("")}…` : text;
  return JSON.stringify(visible(cut));
}
