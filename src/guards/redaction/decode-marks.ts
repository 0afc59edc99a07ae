/** Encodings that write a character as a mark, such as a backslash or `%`, with its number or name behind it. */
import {
  clear,
  copy,
  type Decoded,
  decodedOf,
  GAP_BYTE,
  notePart,
  OMITTED_BYTE,
  type Output,
  put,
  putCharacter,
  type Workspace,
} from "./decode-workspace.ts";
import { htmlEntities, MAX_ENTITY_NAME, unterminatedEntities } from "./html-entities.ts";

/** How many marks of an encoding are tried as none, and how many characters are looked at behind each. */
const MAX_LITERAL_MARKS = 32;
const LOOKAHEAD_CHARACTERS = 128;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;
const SHARP = 0x23;
const PLUS = 0x2b;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const SEMICOLON = 0x3b;
const LETTER_U = 0x75;
const LETTER_X = 0x78;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** What sets the small letters of ASCII apart from the capital ones. */
const SMALL = 0x20;

/** Digits that a character by its number can have, with zeros before it. */
const MAX_NUMBER_DIGITS = 10;

/** Adds to the output what the mark at this place stands for; gives how many bytes the mark takes, 0 where there is none. */
type ReadMark = (bytes: Uint8Array, at: number, output: Output) => number;

export interface Encoding {
  /** For each byte 1 if a mark can begin with it, and 0 if not. */
  readonly starts: Uint8Array;
  readonly read: ReadMark;
}

/** An encoding whose marks begin with one of the characters of `starts`. */
export function encoding(starts: string, read: ReadMark): Encoding {
  const table = new Uint8Array(256);
  for (const start of starts) table[start.charCodeAt(0)] = 1;
  return { starts: table, read };
}

/**
 * The whole text with all of its marks read; and the text behind each of the first marks, since a `%` or a backslash may be none:
 * it can stand before a text that begins as the mark would go on. Nothing if there is no mark.
 */
export function* marksDecoded(space: Workspace, bytes: Uint8Array, marks: Encoding): Generator<Decoded> {
  const { output } = space;
  clear(output);
  const literal = readMarks(output, bytes, 0, bytes.length, marks);
  if (output.length === 0) return;
  yield decodedOf(output);
  // In texts behind marks no others are tried as none: they would multiply.
  if (literal.length === 0 || bytes.includes(GAP_BYTE)) return;
  clear(output);
  for (const mark of literal) {
    const start = output.length;
    put(output, GAP_BYTE);
    notePart(output, start, 0, mark + 1);
    readMarks(output, bytes, mark + 1, Math.min(bytes.length, mark + 1 + LOOKAHEAD_CHARACTERS), marks);
  }
  yield decodedOf(output);
}

/** The whole text with all of its marks read. Nothing if there is no mark. */
export function* allMarksDecoded({ output }: Workspace, bytes: Uint8Array, marks: Encoding): Generator<Decoded> {
  clear(output);
  readMarks(output, bytes, 0, bytes.length, marks);
  if (output.length > 0) yield decodedOf(output);
}

/**
 * Bytes before and behind a mark that are read with it: enough for a run of a secret around it, if each byte of that takes up to
 * 48 characters. What is farther from every mark is left out: it is the same in the text itself, which is looked through too.
 */
const SURROUNDING_BYTES = 192;

