import { createJsonSkeleton } from "./json-skeleton.ts";

/** The maximum size of a line in bytes, without the line end. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Initial size of the buffer for a line that arrives in parts. */
const INITIAL_BUFFER_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;

/** A line without its line end. Its bytes are valid until the next line is read. */
export type Line =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** A line over the limit: its size, and its top level as at most a few KB of JSON. */
  | { readonly kind: "long"; readonly size: number; readonly skeleton: string };

/** Splits a stream of bytes into lines. It stores at most one line of the maximum size. */
export interface Lines {
  /** The lines that end in this chunk. */
  read(chunk: Buffer): Iterable<Line>;
  /** The bytes after the last line end, if any, as a line. */
  rest(): Iterable<Line>;
}

export function createLines(limit = MAX_LINE_BYTES): Lines {
  // One growing buffer: if a line arrives byte by byte, a list of chunks would take a hundred times its size.
  let held = Buffer.allocUnsafe(INITIAL_BUFFER_BYTES);
  let size = 0;
  let skeleton: ReturnType<typeof createJsonSkeleton> | undefined;

  function hold(piece: Buffer): void {
    if (skeleton) skeleton.add(piece);
    else if (size + piece.length > limit) {
      skeleton = createJsonSkeleton();
      skeleton.add(held.subarray(0, size));
      skeleton.add(piece);
    } else {
      if (size + piece.length > held.length) {
        const grown = Buffer.allocUnsafe(Math.min(limit, Math.max(2 * held.length, size + piece.length)));
        held.copy(grown, 0, 0, size);
        held = grown;
      }
      piece.copy(held, size);
    }
    size += piece.length;
  }

  function finish(): Line {
    const line: Line = skeleton
      ? { kind: "long", size, skeleton: skeleton.text() }
      : { kind: "whole", bytes: held.subarray(0, size) };
    size = 0;
    skeleton = undefined;
    return line;
  }

  return {
    *read(chunk) {
      let from = 0;
      for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, from)) {
        hold(chunk.subarray(from, end));
        yield finish();
        from = end + 1;
      }
      hold(chunk.subarray(from));
    },
    *rest() {
      if (size > 0) yield finish();
    },
  };
}
