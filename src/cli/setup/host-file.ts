/** Reads a host's file, and replaces it in one step. */
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../../util/replace-file.ts";
import { UserError } from "../../util/user-error.ts";

/** A file at the time of reading. `bytes` is undefined if the file does not exist. */
export interface HostFileContent {
  readonly bytes: Buffer | undefined;
  readonly text: string;
  readonly mode: number;
}

/** The maximum size. A host's file can be large: some hosts keep their state in it. */
const MAX_FILE_BYTES = 20_000_000;

/** The permissions of a new file. */
const MODE = 0o644;

/** Raises UserError for a symbolic link, for a path that is not a regular file, and for bytes that are not UTF-8. */
export function readHostFile(path: string): HostFileContent {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return { bytes: undefined, text: "", mode: MODE };
  if (stats.isSymbolicLink()) throw new UserError("setup", "It is a symbolic link. Edit the target file by hand.");
  if (!stats.isFile())
    throw new UserError("setup", "It is not a regular file. Move it away, then run the command again.");
  if (stats.size > MAX_FILE_BYTES)
    throw new UserError(
      "setup",
      "It is larger than 20 MB, which is too large for a settings file. Check that this is the right file, or add the entry by hand.",
    );
  const bytes = readFileSync(path);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { bytes, text, mode: stats.mode & 0o777 };
  } catch {
    throw new UserError("setup", "It is not UTF-8 text. Save it as UTF-8.");
  }
}

/**
 * Replaces the text of the file, and keeps the old file as FILE.backup. Raises UserError if the file was changed since it was
 * read.
 */
export async function replaceHostFile(path: string, { bytes, mode }: HostFileContent, text: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  if (bytes !== undefined) await replaceFile(`${path}.backup`, { mode, write: (handle) => handle.writeFile(bytes) });
  await replaceFile(path, {
    mode,
    write: (handle) => handle.writeFile(text),
    check() {
      const now = readHostFile(path).bytes;
      const same = now === undefined || bytes === undefined ? now === bytes : now.equals(bytes);
      if (!same) throw new UserError("setup", "Another program changed it at the same time. Run the command again.");
    },
  });
}
