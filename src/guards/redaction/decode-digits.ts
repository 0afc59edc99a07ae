/** Encodings that write bytes as digits of 4, 5 or 6 bits: hex, base32 and base64. */
import { type Decoded, GAP_BYTE, type Places, type Workspace, withPlaces } from "./decode-workspace.ts";

/** A part of a text that could be digits, with what stands between them: from its first byte up to, and without, its last. */
export interface Run {
  readonly from: number;
  readonly to: number;
}

/** Digits of the fewest that can hold eight bytes. */
const MIN_HEX_DIGITS = 16;
const MIN_BASE32_DIGITS = 13;
const MIN_BASE64_DIGITS = 11;

/** Bytes that may stand between two digits. */
const MAX_GAP_BYTES = 8;

const NO_DIGIT = 255;
const NO_SEPARATOR = -1;
const WHITE_SPACE = 0;
const NUL = 0;
const SPACE = 0x20;
const SMALL = 0x20;
const PAD = 0x3d;
const DIGIT_0 = 0x30;
const LETTER_X = 0x78;
const capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const letters = `${capitals}${capitals.toLowerCase()}`;

const hexDigits = digitsOf("0123456789abcdef", "0123456789ABCDEF");
const base64Digits = digitsOf(`${letters}0123456789+/`, `${letters}0123456789-_`);
const base32Alphabets = [`${capitals}234567`, `${capitals.toLowerCase()}234567`] as const;
const base32Digits = digitsOf(...base32Alphabets);
/** The same in one case only: text in both is hardly base32, and base64 and prose would be read eight times for nothing. */
const base32DigitsOfOneCase = base32Alphabets.map((alphabet) => digitsOf(alphabet));

/** For each byte its value as a digit. */
function digitsOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(256).fill(NO_DIGIT);
  for (const alphabet of alphabets) {
    for (const [value, digit] of [...alphabet].entries()) values[digit.charCodeAt(0)] = value;
  }
  return values;
}

/** For each byte 1 if it can separate digits: ASCII but letters and digits, and no NUL. */
const isSeparator = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(byte !== NUL && byte < 0x7f && !/[a-z0-9]/i.test(String.fromCharCode(byte))),
);

/** For each byte 1 if hex cannot go on across it. */
const endsHex = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(hexDigits[byte] === NO_DIGIT && isSeparator[byte] === 0 && (byte | SMALL) !== LETTER_X),
);

/** How digits of a width are read: their values, and how many of them can come before the first whole byte of what they hold. */
interface Digits {
  readonly width: 4 | 5 | 6;
  readonly values: Uint8Array;
  readonly alignments: number;
}

export const hex: Digits = { width: 4, values: hexDigits, alignments: 2 };
export const base32: Digits = { width: 5, values: base32Digits, alignments: 8 };
export const base64: Digits = { width: 6, values: base64Digits, alignments: 4 };

/** The words of a text that could be base64 by themselves. */
export function base64Runs(text: string): string[] {
  return text.match(/[\w+/-]{11,}/g) ?? [];
}

/** Where a text could be hex: with any separators between digits, and `0x` before some. */
export function hexRuns(bytes: Uint8Array): Run[] {
  const runs: Run[] = [];
  let looked = 0;
  for (let at = 0; at + MIN_HEX_DIGITS <= bytes.length; at += 1) {
    // No run goes on across a byte that ends all: the last one in reach tells up to where none can begin.
    let last = at + MIN_HEX_DIGITS - 1;
    while (last >= looked && endsHex[bytes[last] ?? 0] === 0) last -= 1;
    const isEnd = last >= looked;
    looked = at + MIN_HEX_DIGITS;
    if (isEnd) {
      at = last;
      continue;
    }
    if (!isHexDigit(bytes, at)) continue;
    const from = at;
    let digits = 1;
    for (let next = nextHexDigit(bytes, at); next > 0; next = nextHexDigit(bytes, at)) {
      digits += 1;
      at = next;
    }
    if (digits >= MIN_HEX_DIGITS) runs.push({ from, to: at + 1 });
  }
  return runs;
}

