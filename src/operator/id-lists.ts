/** Lists of identities that are too long for a plan, in files that only this user can read. A person finds the file in the plan. */
import { randomUUID } from "node:crypto";
import { closeSync, existsSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "../util/is-running.ts";
import { systemCode } from "../util/system-error.ts";
import { isUserError, UserError } from "../util/user-error.ts";
import { quote } from "../util/visible-text.ts";
import { checkFolder } from "./channel-files.ts";

/** Ids that stand in the plan itself, at a terminal and on the page. */
const MAX_INLINE = 200;

/** Files at once. Each selection of a caller is another list, and the folder is often in memory. */
const MAX_FILES = 64;

/** A file stays this long after a plan named it last: longer than a plan can wait. */
const KEPT_MS = 3_600_000;

/** Ids that are written at once. */
const CHUNK = 1_000;

interface IdList {
  readonly size: number;
  readonly digest: string;
  ids(): Iterable<string>;
}

export interface IdLists {
  /** The list in a sentence, or where it is. */
  detailsOf(list: IdList): Promise<readonly string[]>;
  /** Removes the files, where nobody decides any more. */
  remove(): void;
}

/** Writes the files to the channel folder, and removes them when the process ends. `now` is in milliseconds. */
export function createIdLists(folder: string, now: () => number = Date.now): IdLists {
  /** By digest. */
  const files = new Map<string, { readonly path: string; named: number }>();
  function remove(isDue: (named: number) => boolean = () => true): void {
    for (const [digest, { path, named }] of files) {
      if (!isDue(named)) continue;
      rmSync(path, { force: true });
      files.delete(digest);
    }
  }
  process.once("exit", () => remove());

  function write({ digest, ids }: IdList): string {
    const known = files.get(digest);
    if (known !== undefined && existsSync(known.path)) {
      known.named = now();
      return known.path;
    }
    checkFolder(folder);
    removeStale(folder);
    remove((named) => named + KEPT_MS <= now());
    if (files.size >= MAX_FILES)
      throw new UserError(
        "channel-folder",
        `There are ${MAX_FILES} such files. One is removed an hour after a plan named it last.`,
      );
    const path = join(folder, `list-${process.pid}-${randomUUID()}.txt`);
    const file = openSync(path, "wx", 0o600);
    try {
      let chunk: string[] = [];
      for (const id of ids()) {
        chunk.push(`${id}\n`);
        if (chunk.length < CHUNK) continue;
        writeSync(file, chunk.join(""));
        chunk = [];
      }
      writeSync(file, chunk.join(""));
    } catch (error) {
      // A part is not the list.
      rmSync(path, { force: true });
      throw error;
    } finally {
      closeSync(file);
    }
    files.set(digest, { path, named: now() });
    return path;
  }

  return {
    remove: () => remove(),
    async detailsOf(list) {
      if (list.size <= MAX_INLINE) return [`All of them: ${[...list.ids()].join(", ")}.`];
      try {
        return [`The whole list is in the file ${quote(write(list))}.`];
      } catch (error) {
        const why = isUserError(error) ? error.problem : `(${systemCode(error) ?? "no reason"})`;
        return [`The whole list could not be written to a file: ${why}`];
      }
    },
  };
}

/** Removes the files of processes that no longer run. */
function removeStale(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^list-([1-9]\d{0,8})-[\da-f-]{36}\.txt$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}
