/** The audit on disk: lines of JSON, appended and synced, in a file that nobody else can read, begun anew when it is large. */

import { constants } from "node:fs";
import { type FileHandle, open, rename, stat } from "node:fs/promises";
import { tryLock } from "../util/lock-file.ts";
import { UserError } from "../util/user-error.ts";

/** Bytes after which a file is put aside as FILE.1, the older ones moving on. */
const MAX_BYTES = 10_000_000;

/** Files put aside; the oldest is let go. */
export const MAX_ROTATED_FILES = 5;

export interface AuditFile {
  /** Resolves once the line is on disk. Lines that wait together share one sync. */
  append(line: string): Promise<void>;
  close(): Promise<void>;
}

interface Waiting {
  readonly line: string;
  readonly written: () => void;
  readonly failed: (error: unknown) => void;
}

/** Raises UserError for a file that is not a plain one, or not this user's alone. */
export async function openAuditFile(path: string, maxBytes = MAX_BYTES): Promise<AuditFile> {
  let handle = await openPrivate(path);
  let waiting: Waiting[] = [];
  let writing: Promise<void> = Promise.resolve();
  /** Whether the last line is without its end: of a process that died, or of a disk that was full. */
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

/** The file to write to: another one when this was put aside, by us for its size or by another server or the operator. */
async function current(handle: FileHandle, path: string, maxBytes: number): Promise<FileHandle> {
  const { size, ino } = await handle.stat();
  const there = await stat(path).catch(ifMissing);
  if (there?.ino === ino && size < maxBytes) return handle;
  if (there?.ino === ino) await rotate(path, ino);
  // First the new one: where that fails, the old one is tried again with the next line.
  const next = await openPrivate(path);
  await handle.close();
  return next;
}

async function rotate(path: string, ino: number): Promise<void> {
  // One server at a time: another one writes on, and looks again with its next line.
  const lock = tryLock(path);
  if (!("release" in lock)) return;
  try {
    // Another server may have put it aside just now: the file at this path is then a new one.
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
    const why = error.code === "ELOOP" ? "is a link" : `cannot be opened (${error.code})`;
    throw new UserError("audit-file", `--audit ${path} ${why}. Name a file of this user's own.`);
  });
  const found = await handle.stat();
  const mine = process.getuid === undefined || found.uid === process.getuid();
  if (found.isFile() && mine && (process.platform === "win32" || (found.mode & 0o077) === 0)) return handle;
  await handle.close();
  throw new UserError(
    "audit-file",
    `--audit ${path} is not a file of this user's alone (mode 600). Move it away, or chmod 600.`,
  );
}