/** Where the digit after this one is, 0 if none belongs to it. */
function nextHexDigit(bytes: Uint8Array, at: number): number {
  let next = at + 1;
  const byte = bytes[next] ?? 0;
  if (hexDigits[byte] !== NO_DIGIT && byte !== DIGIT_0) return next;
  const end = next + MAX_GAP_BYTES;
  while (next < end && isSeparator[bytes[next] ?? 0] === 1) next += 1;
  // Without a separator only behind two digits that have a prefix too: other digits may end with a 0 before an x.
  if ((next > at + 1 || isPrefix(bytes, at - 3)) && isPrefix(bytes, next) && isHexDigit(bytes, next + 2)) next += 2;
  return isHexDigit(bytes, next) ? next : 0;
}

function isHexDigit(bytes: Uint8Array, at: number): boolean {
  return hexDigits[bytes[at] ?? 0] !== NO_DIGIT;
}

/** Whether `0x` stands at this place. */
function isPrefix(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === DIGIT_0 && ((bytes[at + 1] ?? 0) | SMALL) === LETTER_X;
}

const noWords: ReadonlySet<string> = new Set();

/** Where a text could be base64: in words but those in `plain`. */
export function base64RunsIn(bytes: Uint8Array, text: string, plain: ReadonlySet<string>): Run[] {
  const runs: Run[] = [];
  addRuns(runs, bytes, base64Digits, MIN_BASE64_DIGITS, { from: 0, to: bytes.length }, text, plain);
  return runs;
}

/** Where runs of base64 could be base32, whose digits are all digits of base64 too: in capital or in small letters. */
export function base32RunsIn(bytes: Uint8Array, text: string, base64Runs: readonly Run[]): Run[] {
  const runs: Run[] = [];
  for (const digits of base32DigitsOfOneCase)
    for (const run of base64Runs) addRuns(runs, bytes, digits, MIN_BASE32_DIGITS, run, text, noWords);
  return runs;
}

/**
 * Adds where there are enough digits and the text is none of the words in `plain`: words of digits, and words between which the same
 * separator stands at least twice in a row, or white space once. Where the separator changes, the end of a word is read again with the words behind it.
 */
function addRuns(
  runs: Run[],
  bytes: Uint8Array,
  values: Uint8Array,
  minDigits: number,
  { from, to }: Run,
  text: string,
  plain: ReadonlySet<string>,
): void {
  /** The words that are being joined: how many, where the first begins and ends, where the last does, and the digits in all. */
  let words = 0;
  let first = from;
  let firstEnd = from;
  let last = from;
  let lastEnd = from;
  let digits = 0;
  let separator = NO_SEPARATOR;
  const add = (start: number, end: number, count = end - start) => {
    if (count >= minDigits) runs.push({ from: start, to: end });
  };
  /** Adds the joined words and begins anew, with the last of them where others can follow it. */
  const close = (carry: boolean) => {
    const joined = words > 2 || (words === 2 && separator === WHITE_SPACE);
    if (joined) add(first, lastEnd, digits);
    else add(first, firstEnd);
    if (words === 2 && !joined && !carry) add(last, lastEnd);
    words = carry ? 1 : 0;
    // What was added needs no more of its last word than an end that is too short by itself.
    first = joined ? Math.max(last, lastEnd - minDigits + 1) : last;
    firstEnd = lastEnd;
    digits = lastEnd - first;
    separator = NO_SEPARATOR;
  };
  for (let at = from; at < to; ) {
    if (values[bytes[at] ?? 0] === NO_DIGIT) {
      at += 1;
      continue;
    }
    const word = at;
    while (at < to && values[bytes[at] ?? 0] !== NO_DIGIT) at += 1;
    const between = words === 0 ? NO_SEPARATOR : separatorIn(bytes, lastEnd, word);
    const isPlain = at - word >= minDigits && plain.size > 0 && plain.has(text.slice(word, at));
    if (words > 0 && (isPlain || between === NO_SEPARATOR)) close(false);
    else if (words > 1 && between !== separator) close(true);
    if (isPlain) continue;
    if (words === 0) {
      first = word;
      firstEnd = at;
      digits = 0;
    }
    separator = between;
    digits += at - word;
    last = word;
    lastEnd = at;
    words += 1;
  }
  if (words > 0) close(false);
}

