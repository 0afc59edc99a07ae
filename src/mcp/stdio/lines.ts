import { createJsonSkeleton } from "./json-skeleton.ts";

/** Bytes of one line, without its end. */
export const MAX_LINE_BYTES = 1024 * 1024;

/** Room for a line in parts before it has to grow. */
const INITIAL_BUFFER_BYTES = 64 * 1024;

const LINE_FEED = 0x0a;

/** A line, without its end. Its bytes are good until the next line is asked for. */
export type Line =
  | { readonly kind: "whole"; readonly bytes: Buffer }
  /** A line over the limit: how long it was, and what its top level says, in at most a few KB of JSON. */
  | { readonly kind: "long"; readonly size: number; readonly skeleton: string };

/** Cuts a stream of bytes into lines, and holds no more than one line of the limit, however long a line gets. */
export interface Lines {
  /** The lines that this chunk ends. */
  read(chunk: Buffer): Iterable<Line>;
  /** What came after the last line end, if anything. */
  rest(): Iterable<Line>;
}

export function createLines(limit = MAX_LINE_BYTES): Lines {
  // One buffer that grows, since a line that drips in byte by byte would else cost a hundred times its size.
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
