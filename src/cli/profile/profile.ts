import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, type Stats } from "node:fs";
import { resolve } from "node:path";
import { lockPath, withFileLock } from "../../util/lock-file.ts";
import { replaceFile } from "../../util/replace-file.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import { type Profile, withProfile } from "./aws-config.ts";

/** The maximum size of a config file. Usual files have a few kilobytes. */
const MAX_FILE = 1_048_576;

/** How long to wait for another run of this program, in milliseconds. A run holds the lock for a few milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;

/** The permissions of a new file. */
const NEW_FILE_MODE = 0o600;

/** Writes a profile into an AWS config file, and creates the file if necessary. If it raises UserError, the file is unchanged. */
export async function writeProfile(file: string, profile: Profile): Promise<void> {
  const path = resolve(file);
  try {
    const written = await withFileLock(path, LOCK_TIMEOUT_MS, async () => {
      const { text, stats } = read(path);
      const bytes = Buffer.from(withProfile(text, profile), "latin1");
      await replaceFile(path, {
        mode: stats ? stats.mode & 0o777 : NEW_FILE_MODE,
        write: (handle) => handle.writeFile(bytes),
        check() {
          // An editor does not respect our lock.
          if (!isSame(stats, lstatSync(path, { throwIfNoEntry: false })))
            throw new UserError(
              "profile",
              "Another program changed the config file at the same time. Nothing was written. Run the command again.",
            );
        },
      });
    });
    if (!written)
      throw new UserError(
        "profile",
        `${lockPath(path)} is held by another process. Wait for it to finish. If no process uses the config file, delete the lock file.`,
      );
  } catch (error) {
    const code = systemCode(error);
    if (isUserError(error) || code === undefined) throw error;
    throw new UserError("profile", `The config file cannot be written (${code}). Check the path and the permissions.`);
  }
}

/** The bytes of the file as latin1, and its attributes. Empty if the file does not exist. */
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
  if (!stats.isFile())
    throw new UserError(
      "profile",
      "The config file is a symbolic link or not a regular file. Pass the path of a regular file.",
    );
  if (stats.uid !== process.getuid?.())
    throw new UserError("profile", "The config file belongs to another user. Use a file of your own.");
  if (stats.size > MAX_FILE)
    throw new UserError("profile", "The config file is larger than 1 MiB. Use a smaller file.");
}

function isSame(a: Stats | undefined, b: Stats | undefined): boolean {
  return a?.ino === b?.ino && a?.dev === b?.dev && a?.size === b?.size && a?.mtimeMs === b?.mtimeMs;
}
