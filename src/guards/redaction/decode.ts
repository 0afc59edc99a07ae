/** Decoded bytes, and the position of each in the encoded bytes. Valid until the next decoding. */
export interface Decoded {
  readonly bytes: Uint8Array;
  /** For each byte, the index of the first encoded byte that contains a part of it. */
  readonly from: Int32Array;
  /** For each byte, the index after the last encoded byte that contains a part of it. */
  readonly to: Int32Array;
}

/**
 * Every possible decoding of a text that may be encoded, wholly or in parts: escapes of JSON and our own, percent encoding, hex, and base64 of
 * either alphabet at each alignment. Takes the same text twice: as bytes, and as a string with one character per byte. `depth` is
 * the number of decodings around this one; `plain` are words that are not encoded although they look like base64.
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

/** The parts of a text that could be base64. */
export function base64Runs(text: string): string[] {
  return matches(BASE64, text).map(({ 0: run }) => run);
}

function matches(pattern: RegExp, text: string): RegExpExecArray[] {
  return Array.from(text.matchAll(pattern));
}

/** The bytes as a string with one character per byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Shorter runs of readable characters cannot contain an encoded secret: an encoding of 8 bytes takes at least 9 characters. */
const MIN_READABLE = 9;

/** The parts of decoded bytes that could contain another encoding, each with its start. */
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

/** The length in bytes of the readable character at this position; 0 if there is none. */
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
/** A space in the encoding of HTML forms. */
const PLUS = /\+/g;
/** A numeric character escape: of `escapeInvisible`, JSON and other languages. A surrogate pair is one character. */
const NUMBERED =
  "u\\{(?<code>[0-9a-f]{1,6})\\}|u(?<high>d[89ab][0-9a-f]{2})\\\\u(?<low>d[c-f][0-9a-f]{2})|u(?<unit>[0-9a-f]{4})|x(?<byte>[0-9a-f]{2})";
const ESCAPE = new RegExp(`\\\\(?:${NUMBERED}|(?<letter>[ -~]))`, "gi");
/** The escapes of `escapeInvisible` only. */
const OWN_ESCAPE = /\\u\{(?<code>[0-9a-f]{1,6})\}/gi;
const LETTERS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f", v: "\v", "0": "\0" };

/** At least eight bytes. Digits may be separated as in hex dumps. */
const HEX = /[0-9a-f](?:[ :-]?[0-9a-f]){15,}/gi;
/** At least eight bytes. Line breaks may stand between characters. */
const BASE64 = /[\w+/-](?:[\r\n]{0,2}[\w+/-]){10,}=*/g;

/** How many escape characters are tried as literal characters, and how many characters after each are decoded. */
const MAX_LITERAL_MARKS = 32;
const LOOKAHEAD_CHARACTERS = 128;

function* percentDecoded(out: Writer, bytes: Uint8Array, text: string): Generator<Decoded> {
  yield* decoded(out, bytes, text, PERCENT, ([match]) => [Number.parseInt(match.slice(1), 16)]);
}

function* escapesDecoded(out: Writer, bytes: Uint8Array, text: string): Generator<Decoded> {
  const meaning = (match: RegExpExecArray) => Buffer.from(unescaped(match));
  yield* decoded(out, bytes, text, ESCAPE, meaning);
  // An escape of `escapeInvisible` may follow a literal backslash.
  if (text.replace(OWN_ESCAPE, "").includes("\\")) yield* replaced(out, bytes, text, OWN_ESCAPE, meaning);
}

/**
 * Decodes the whole text, and also the text after each of the first escape characters, because a `%` or a backslash may be literal
 * and stand by chance before characters that complete an escape.
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

/** The bytes that an escape stands for. */
type Meaning = (mark: RegExpExecArray) => ArrayLike<number>;

/** The text with each match replaced by the bytes that it stands for; nothing if nothing matches. The text begins at `offset`. */
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

/** The bytes that the runs encode as digits of `width` bits, once for each possible alignment. */
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
          // Padding belongs to the last byte.
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
          // A byte spans this digit and the one before, never more.
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

/** Most messages are shorter than this. */
const POOLED_WRITER_BYTES = 16_384;

/** One reused writer per depth: to create them each time took a quarter of the time. */
const writerPool: Writer[] = [];

/** A writer with room for that many bytes. A writer is no longer in use when the next one of the same depth is requested. */
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
