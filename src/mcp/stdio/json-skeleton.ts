/** The maximum size of a skeleton in bytes. A message's own members need a tenth of it. */
const MAX_BYTES = 4096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * Keeps only the top level of a JSON text that is too large to store or parse: `{"id":7,"params":{…}}` becomes `{"id":7,"params":{}}`. So the id of
 * a message can be read at any position; clients write it at the end as often as at the beginning.
 */
export function createJsonSkeleton() {
  const kept = Buffer.alloc(MAX_BYTES);
  let length = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let values = 1;

  function keep(byte: number): void {
    // Bytes after the end are counted and dropped.
    kept[length] = byte;
    length += 1;
  }

  return {
    add(piece: Buffer): void {
      for (let at = 0; at < piece.length; at += 1) {
        const byte = piece[at] ?? 0;
        if (inString) {
          if (depth < 2) keep(byte);
          if (escaped) escaped = false;
          else if (byte === BACKSLASH) escaped = true;
          else if (byte === QUOTE) inString = false;
        } else if (OPENING.has(byte)) {
          depth += 1;
          values += 1;
          if (depth <= 2) keep(byte);
        } else if (CLOSING.has(byte)) {
          if (depth <= 2) keep(byte);
          depth -= 1;
        } else {
          if (byte === QUOTE) inString = true;
          else if (byte === COMMA) values += 1;
          if (depth < 2) keep(byte);
        }
      }
    },
    /** The number of values in the text, or slightly more. */
    values: () => values,
    /** The skeleton; empty if it is too long itself. */
    text: () => (length > MAX_BYTES ? "" : kept.toString("utf8", 0, length)),
  };
}
