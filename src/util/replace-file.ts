import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

interface Options {
  /** The permissions of the new file. */
  readonly mode: number;
  /** Writes the content. */
  readonly write: (handle: FileHandle) => Promise<void>;
  /** The last step before the new file takes its place. Where it throws, the old file stays. */
  readonly check?: () => void;
  /** The name of the temporary file; a new one each time when left out. One that is left from before is overwritten. */
  readonly temporary?: string;
}

/**
 * Replaces a file in one step, or makes it: a reader sees the old content or the new one, and never a part. The new content is on
 * disk when this resolves. Raises what `write` and `check` raise, and system errors; the file is then as it was.
 */
export async function replaceFile(path: string, { mode, write, check, temporary }: Options): Promise<void> {
  const beside = temporary ?? `${path}.${randomUUID()}.tmp`;
  const handle = await open(beside, temporary === undefined ? "wx" : "w", mode);
  try {
    try {
      await write(handle);
      // The mode of `open` is limited by the umask.
      await handle.chmod(mode);
      await handle.sync();
    } finally {
      await handle.close();
    }
    check?.();
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** A new name is on disk only once its folder is. */
async function syncFolder(folder: string): Promise<void> {
  // Windows has no way to do this, and does not need it.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
