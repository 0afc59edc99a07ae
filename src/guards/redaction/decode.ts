/** Bytes that were written in an encoding, and where in the encoded bytes each of them stood. Good until the next reading. */
export interface Decoded {
  readonly bytes: Uint8Array;
  /** For each byte, the first of the encoded bytes that hold it. */
  readonly from: Int32Array;
  /** For each byte, the one after the last of the encoded bytes that hold it. */
  readonly to: Int32Array;
}

/**
 * Every reading of text that could be encoded, wholly or in parts: escapes of JSON and of ours, percent signs, hex, and base64 of
 * either alphabet at each alignment. Takes the same text twice: as bytes, and as a string of one character a byte. `depth` tells
 * how many readings are being looked through around this one; `plain` is what is no encoding, though it could be base64.
 */
export function* decodings(
  bytes: Uint8Array,
  text: string,
  depth: number,
  plain: ReadonlySet<string>,
): Generator<Decoded> {
  const out = writerFor(depth, bytes.length);
  if (text.includes("\\")) yield* escapesDecoded(out, bytes, text);
  if (text.includes("%")) yield* percentDecoded(out, bytes, text);
  if (text.includes("+")) yield* replaced(out, bytes, text, PLUS, () => [SPACE]);
  const hexadecimal = matches(HEX, text);
  // Protection "hex is decoded": without it, `yield* decodeDigits(out, bytes, hexadecimal, 4);` reads ``.
  yield* decodeDigits(out, bytes, hexadecimal, 4);
  const base64 = matches(BASE64, text).filter(({ 0: run }) => !plain.has(run));
  // Protection "base64 is decoded": without it, `yield* decodeDigits(out, bytes, base64, 6);` reads ``.
  yield* decodeDigits(out, bytes, base64, 6);
}

/** What of a text could be base64. */
export function base64Runs(text: string): string[] {
  return matches(BASE64, text).map(({ 0: run }) => run);
}

function matches(pattern: RegExp, text: string): RegExpExecArray[] {
  return Array.from(text.matchAll(pattern));
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Fewer readable characters in a row hold nothing that was encoded: 8, and one more to encode them. */
const MIN_READABLE = 9;

/** From each part of decoded bytes that could hold something encoded again, its start and itself. */
export function readableParts(bytes: Uint8Array): (readonly [start: number, part: string])[] {
  const parts: [number, string][] = [];
  let start = 0;
  let characters = 0;
  for (let at = 0; at <= bytes.length; ) {
    const width = readableWidth(bytes, at);
    if (width > 0) {
      characters += 1;
      at += width;
      continue;
    }
    if (characters >= MIN_READABLE) parts.push([start, latin1(bytes.subarray(start, at))]);
    at += 1;
    start = at;
    characters = 0;
  }
  return parts;
}

/** How many bytes the character at this place takes; 0 where none is that one could read. */
function readableWidth(bytes: Uint8Array, at: number): number {
  const byte = bytes[at] ?? 0;
  if (byte < 0x80) return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d ? 1 : 0;
  if (byte < 0xc2 || byte > 0xf4) return 0;
  let width = 1;
  while (width < 4 && ((bytes[at + width] ?? 0) & 0xc0) === 0x80) width += 1;
  return width > 1 ? width : 0;
}

const SPACE = 0x20;
const PERCENT = /%[0-9a-f]{2}/gi;
/** A space, as HTML forms write it. */
const PLUS = /\+/g;
/** A character by its number: as `escapeInvisible` writes it, and as JSON and other languages do. A pair of surrogates is one. */
const NUMBERED =
  "u\\{(?<code>[0-9a-f]{1,6})\\}|u(?<high>d[89ab][0-9a-f]{2})\\\\u(?<low>d[c-f][0-9a-f]{2})|u(?<unit>[0-9a-f]{4})|x(?<byte>[0-9a-f]{2})";
const ESCAPE = new RegExp(`\\\\(?:${NUMBERED}|(?<letter>[ -~]))`, "gi");
/** Those of `escapeInvisible` alone. */
const OWN_ESCAPE = /\\u\{(?<code>[0-9a-f]{1,6})\}/gi;
const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

/** Eight bytes at least; between digits, what separates them in dumps. */
const HEX = /[0-9a-f](?:[ :-]?[0-9a-f]){15,}/gi;
/** Eight bytes at least; between characters, the end of a line. */
const BASE64 = /[\w+/-](?:[\r\n]{0,2}[\w+/-]){10,}=*/g;

/** How many marks of an encoding are tried as none, and how many characters are looked at behind each. */
const MAX_LITERAL_MARKS = 32;
const LOOKAHEAD_CHARACTERS = 128;

function* percentDecoded(out: Writer, bytes: Uint8Array, text: string): Generator<Decoded> {
  yield* decoded(out, bytes, text, PERCENT, ([match]) => [Number.parseInt(match.slice(1), 16)]);
}

function* escapesDecoded(out: Writer, bytes: Uint8Array, text: string): Generator<Decoded> {
  const meaning = (match: RegExpExecArray) => Buffer.from(unescaped(match));
  yield* decoded(out, bytes, text, ESCAPE, meaning);
  // What `escapeInvisible` wrote may come after a backslash of the text itself.
  if (text.replace(OWN_ESCAPE, "").includes("\\")) yield* replaced(out, bytes, text, OWN_ESCAPE, meaning);
}

/**
 * The whole text with all of its marks read; and what is behind each of the first marks, since a `%` or a backslash may be none: it
 * can stand before a text that begins as the mark would go on.
 */
function* decoded(out: Writer, bytes: Uint8Array, text: string, pattern: RegExp, meaning: Meaning): Generator<Decoded> {
  yield* replaced(out, bytes, text, pattern, meaning);
  let tried = 0;
  for (const { index } of text.matchAll(pattern)) {
    if (tried === MAX_LITERAL_MARKS) return;
    tried += 1;
    const start = index + 1;
    const end = start + LOOKAHEAD_CHARACTERS;
    yield* replaced(out, bytes.subarray(start, end), text.slice(start, end), pattern, meaning, start);
  }
}

function unescaped({ groups: { code, high, low = "", unit, byte, letter = "" } = {} }: RegExpExecArray): string {
  if (high !== undefined) return String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16));
  const digits = code ?? unit ?? byte;
  if (digits === undefined) return LETTERS[letter] ?? letter;
  const point = Number.parseInt(digits, 16);
  return point <= 0x10ffff ? String.fromCodePoint(point) : "";
}

