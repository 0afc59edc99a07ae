/** Bytes that a skeleton may take. A message's own members need a tenth of it. */
const MAX_BYTES = 4096;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = new Set([0x5b, 0x7b]);
const CLOSING = new Set([0x5d, 0x7d]);

/**
 * The top level of a JSON text that is too long to keep or too much to parse: `{"id":7,"params":{…}}` becomes `{"id":7,"params":{}}`. The id of
 * a message can so be read wherever it stands; clients write it at the end as often as at the beginning.
 */
export function createJsonSkeleton() {
  const kept = Buffer.alloc(MAX_BYTES);
  let length = 0;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let values = 1;

  function keep(byte: number): void {
    // Past the end, the bytes are counted and dropped.
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
    /** How many values the text holds, or a few more. */
    values: () => values,
    /** The skeleton; empty when even that is too long. */
    text: () => (length > MAX_BYTES ? "" : kept.toString("utf8", 0, length)),
  };
}
