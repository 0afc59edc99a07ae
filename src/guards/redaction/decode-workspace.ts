/** The buffers that readings of encoded text are written to. */

import type { Range } from "./ngram-set.ts";

/** Bytes that were written in an encoding. Good until the next reading. */
export interface Decoded {
  readonly bytes: Uint8Array;
  /** How many marks were read. 0 for digits, which are all that such bytes consist of. */
  readonly marks: number;
  /** Where in the encoded bytes the decoded ones from `first` up to, and without, `end` stood. */
  rangeOf(this: void, first: number, end: number): Range;
}

/** Decoded bytes, and which parts of them are no copy of the encoded bytes. */
export interface Output {
  bytes: Uint8Array;
  length: number;
  /** For each such part: its first decoded byte and the one after its last, its first encoded byte and the one after its last. */
  parts: Int32Array;
  /** Four for each part. */
  partsLength: number;
}

/** Never part of UTF-8, so no secret has it: stands between decoded texts that are not consecutive. */
export const GAP_BYTE = 0xff;

/** The same for a part of a text that a reading leaves out, as it is the same in the text itself. */
export const OMITTED_BYTE = 0xfe;

/** Texts up to this many bytes use the buffers of the texts before them. */
const MAX_POOLED_BYTES = 32_768;

/** The least size of a buffer, so that the text behind each of the first marks has room (see `decode-marks.ts`). */
const MIN_BUFFER_BYTES = 8_192;

/** The least size of the list of parts: a multiple of four. */
const MIN_PARTS = 4_096;

/** What one level of readings writes to: an output, and the digits of the text. */
export interface Workspace {
  readonly output: Output;
  digits: Uint8Array;
}

const pool: Workspace[] = [];

/** The workspace of a depth, with room for so many bytes. One reading of a depth is done with before the next is asked for. */
export function workspaceFor(depth: number, bytes: number): Workspace {
  let space = pool[depth];
  if (!space) {
    const none = new Uint8Array(0);
    space = { output: { bytes: none, length: 0, parts: new Int32Array(MIN_PARTS), partsLength: 0 }, digits: none };
    pool[depth] = space;
  }
  if (space.digits.length < bytes || space.digits.length === 0) {
    const size = Math.max(MIN_BUFFER_BYTES, bytes);
    space.output.bytes = new Uint8Array(size);
    space.digits = new Uint8Array(size);
  }
  return space;
}

/** Frees the buffers that a long text needed. */
export function releaseWorkspaces(): void {
  if (pool.some(({ digits }) => digits.length > MAX_POOLED_BYTES)) pool.length = 0;
}

export function clear(output: Output): void {
  output.length = 0;
  output.partsLength = 0;
}

export function put(output: Output, byte: number): void {
  output.bytes[output.length] = byte;
  output.length += 1;
}

/** Adds the bytes from one place up to, and without, another as they are. */
export function copy(output: Output, bytes: Uint8Array, from: number, to: number): void {
  // For few bytes a copy by `set` costs more.
  if (to - from < 32) for (let at = from; at < to; at += 1) put(output, bytes[at] ?? 0);
  else {
    output.bytes.set(bytes.subarray(from, to), output.length);
    output.length += to - from;
  }
}

/** Adds a character as UTF-8; half of a surrogate pair and what is beyond Unicode become U+FFFD. */
export function putCharacter(output: Output, point: number): void {
  if (point < 0x80) put(output, point);
  else if (point < 0x800) {
    put(output, 0xc0 | (point >> 6));
    put(output, 0x80 | (point & 0x3f));
  } else if (point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) putCharacter(output, 0xfffd);
  else {
    if (point < 0x10000) put(output, 0xe0 | (point >> 12));
    else {
      put(output, 0xf0 | (point >> 18));
      put(output, 0x80 | ((point >> 12) & 0x3f));
    }
    put(output, 0x80 | ((point >> 6) & 0x3f));
    put(output, 0x80 | (point & 0x3f));
  }
}

/** Notes that the bytes of the output from `start` on stand for the encoded bytes from `from` up to, and without, `to`. */
export function notePart(output: Output, start: number, from: number, to: number): void {
  // One byte for one keeps the places of all that follow.
  if (to - from === 1 && output.length - start === 1) return;
  const at = output.partsLength;
  if (at === output.parts.length) {
    const parts = new Int32Array(2 * at);
    parts.set(output.parts);
    output.parts = parts;
  }
  output.parts[at] = start;
  output.parts[at + 1] = output.length;
  output.parts[at + 2] = from;
  output.parts[at + 3] = to;
  output.partsLength = at + 4;
}

/** What was written to the output. */
export function decodedOf(output: Output): Decoded {
  return withPlaces(output.bytes.subarray(0, output.length), () => placesOf(output), output.partsLength / 4);
}

/** For each decoded byte, the first of the encoded bytes that hold it, and the one after the last of these. */
export interface Places {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** The bytes, with places that are computed when one is asked for: most readings hold no secret. */
export function withPlaces(bytes: Uint8Array, compute: () => Places, marks = 0): Decoded {
  let places: Places | undefined;
  return {
    bytes,
    marks,
    rangeOf(first, end) {
      places ??= compute();
      return [places.from[first] ?? 0, places.to[end - 1] ?? 0];
    },
  };
}

function placesOf({ length, parts, partsLength }: Output): Places {
  const from = new Int32Array(length);
  const to = new Int32Array(length);
  let at = 0;
  let place = 0;
  const copyUntil = (end: number) => {
    for (; at < end; at += 1, place += 1) {
      from[at] = place;
      to[at] = place + 1;
    }
  };
  for (let part = 0; part < partsLength; part += 4) {
    const [start, end] = [parts[part] ?? 0, parts[part + 1] ?? 0];
    const [first, last] = [parts[part + 2] ?? 0, parts[part + 3] ?? 0];
    copyUntil(start);
    for (; at < end; at += 1) {
      from[at] = first;
      to[at] = last;
    }
    place = last;
  }
  copyUntil(length);
  return { from, to };
}