/** The bytes that a mark stands for. */
type Meaning = (mark: RegExpExecArray) => ArrayLike<number>;

/** The text with each match replaced by the bytes that it stands for; nothing if there is none. It begins at `offset`. */
function* replaced(
  out: Writer,
  bytes: Uint8Array,
  text: string,
  pattern: RegExp,
  meaning: Meaning,
  offset = 0,
): Generator<Decoded> {
  out.clear();
  let done = 0;
  const copyUntil = (end: number) => {
    for (; done < end; done += 1) out.put(bytes[done] ?? 0, offset + done, offset + done + 1);
  };
  for (const match of text.matchAll(pattern)) {
    copyUntil(match.index);
    done += match[0].length;
    const meant = meaning(match);
    for (let at = 0; at < meant.length; at += 1) out.put(meant[at] ?? 0, offset + match.index, offset + done);
  }
  if (done === 0) return;
  copyUntil(bytes.length);
  yield out.decoded();
}

/** The bytes that the runs hold as digits of `width` bits, once for each digit of a byte that the first could be. */
function* decodeDigits(
  out: Writer,
  bytes: Uint8Array,
  runs: readonly RegExpExecArray[],
  width: 4 | 6,
): Generator<Decoded> {
  if (runs.length === 0) return;
  const values = width === 4 ? hexValues : base64Values;
  for (let skipped = 0; skipped < (width === 4 ? 2 : 4); skipped += 1) {
    out.clear();
    for (const { index: from, 0: run } of runs) {
      const to = from + run.length;
      let skip = skipped;
      let held = 0;
      let bits = 0;
      let previous = from;
      for (let at = from; at < to; at += 1) {
        const value = values[bytes[at] ?? 0] ?? NO_DIGIT;
        if (value === NO_DIGIT) {
          // Padding goes with the last byte.
          if (bytes[at] === PAD) out.stretch(at + 1);
          continue;
        }
        if (skip > 0) {
          skip -= 1;
          continue;
        }
        held = ((held << width) | value) & 0xffff;
        bits += width;
        if (bits >= 8) {
          bits -= 8;
          // A byte lies in this digit and the one before, never in more.
          out.put((held >>> bits) & 0xff, previous, at + 1);
        }
        previous = at;
      }
    }
    yield out.decoded();
  }
}

const NO_DIGIT = 255;
const PAD = 0x3d;
const hexValues = digitsOf("0123456789abcdef", "0123456789ABCDEF");
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const base64Values = digitsOf(`${letters}+/`, `${letters}-_`);

function digitsOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(256).fill(NO_DIGIT);
  for (const alphabet of alphabets) {
    for (const [value, digit] of [...alphabet].entries()) values[digit.charCodeAt(0)] = value;
  }
  return values;
}

type Writer = ReturnType<typeof createWriter>;

/** Bytes of text that most messages are below. */
const POOLED_WRITER_BYTES = 16_384;

/** A writer for each depth, used again and again: to make them anew took a quarter of the time. */
const writerPool: Writer[] = [];

/** A writer with room for so many bytes. One of a depth is done with before the next of that depth is asked for. */
function writerFor(depth: number, bytes: number): Writer {
  if (bytes > POOLED_WRITER_BYTES) return createWriter(bytes);
  writerPool[depth] ??= createWriter(POOLED_WRITER_BYTES);
  return writerPool[depth];
}

function createWriter(most: number) {
  const bytes = new Uint8Array(most);
  const from = new Int32Array(most);
  const to = new Int32Array(most);
  let length = 0;
  return {
    clear(): void {
      length = 0;
    },
    put(byte: number, first: number, end: number): void {
      bytes[length] = byte;
      from[length] = first;
      to[length] = end;
      length += 1;
    },
    /** Moves the end of the last byte. */
    stretch(end: number): void {
      if (length > 0) to[length - 1] = end;
    },
    decoded: (): Decoded => ({ bytes: bytes.subarray(0, length), from, to }),
  };
}
