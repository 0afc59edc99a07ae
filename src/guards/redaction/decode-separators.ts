/** Texts with something between their characters: invisible characters, or the same separator after each. */
import { isInvisible } from "../../util/visible-text.ts";
import { allMarksDecoded, encoding, hexNumber, readBraces } from "./decode-marks.ts";
import {
  clear,
  type Decoded,
  decodedOf,
  GAP_BYTE,
  notePart,
  type Output,
  put,
  type Workspace,
} from "./decode-workspace.ts";

const BACKSLASH = 0x5c;

/** Backslashes before the `u` of one that is written: each JSON text around doubles them. */
const MAX_BACKSLASHES = 8;

/** All that an invisible character can begin with: control characters but NUL and white space, a backslash, and all but ASCII. */
const invisibleStarts = String.fromCharCode(
  ...Array.from({ length: 256 }, (_, byte) => byte).filter(
    (byte) => (byte > 0 && byte < 0x20 && ![0x09, 0x0a, 0x0d].includes(byte)) || byte >= 0x7f || byte === BACKSLASH,
  ),
);

const invisible = encoding(invisibleStarts, (bytes, at) => {
  if (bytes[at] === BACKSLASH) return writtenInvisible(bytes, at);
  return isInvisible(characterAt(bytes, at)) ? characterWidth(bytes[at] ?? 0) : 0;
});

/** The text without its invisible characters, raw or written as `\u{…}` or `\uXXXX`. Nothing if there are none. */
export function* invisibleDropped(space: Workspace, bytes: Uint8Array): Generator<Decoded> {
  if (hasOneOf(bytes, invisible.starts)) yield* allMarksDecoded(space, bytes, invisible);
}

function hasOneOf(bytes: Uint8Array, table: Uint8Array): boolean {
  // `bytes.some` takes three times as long.
  for (let at = 0; at < bytes.length; at += 1) if (table[bytes[at] ?? 0] === 1) return true;
  return false;
}

/** How many bytes an invisible character takes that is written with backslashes; 0 if none is. */
function writtenInvisible(bytes: Uint8Array, at: number): number {
  let last = at;
  while (bytes[last + 1] === BACKSLASH && last < at + MAX_BACKSLASHES) last += 1;
  const [point, length] = readBraces(bytes, last);
  if (length > 0) return isInvisible(point) ? last + length - at : 0;
  if (((bytes[last + 1] ?? 0) | 0x20) !== 0x75) return 0;
  const unit = hexNumber(bytes, last + 2, 4);
  return unit >= 0 && isInvisible(unit) ? last + 6 - at : 0;
}

/** The code point of the character at this place; U+FFFD for what is no UTF-8. */
function characterAt(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const width = characterWidth(first);
  if (width === 1) return first < 0x80 ? first : 0xfffd;
  let point = first & (0x7f >> width);
  for (let next = at + 1; next < at + width; next += 1) {
    const byte = bytes[next] ?? 0;
    if ((byte & 0xc0) !== 0x80) return 0xfffd;
    point = (point << 6) | (byte & 0x3f);
  }
  return point;
}

/** For each byte the bytes of a character that begins with it; 1 for what none begins with. */
const characterWidths = Uint8Array.from({ length: 256 }, (_, first) => {
  if (first < 0xc2 || first > 0xf4) return 1;
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
});

function characterWidth(first: number): number {
  return characterWidths[first] ?? 1;
}

/** Bytes of a separator at most: of `", "`, or of a character outside ASCII. */
const MAX_SEPARATOR_BYTES = 4;

/** A separator between each two of 8 characters. */
const MIN_SEPARATORS = 7;

/** Bytes of so many separators with a character behind each. */
const MIN_SEPARATED_BYTES = 2 * MIN_SEPARATORS;

/** For each byte 1 if it is a letter or digit of ASCII, and 0 if not. */
const isLetterOrDigit = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[a-z0-9]/i.test(String.fromCharCode(byte))),
);

/** The same for letters, digits and what a character of UTF-8 goes on with. */
const cannotSeparate = isLetterOrDigit.map((is, byte) => (is === 1 || (byte & 0xc0) === 0x80 ? 1 : 0));

/**
 * The parts of the text in which the same separator stands between single characters, without it. A NUL is one: ASCII is written
 * that way in UTF-16, and with three in UTF-32. Nothing if there are none.
 */
export function* separatorsDropped({ output }: Workspace, bytes: Uint8Array): Generator<Decoded> {
  clear(output);
  let looked = 0;
  for (let at = 0; at + MIN_SEPARATED_BYTES <= bytes.length; ) {
    // No separator is where two letters follow one another: the last two in reach tell up to where none can begin.
    let last = at + MIN_SEPARATED_BYTES - 1;
    while (last > looked && !(isLetterOrDigit[bytes[last] ?? 0] === 1 && isLetterOrDigit[bytes[last - 1] ?? 0] === 1))
      last -= 1;
    const areLetters = last > looked;
    looked = at + MIN_SEPARATED_BYTES - 1;
    if (areLetters) at = last;
    else at = cannotSeparate[bytes[at] ?? 0] === 1 ? at + 1 : copySeparated(output, bytes, at);
  }
  if (output.length > 0) yield decodedOf(output);
}

/** Copies the characters around the separators that begin at this place, if these are enough; gives where to go on. */
function copySeparated(output: Output, bytes: Uint8Array, at: number): number {
  // Outside ASCII one character separates.
  const only = characterWidth(bytes[at] ?? 0);
  for (let width = only; width <= (only > 1 ? only : MAX_SEPARATOR_BYTES); width += 1) {
    let separators = 1;
    let last = at;
    for (let next = following(bytes, last, width); next > 0; next = following(bytes, last, width)) {
      separators += 1;
      last = next;
    }
    if (separators < MIN_SEPARATORS) continue;
    let start = output.length;
    const first = characterBefore(bytes, at);
    put(output, GAP_BYTE);
    notePart(output, start, 0, first);
    for (let place = first; place < at; place += 1) put(output, bytes[place] ?? 0);
    for (let separator = at; separator <= last; ) {
      start = output.length;
      const from = separator + width;
      // Nothing stands for the separator.
      notePart(output, start, separator, from);
      const to = Math.min(bytes.length, from + characterWidth(bytes[from] ?? 0));
      for (let place = from; place < to; place += 1) put(output, bytes[place] ?? 0);
      separator = to;
    }
    return last + width;
  }
  return at + 1;
}

/** Where the separator at this place comes again after one character; 0 if it does not. */
function following(bytes: Uint8Array, at: number, width: number): number {
  const next = at + width + characterWidth(bytes[at + width] ?? 0);
  if (next + width > bytes.length) return 0;
  for (let offset = 0; offset < width; offset += 1) {
    const byte = bytes[next + offset] ?? 0;
    if (byte !== bytes[at + offset] || isLetterOrDigit[byte] === 1) return 0;
  }
  return next;
}

/** Where the character before this place begins. */
function characterBefore(bytes: Uint8Array, at: number): number {
  let first = Math.max(0, at - 1);
  while (first > 0 && at - first < 4 && ((bytes[first] ?? 0) & 0xc0) === 0x80) first -= 1;
  return first;
}
