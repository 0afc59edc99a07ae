import { randomUUID } from "node:crypto";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

interface Options {
  /** The permissions of the new file. */
  readonly mode: number;
  /** Writes the content. */
  readonly write: (handle: FileHandle) => Promise<void>;
  /** Runs immediately before the new file replaces the old one. If it throws, the old file stays. */
  readonly check?: () => void;
  /** The name of the temporary file, which is overwritten if it exists. Defaults to a new name each time. */
  readonly temporary?: string;
}

/**
 * Replaces or creates a file in one step: a reader sees either the old content or the new. The new content is on disk when this
 * resolves. Raises the errors of `write` and `check`, and system errors; the file is then unchanged.
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

/** A renamed file is durable only when its folder is synced. */
async function syncFolder(folder: string): Promise<void> {
  // Windows cannot sync a folder, and does not need it.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
