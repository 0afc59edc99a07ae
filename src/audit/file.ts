/** The audit file: lines of JSON, appended and synced. Only this user can read it. It is rotated when it is large. */

import { constants } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { tryLock } from "../util/lock-file.ts";
import { UserError } from "../util/user-error.ts";

/** The size at which the file is rotated to FILE.1, and FILE.1 to FILE.2, and so on. */
const MAX_BYTES = 10_000_000;

/** The number of rotated files. The oldest is deleted. */
export const MAX_ROTATED_FILES = 5;

export interface AuditFile {
  /** Resolves when the line is on disk. Queued lines share one sync. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Raises UserError for a path that is not a regular file, or that other users can access. */
export async function openAuditFile(path: string, maxBytes = MAX_BYTES): Promise<AuditFile> {
  let handle = await openPrivate(path);
  let waiting: Waiting[] = [];
  let writing: Promise<void> = Promise.resolve();
  /** Whether the last line is incomplete, because a process died or the disk was full. */
  let torn = await isTorn(handle);

  async function write(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length === 0) return;
    try {
      handle = await current(handle, path, maxBytes);
      const lines = batch.map(({ line }) => `${line}\n`).join("");
      const end = torn ? "\n" : "";
      torn = true;
      await handle.appendFile(end + lines);
      await handle.datasync();
      torn = false;
      for (const { written } of batch) written();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }

  return {
    append(line) {
      const done = new Promise<void>((written, failed) => {
        waiting.push({ line, written, failed });
      });
      writing = writing.then(write);
      return done;
    },
    async close() {
      await writing;
      await handle.close();
    },
  };
}

/** The file to write to. A new one if this one was rotated, by this process or another, or moved by the operator. */
async function current(handle: FileHandle, path: string, maxBytes: number): Promise<FileHandle> {
  const { size, ino } = await handle.stat();
  const there = await stat(path).catch(ifMissing);
  if (there?.ino === ino && size < maxBytes) return handle;
  if (there?.ino === ino) await rotate(path, ino);
  // Open the new file first. If that fails, the next line uses the old file again.
  const next = await openPrivate(path);
  await handle.close();
  return next;
}

async function rotate(path: string, ino: number): Promise<void> {
  // Only one server rotates. Another one continues to write, and checks again at its next line.
  const lock = tryLock(path);
  if (!("release" in lock)) return;
  try {
    // Another server may have rotated the file just now: then the path is a new file.
    if ((await stat(path).catch(ifMissing))?.ino !== ino) return;
    for (let age = MAX_ROTATED_FILES; age > 1; age -= 1)
      await rename(`${path}.${age - 1}`, `${path}.${age}`).catch(ifMissing);
    await rename(path, `${path}.1`);
  } finally {
    lock.release();
  }
}

function ifMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

async function isTorn(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== "\n";
}

async function openPrivate(path: string): Promise<FileHandle> {
  const flags = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(path, flags, 0o600).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "ELOOP" ? "is a symbolic link" : `cannot be opened (${error.code})`;
    throw new UserError(
      "audit-file",
      `--audit ${path} ${why}.`,
      "Use a regular file in a folder that you can write to.",
    );
  });
  const found = await handle.stat();
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (found.isFile() && mine && (process.platform === "win32" || (found.mode & 0o077) === 0)) return handle;
  await handle.close();
  throw new UserError(
    "audit-file",
    `--audit ${path} must be a regular file that only this user can access (mode 600).`,
    "Run chmod 600, or use another file.",
  );
}
