/** A host's file on disk: read whole, and replaced in one step. */
import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { SetupError } from "./edit.ts";

/** A file as it was when it was read; without bytes where there is none. */
export interface Found {
  readonly bytes: Buffer | undefined;
  readonly text: string;
  readonly mode: number;
}

/** A host's file can be large: some keep their state in it. */
const LARGEST = 20_000_000;

/** Of a file that was not there. */
const MODE = 0o644;

/** Raises SetupError for a link, for what is no file, and for what is no text. */
export function readHostFile(path: string): Found {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  if (!stats) return { bytes: undefined, text: "", mode: MODE };
  if (stats.isSymbolicLink()) throw new SetupError("It is a link. Set up the file that it leads to by hand.");
  if (!stats.isFile()) throw new SetupError("It is no regular file.");
  if (stats.size > LARGEST) throw new SetupError("It is too large to be a host's settings.");
  const bytes = readFileSync(path);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return { bytes, text, mode: stats.mode & 0o777 };
  } catch {
    throw new SetupError("It is no text in UTF-8.");
  }
}

/**
 * Puts the text in the file's place, and what was there beside it as FILE.backup. Nobody ever reads half of it. Raises
 * SetupError when the file was changed since it was read.
 */
export function replaceHostFile(path: string, found: Found, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  if (found.bytes !== undefined) put(`${path}.backup`, found.bytes, found.mode, () => {});
  put(path, Buffer.from(text), found.mode, () => {
    const now = readHostFile(path).bytes;
    const same = now === undefined || found.bytes === undefined ? now === found.bytes : now.equals(found.bytes);
    if (!same) throw new SetupError("It was changed by somebody else meanwhile. Try again.");
  });
}

/** `check` is the last thing before the new file takes its place. */
function put(path: string, bytes: Buffer, mode: number, check: () => void): void {
  const beside = `${path}.${randomUUID()}.tmp`;
  const opened = openSync(beside, "wx", mode);
  try {
    try {
      writeFileSync(opened, bytes);
      fchmodSync(opened, mode);
      fsyncSync(opened);
    } finally {
      closeSync(opened);
    }
    check();
    renameSync(beside, path);
  } catch (error) {
    unlinkSync(beside);
    throw error;
  }
}
