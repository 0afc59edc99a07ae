/** The list of the identities of a batch, in a file beside the audit. */
import { open } from "node:fs/promises";

/** Ids that are written at once. */
const CHUNK = 1_000;

/** Writes the ids to a new file, one on a line, and returns when they are on disk. Raises system errors. */
export async function writeIdList(
  path: string,
  ids: Iterable<string>,
  sanitize: <Value>(value: Value) => Value,
): Promise<void> {
  const handle = await open(path, "wx", 0o600);
  try {
    let chunk: string[] = [];
    const flush = async () => {
      await handle.appendFile(
        sanitize(chunk)
          .map((id) => `${id}\n`)
          .join(""),
      );
      chunk = [];
    };
    for (const id of ids) {
      chunk.push(id);
      if (chunk.length === CHUNK) await flush();
    }
    await flush();
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