/** Copies the marks, read, and what surrounds them; gives the places of the first of more than one byte. Nothing if there are none. */
function readMarks(output: Output, bytes: Uint8Array, from: number, to: number, { starts, read }: Encoding): number[] {
  const places: number[] = [];
  let isFirst = true;
  let done = from;
  for (let at = from; at < to; ) {
    if (starts[bytes[at] ?? 0] !== 1) {
      at += 1;
      continue;
    }
    // What stands before the mark is copied when it is known to be one.
    const before = output.length;
    const head = isFirst ? 0 : SURROUNDING_BYTES;
    const omits = at - done > head + SURROUNDING_BYTES;
    output.length += omits ? head + 1 + SURROUNDING_BYTES : at - done;
    const start = output.length;
    const taken = read(bytes, at, output);
    const end = output.length;
    output.length = before;
    if (taken === 0) {
      at += 1;
      continue;
    }
    if (omits) {
      copy(output, bytes, done, done + head);
      put(output, OMITTED_BYTE);
      notePart(output, before + head, done + head, at - SURROUNDING_BYTES);
      copy(output, bytes, at - SURROUNDING_BYTES, at);
    } else copy(output, bytes, done, at);
    output.length = end;
    notePart(output, start, at, at + taken);
    if (taken > 1 && places.length < MAX_LITERAL_MARKS) places.push(at);
    isFirst = false;
    at += taken;
    done = at;
  }
  if (!isFirst) copy(output, bytes, done, Math.min(to, done + SURROUNDING_BYTES));
  return places;
}

/** What is written with a percent sign: a byte, or, by an older convention, a UTF-16 unit as `%uXXXX`. */
export const percentSigns = encoding("%", readPercent);

/** The same in HTML forms, where a `+` is a space. */
export const formEncoding = encoding("%+", (bytes, at, output) => {
  if (bytes[at] !== PLUS) return readPercent(bytes, at, output);
  put(output, SPACE);
  return 1;
});

function readPercent(bytes: Uint8Array, at: number, output: Output): number {
  return readByte(bytes, at, output) || readUnits(bytes, at, output);
}

/** Quoted-printable: bytes, and ends of lines that mean nothing. */
export const quotedPrintable = encoding("=", (bytes, at, output) => readByte(bytes, at, output) || lineEnd(bytes, at));

/** Escapes of JSON, of JavaScript and other languages, and ours (`escapeInvisible`). */
export const escapes = encoding("\\", readEscape);

/** Those of `escapeInvisible` alone: they may come after a backslash of the text itself. */
export const ownEscapes = encoding("\\", (bytes, at, output) => {
  const [point, length] = readBraces(bytes, at);
  if (length > 0) putCharacter(output, point);
  return length;
});

const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

/** For each letter behind a backslash what both stand for; 0 for what is no letter. */
const letterMeanings = Uint8Array.from({ length: 256 }, (_, byte) => {
  const letter = String.fromCharCode(byte);
  return letter >= " " && letter <= "~" ? (LETTERS[letter] ?? letter).charCodeAt(0) : 0;
});

function readEscape(bytes: Uint8Array, at: number, output: Output): number {
  const letter = bytes[at + 1] ?? 0;
  if ((letter | SMALL) === LETTER_U) {
    const taken = ownEscapes.read(bytes, at, output) || readUnits(bytes, at, output);
    if (taken > 0) return taken;
  }
  if ((letter | SMALL) === LETTER_X) {
    const point = hexNumber(bytes, at + 2, 2);
    if (point >= 0) {
      putCharacter(output, point);
      return 4;
    }
  }
  const octal = octalByte(bytes, at + 1);
  if (octal >= 0) {
    put(output, octal);
    return 4;
  }
  if (letter < SPACE || letter > 0x7e) return lineEnd(bytes, at);
  put(output, letterMeanings[letter] ?? 0);
  return 2;
}

/** Characters of HTML by their number or name. */
export const entities = encoding("&", (bytes, at, output) => {
  const [point, length] = bytes[at + 1] === SHARP ? numberedEntity(bytes, at) : namedEntity(bytes, at);
  if (length > 0) putCharacter(output, point);
  return length;
});

type Character = readonly [point: number, length: number];
const NO_CHARACTER: Character = [0, 0];

function numberedEntity(bytes: Uint8Array, at: number): Character {
  const isHex = ((bytes[at + 2] ?? 0) | SMALL) === LETTER_X;
  const first = at + (isHex ? 3 : 2);
  let end = first;
  let point = 0;
  for (; end < first + MAX_NUMBER_DIGITS; end += 1) {
    const digit = digitValue(bytes[end] ?? 0);
    if (digit < 0 || (!isHex && digit > 9)) break;
    point = point * (isHex ? 16 : 10) + digit;
  }
  if (end === first) return NO_CHARACTER;
  return [point, end + (bytes[end] === SEMICOLON ? 1 : 0) - at];
}

