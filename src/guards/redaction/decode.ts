/**
 * Readings of text that could be encoded, wholly or in parts.
 *
 * The bound: one level of a text gives at most 8 readings as long as itself, where their marks stand, 5 of the text behind 32
 * marks each, 2 of half its length (hex), 4 of three quarters (base64), 8 of five eighths (base32) and what stands between
 * separators. The redactor reads 3 levels. Crafted text could so be read hundreds of times: all readings of one message together
 * hold at most 3 MB and 12 times its length. Then the reading ends, and the redactor withholds what was not read.
 */
import { base32, base32RunsIn, base64, base64RunsIn, digitsDecoded, hex, hexRuns } from "./decode-digits.ts";
import {
  allMarksDecoded,
  entities,
  escapes,
  formEncoding,
  marksDecoded,
  ownEscapes,
  percentSigns,
  quotedPrintable,
} from "./decode-marks.ts";
import { invisibleDropped, separatorsDropped } from "./decode-separators.ts";
import { type Decoded, releaseWorkspaces, workspaceFor } from "./decode-workspace.ts";

export { base64Runs } from "./decode-digits.ts";
export type { Decoded } from "./decode-workspace.ts";

/** Bytes that all readings of one message may hold, and how many more for each of its own. */
const MAX_DECODED_BYTES = 3_000_000;
const MAX_DECODED_BYTES_PER_BYTE = 12;

/** What a reading costs besides its bytes, and what each mark in it does: it takes as long as some bytes. */
const READING_BYTES = 200;
const MARK_BYTES = 3;

/** What the readings of a message may still hold, in bytes. Below 0 not all of it was read. */
export interface Budget {
  left: number;
}

/** The budget of a message of so many bytes, however many texts it consists of. */
export function budgetFor(bytes: number): Budget {
  return { left: MAX_DECODED_BYTES + MAX_DECODED_BYTES_PER_BYTE * bytes };
}

/**
 * Every reading of a text. Takes the same text twice: as bytes, and as a string of one character a byte. `depth` tells how many
 * readings are being looked through around this one; `plain` holds words that are no encoding, though they could be base64.
 * Takes each reading from the budget, and ends where that does.
 */
export function* decodings(
  bytes: Uint8Array,
  text: string,
  depth: number,
  plain: ReadonlySet<string>,
  budget: Budget,
): Generator<Decoded> {
  for (const decoded of readings(bytes, text, depth, plain)) {
    budget.left -= decoded.bytes.length + READING_BYTES + MARK_BYTES * decoded.marks;
    if (budget.left < 0) return;
    yield decoded;
  }
}

function* readings(bytes: Uint8Array, text: string, depth: number, plain: ReadonlySet<string>): Generator<Decoded> {
  const space = workspaceFor(depth, bytes.length);
  try {
    if (text.includes("\\")) {
      // Protection "escapes are decoded": without it, `yield* marksDecoded(space, bytes, escapes);` reads ``.
      yield* marksDecoded(space, bytes, escapes);
      if (text.includes("\\u{")) yield* allMarksDecoded(space, bytes, ownEscapes);
    }
    if (text.includes("%")) {
      // Protection "percent signs are decoded": without it, `yield* marksDecoded(space, bytes, percentSigns);` reads ``.
      yield* marksDecoded(space, bytes, percentSigns);
    }
    // Protection "form encoding is decoded": without it, `yield* marksDecoded(space, bytes, formEncoding);` reads ``.
    if (text.includes("+")) yield* marksDecoded(space, bytes, formEncoding);
    // Protection "quoted-printable is decoded": without it, `yield* marksDecoded(space, bytes, quotedPrintable);` reads ``.
    if (text.includes("=")) yield* marksDecoded(space, bytes, quotedPrintable);
    // Protection "HTML entities are decoded": without it, `yield* marksDecoded(space, bytes, entities);` reads ``.
    if (text.includes("&")) yield* marksDecoded(space, bytes, entities);
    // Protection "invisible characters are dropped": without it, `yield* invisibleDropped(space, bytes);` reads ``.
    yield* invisibleDropped(space, bytes);
    // Protection "separators are dropped": without it, `yield* separatorsDropped(space, bytes);` reads ``.
    yield* separatorsDropped(space, bytes);
    // Protection "hex is decoded": without it, `yield* digitsDecoded(space, bytes, hexRuns(bytes), hex);` reads ``.
    yield* digitsDecoded(space, bytes, hexRuns(bytes), hex);
    const runs = base64RunsIn(bytes, text, plain);
    // Protection "base64 is decoded": without it, `yield* digitsDecoded(space, bytes, runs, base64);` reads ``.
    yield* digitsDecoded(space, bytes, runs, base64);
    // Protection "base32 is decoded": without it, `yield* digitsDecoded(space, bytes, base32RunsIn(bytes, text, runs), base32);` reads ``.
    yield* digitsDecoded(space, bytes, base32RunsIn(bytes, text, runs), base32);
  } finally {
    if (depth === 0) releaseWorkspaces();
  }
}

/** One character a byte. */
export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

/** Fewer readable characters in a row hold nothing that was encoded: 8, and one more to encode them. */
const MIN_READABLE = 9;

/** Unreadable bytes between two readable parts that do not split them: many short parts would cost more than a long one. */
const MAX_UNREADABLE = 64;

/** NULs that may stand between two characters: those of UTF-16 and UTF-32. */
const MAX_NULS = 3;

/** From each part of decoded bytes that could hold something encoded again, its start and itself. */
export function readableParts(bytes: Uint8Array): (readonly [start: number, part: string])[] {
  const parts: { from: number; to: number }[] = [];
  let start = 0;
  let characters = 0;
  for (let at = 0; at <= bytes.length; ) {
    const width = readable[bytes[at] ?? 0] ?? 0;
    if (width === 1 || (width > 1 && isWhole(bytes, at, width))) {
      characters += 1;
      at += width;
      continue;
    }
    const next = characters > 0 && bytes[at] === 0 ? afterNuls(bytes, at) : at;
    if (next > at) {
      characters += next - at;
      at = next;
      continue;
    }
    if (characters >= MIN_READABLE) {
      const last = parts.at(-1);
      if (last && start - last.to <= MAX_UNREADABLE) last.to = at;
      else parts.push({ from: start, to: at });
    }
    at += 1;
    start = at;
    characters = 0;
  }
  return parts.map(({ from, to }) => [from, latin1(bytes.subarray(from, to))]);
}

/** Behind the NULs at this place, if these are few enough and a readable character follows; the place itself if not. */
function afterNuls(bytes: Uint8Array, at: number): number {
  let next = at;
  while (next < at + MAX_NULS && bytes[next] === 0) next += 1;
  return readable[bytes[next] ?? 0] === 0 ? at : next;
}

/** For each byte the width of the readable character in UTF-8 that begins with it; 0 if none does. */
const readable = Uint8Array.from({ length: 256 }, (_, byte) => {
  if (byte >= 0x80) return byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d ? 1 : 0;
});

/** Whether the character of that width that begins at this place is all there. */
function isWhole(bytes: Uint8Array, at: number, width: number): boolean {
  for (let next = at + 1; next < at + width; next += 1) if (((bytes[next] ?? 0) & 0xc0) !== 0x80) return false;
  return true;
}
