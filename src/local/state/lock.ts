import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { FileError } from "./file-error.ts";

/** Holds `file` for this process until `release`. Raises FileError where another process that still runs holds it. */
export function lock(file: string): { release(): void } {
  const path = `${file}.lock`;
  const own = `${path}.${process.pid}`;
  writeFileSync(own, `${process.pid}\n`, { mode: 0o600 });
  try {
    while (!take(own, path)) {
      const holder = holderOf(path);
      if (holder !== undefined && isRunning(holder))
        throw new FileError(
          `${file} is in use by process ${holder}. End that first; if it is no such service, delete ${path}.`,
        );
      discard(path, holder);
    }
  } finally {
    unlinkSync(own);
  }
  return { release: () => unlinkSync(path) };
}

/** A link, unlike a rename, fails where something is already there. */
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
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch (error) {
    // Released between two looks.
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Takes a dead process's lock away; one that was put in its place meanwhile is put back. */
function discard(path: string, holder: number | undefined): void {
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
