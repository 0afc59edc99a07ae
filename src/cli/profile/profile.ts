import { randomUUID } from "node:crypto";
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, resolve } from "node:path";
import { type Profile, withProfile } from "./aws-config.ts";
import { holding } from "./lock.ts";
import { ProfileError } from "./profile-error.ts";

/** A config file is some kilobytes. */
const LARGEST_FILE = 1_048_576;

/**
 * Puts a profile into an AWS config file, or makes the file. It is written beside the old one, synced and renamed into its
 * place: nobody ever reads half of it. Raises ProfileError, and leaves the file as it was.
 */
export async function writeProfile(file: string, profile: Profile): Promise<void> {
  const path = resolve(file);
  try {
    await holding(path, () => {
      const { text, stats } = read(path);
      replace(path, Buffer.from(withProfile(text, profile), "latin1"), stats);
    });
  } catch (error) {
    if (error instanceof ProfileError || !(error instanceof Error) || !("code" in error)) throw error;
    throw new ProfileError(`The config file cannot be written (${String(error.code)}).`);
  }
}

/** What stands in the file, byte for byte, and what the file is; nothing where there is none. */
function read(path: string): { text: string; stats: Stats | undefined } {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (!present) return { text: "", stats: undefined };
  checkFile(present);
  const opened = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stats = fstatSync(opened);
    checkFile(stats);
    return { text: readFileSync(opened, "latin1"), stats };
  } finally {
    closeSync(opened);
  }
}

function checkFile(stats: Stats): void {
  if (!stats.isFile()) throw new ProfileError("The config file is a link, or no regular file. Name the file itself.");
  if (stats.uid !== process.getuid?.()) throw new ProfileError("The config file belongs to another user.");
  if (stats.size > LARGEST_FILE) throw new ProfileError("The config file is larger than 1 MiB.");
}

function replace(path: string, bytes: Buffer, old: Stats | undefined): void {
  const beside = `${path}.${randomUUID()}.tmp`;
  const written = openSync(beside, "wx", 0o600);
  try {
    try {
      writeFileSync(written, bytes);
      if (old) fchmodSync(written, old.mode & 0o777);
      fsyncSync(written);
    } finally {
      closeSync(written);
    }
    // An editor knows nothing of our lock.
    if (!isSame(old, lstatSync(path, { throwIfNoEntry: false })))
      throw new ProfileError("The config file was changed by somebody else meanwhile. Try again.");
    renameSync(beside, path);
  } catch (error) {
    unlinkSync(beside);
    throw error;
  }
  sync(dirname(path));
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.dev === b?.dev && a?.size === b?.size && a?.mtimeMs === b?.mtimeMs;
}

/** The new name is on disk only when its folder is. */
function sync(folder: string): void {
  const opened = openSync(folder, "r");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}
