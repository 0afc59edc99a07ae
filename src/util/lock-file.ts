/**
 * A lock that several processes of this user respect: `FILE.lock`, which contains the id of the process that holds it. A lock
 * whose process no longer runs is taken over.
 */
import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { isRunning } from "./is-running.ts";
import { systemCode } from "./system-error.ts";

export interface FileLock {
  release(): void;
}

/** A lock that another process holds. `holder` is undefined if the lock file does not contain its id. */
export interface HeldLock {
  readonly holder: number | undefined;
}

/** The path of the lock file of a file. */
export function lockPath(file: string): string {
  return `${file}.lock`;
}

/** Who holds the lock of `file`; undefined if it is free. Changes nothing. Raises system errors. */
export function lockHolder(file: string): HeldLock | undefined {
  const holder = readHolder(lockPath(file));
  if (holder === "released") return undefined;
  if (holder === "unreadable") return { holder: undefined };
  return isRunning(holder) ? { holder } : undefined;
}

/** Acquires the lock of `file`, or returns its holder, without waiting. Raises system errors. */
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

/** The time between two attempts, in milliseconds. */
const RETRY_MS = 20;

/** Runs `work` while holding the lock of `file`. Returns undefined if the lock was not free within `timeoutMs`. */
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

/** Creates the lock file with the content of `own`, in one step. Returns false if a lock exists. */
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

/** Removes the lock of a dead process. If another process has replaced that lock in the meantime, its lock is restored. */
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
