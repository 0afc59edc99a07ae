/** A host's file on disk: read whole, and replaced in one step. */
import { lstatSync, mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../../util/replace-file.ts";
import { UserError } from "../../util/user-error.ts";

/** A file as it was when it was read; without bytes where there is none. */
export interface HostFileContent {
  readonly bytes: Buffer | undefined;
  readonly text: string;
  readonly mode: number;
}

/** A host's file can be large: some keep their state in it. */
const MAX_FILE_BYTES = 20_000_000;

/** Of a file that was not there. */
const MODE = 0o644;

/** Raises UserError for a link, for what is no file, and for what is no text. */
export function readHostFile(path: string): HostFileContent {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return { bytes: undefined, text: "", mode: MODE };
  if (stats.isSymbolicLink()) throw new UserError("setup", "It is a link. Set up the file that it leads to by hand.");
  if (!stats.isFile()) throw new UserError("setup", "It is no regular file.");
  if (stats.size > MAX_FILE_BYTES) throw new UserError("setup", "It is too large to be a host's settings.");
  const bytes = readFileSync(path);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { bytes, text, mode: stats.mode & 0o777 };
  } catch {
    throw new UserError("setup", "It is no text in UTF-8.");
  }
}

/**
 * Replaces the file's text, and keeps what was there as FILE.backup. Raises UserError when the file was changed since it was
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
      if (!same) throw new UserError("setup", "It was changed by somebody else meanwhile. Try again.");
    },
  });
}