function namedEntity(bytes: Uint8Array, at: number): Character {
  let name = "";
  for (let end = at + 1; name.length <= MAX_ENTITY_NAME; end += 1) {
    const byte = bytes[end] ?? 0;
    if (byte === SEMICOLON) {
      const point = htmlEntities.get(name);
      if (point !== undefined) return [point, end + 1 - at];
    }
    if ((byte | SMALL) < 0x61 || (byte | SMALL) > 0x7a) break;
    name += String.fromCharCode(byte);
  }
  const known = unterminatedEntities.find((begin) => name.startsWith(begin));
  return known === undefined ? NO_CHARACTER : [htmlEntities.get(known) ?? 0, known.length + 1];
}

/** A mark and two hexadecimal digits. */
function readByte(bytes: Uint8Array, at: number, output: Output): number {
  const byte = hexNumber(bytes, at + 1, 2);
  if (byte < 0) return 0;
  put(output, byte);
  return 3;
}

/** A mark, a `u` and four hexadecimal digits: a UTF-16 unit. A pair of surrogates is one character. */
function readUnits(bytes: Uint8Array, at: number, output: Output): number {
  if (((bytes[at + 1] ?? 0) | SMALL) !== LETTER_U) return 0;
  const unit = hexNumber(bytes, at + 2, 4);
  if (unit < 0) return 0;
  if (unit >= 0xd800 && unit < 0xdc00 && bytes[at + 6] === bytes[at] && ((bytes[at + 7] ?? 0) | SMALL) === LETTER_U) {
    const low = hexNumber(bytes, at + 8, 4);
    if (low >= 0xdc00 && low < 0xe000) {
      putCharacter(output, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00));
      return 12;
    }
  }
  putCharacter(output, unit);
  return 6;
}

/** The character that is written as `\u{…}`, and the length of that. */
export function readBraces(bytes: Uint8Array, at: number): Character {
  if (((bytes[at + 1] ?? 0) | SMALL) !== LETTER_U || bytes[at + 2] !== OPENING_BRACE) return NO_CHARACTER;
  let point = 0;
  for (let end = at + 3; end < at + 3 + MAX_NUMBER_DIGITS; end += 1) {
    if (bytes[end] === CLOSING_BRACE) return end === at + 3 ? NO_CHARACTER : [point, end + 1 - at];
    const digit = digitValue(bytes[end] ?? 0);
    if (digit < 0) return NO_CHARACTER;
    point = point * 16 + digit;
  }
  return NO_CHARACTER;
}

/** The length of a mark with the end of a line behind it, 0 if there is none. */
function lineEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at + 1] === LINE_FEED) return 2;
  return bytes[at + 1] === CARRIAGE_RETURN ? (bytes[at + 2] === LINE_FEED ? 3 : 2) : 0;
}

/** The number that so many hexadecimal digits write, -1 if these are not all digits. */
export function hexNumber(bytes: Uint8Array, at: number, digits: number): number {
  let number = 0;
  for (let end = at; end < at + digits; end += 1) {
    const digit = digitValue(bytes[end] ?? 0);
    if (digit < 0) return -1;
    number = number * 16 + digit;
  }
  return number;
}

/** The byte that three octal digits write, -1 if these are none or more than a byte. */
function octalByte(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let end = at; end < at + 3; end += 1) {
    const digit = (bytes[end] ?? 0) - DIGIT_0;
    if (digit < 0 || digit > 7) return -1;
    number = number * 8 + digit;
  }
  return number < 256 ? number : -1;
}

function digitValue(byte: number): number {
  if (byte >= DIGIT_0 && byte <= DIGIT_9) return byte - DIGIT_0;
  const letter = byte | SMALL;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
