import { randomUUID } from "node:crypto";
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { ProfileError } from "./profile-error.ts";

/** Another run of ours needs some milliseconds; longer than this nobody means well. */
const PATIENCE_MS = 5_000;
const LOOK_AGAIN_MS = 20;

/** Holds `file` against every other run of ours while `work` goes on. A dead process's lock is taken over. Raises ProfileError. */
export async function holding<Result>(file: string, work: () => Result): Promise<Result> {
  const path = `${file}.lock`;
  const own = `${path}.${process.pid}.${randomUUID()}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o600, flag: "wx" });
  try {
    for (let waited = 0; !take(own, path); waited += LOOK_AGAIN_MS) {
      const holder = holderOf(path);
      if (holder !== undefined && !isRunning(holder)) discard(path, holder);
      else if (waited >= PATIENCE_MS)
        throw new ProfileError(`${path} is held by another process. When none is at work on the file, delete it.`);
      else await wait(LOOK_AGAIN_MS);
    }
  } finally {
    unlinkSync(own);
  }
  try {
    return work();
  } finally {
    unlinkSync(path);
  }
}

/** A link is made in one step with what is in it, and fails where something is already there. */
function take(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if (isCode(error, "EEXIST")) return false;
    throw error;
  }
}

function holderOf(path: string): number | undefined {
  try {
    const [, pid] = /^(\d{1,9})\n$/.exec(readFileSync(path, "utf8")) ?? [];
    return pid === undefined ? undefined : Number(pid);
  } catch (error) {
    // Released between two looks.
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Takes a dead process's lock away; one that was put in its place meanwhile is put back. */
function discard(path: string, holder: number): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, "ENOENT")) return;
    throw error;
  }
  if (holderOf(aside) !== holder) take(aside, path);
  unlinkSync(aside);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's process is one that runs.
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