/** A number for the separator between two words, in which white space does not count; NO_SEPARATOR if other things stand there. */
function separatorIn(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > MAX_GAP_BYTES) return NO_SEPARATOR;
  let number = WHITE_SPACE;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at] ?? 0;
    // Behind padding the digits begin anew.
    if (isSeparator[byte] === 0 || byte === PAD) return NO_SEPARATOR;
    if (byte > SPACE) number = (number * 31 + byte) & 0x7fffffff;
  }
  return number;
}

/** The bytes that the runs hold as digits, once for each place of the first whole byte. */
export function* digitsDecoded(
  { output, digits: values }: Workspace,
  bytes: Uint8Array,
  runs: readonly Run[],
  digits: Digits,
): Generator<Decoded> {
  if (runs.length === 0) return;
  const { width, alignments } = digits;
  /** For each run the one after the last of its digits, counted over all runs. */
  const ends: number[] = [];
  let count = 0;
  for (const run of runs) {
    for (let at = run.from; at < run.to; at = nextDigit(bytes, at, run, digits)) {
      values[count] = digits.values[bytes[at] ?? 0] ?? 0;
      count += 1;
    }
    ends.push(count);
  }
  for (let skipped = 0; skipped < alignments; skipped += 1) {
    const decoded = output.bytes;
    let length = 0;
    let start = 0;
    for (const end of ends) {
      let held = 0;
      let bits = 0;
      for (let at = start + skipped; at < end; at += 1) {
        held = ((held << width) | (values[at] ?? 0)) & 0xffff;
        bits += width;
        if (bits >= 8) {
          bits -= 8;
          decoded[length] = held >>> bits;
          length += 1;
        }
      }
      start = end;
      // No secret goes on from one run to the next: these can come in any order in a text that is itself a reading.
      decoded[length] = GAP_BYTE;
      length += 1;
    }
    yield withPlaces(decoded.subarray(0, length), () => placesOf(bytes, runs, digits, skipped, length));
  }
}

/** Where the digit after this one is; the end of the run if it is the last. */
function nextDigit(bytes: Uint8Array, at: number, { to }: Run, { width, values }: Digits): number {
  if (width === 4) return nextHexDigit(bytes, at) || to;
  let next = at + 1;
  while (next < to && values[bytes[next] ?? 0] === NO_DIGIT) next += 1;
  return next;
}

/** Where each of the decoded bytes stood. */
function placesOf(bytes: Uint8Array, runs: readonly Run[], digits: Digits, skipped: number, length: number): Places {
  const from = new Int32Array(length);
  const to = new Int32Array(length);
  let done = 0;
  for (const run of runs) {
    const places: number[] = [];
    for (let at = run.from; at < run.to; at = nextDigit(bytes, at, run, digits)) places.push(at);
    const whole = Math.max(0, Math.floor(((places.length - skipped) * digits.width) / 8));
    for (let byte = 0; byte < whole; byte += 1, done += 1) {
      from[done] = places[skipped + Math.floor((byte * 8) / digits.width)] ?? 0;
      to[done] = (places[skipped + Math.floor((byte * 8 + 7) / digits.width)] ?? 0) + 1;
    }
    // Padding goes with the last byte.
    if (whole > 0 && digits.width !== 4) for (let end = run.to; bytes[end] === PAD; end += 1) to[done - 1] = end + 1;
    // The byte between runs.
    done += 1;
  }
  return { from, to };
}
