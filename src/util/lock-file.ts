/**
 * A lock that several processes of this user respect: `FILE.lock`, which contains the id of the process that holds it. A lock
 * whose process no longer runs is taken over.
 */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { systemCode } from "./system-error.ts";

export interface FileLock {
  release(): void;
}

/** Why a lock was not acquired: the process that holds it, or undefined where the lock file does not say. */
export interface HeldLock {
  readonly holder: number | undefined;
}

/** Where the lock of a file is. */
export function lockPath(file: string): string {
  return `${file}.lock`;
}

/** Acquires the lock of `file`, or tells who holds it, at once. Raises system errors. */
export function tryLock(file: string): FileLock | HeldLock {
  const path = lockPath(file);
  const own = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o600, flag: "wx" });
  try {
    for (;;) {
      if (create(own, path)) return { release: () => unlinkSync(path) };
      const holder = readHolder(path);
      if (holder === "released") continue;
      if (holder === "unreadable") return { holder: undefined };
      if (isRunning(holder)) return { holder };
      discard(path, holder);
    }
  } finally {
    unlinkSync(own);
  }
}

/** Milliseconds between two attempts. */
const RETRY_MS = 20;

/** Runs `work` while it holds the lock of `file`. Gives undefined when the lock was not free within `timeoutMs`. */
export async function withFileLock<Result>(
  file: string,
  timeoutMs: number,
  work: () => Promise<Result>,
): Promise<{ readonly result: Result } | undefined> {
  for (let waited = 0; ; waited += RETRY_MS) {
    const lock = tryLock(file);
    if ("release" in lock) {
      try {
        return { result: await work() };
      } finally {
        lock.release();
      }
    }
    if (waited >= timeoutMs) return undefined;
    await wait(RETRY_MS);
  }
}

/** Puts `own` in the lock's place with its content, in one step; false where a lock exists. */
function create(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (systemCode(error) === "EEXIST") return false;
    throw error;
  }
}

function readHolder(path: string): number | "released" | "unreadable" {
  try {
    const [, pid] = /^(\d{1,9})\n$/.exec(readFileSync(path, "utf8")) ?? [];
    return pid === undefined ? "unreadable" : Number(pid);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "released";
    throw error;
  }
}

/** Removes a dead process's lock; a lock that was put in its place meanwhile is put back. */
function discard(path: string, holder: number): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw error;
  }
  if (readHolder(aside) !== holder) create(aside, path);
  unlinkSync(aside);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user runs, although it cannot be signalled.
    return systemCode(error) === "EPERM";
  }
}
