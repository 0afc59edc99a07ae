/**
 * State that outlives the process: a journal of changes, one line for each batch, sealed with a digest. A line is on disk
 * before a call is answered, so no acknowledged write is lost, whenever the process is killed; a line that was being written
 * then has no end, was never acknowledged, and is dropped.
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import type { JWK } from "jose";
import { type HeldLock, lockPath, tryLock } from "../../util/lock-file.ts";
import { replaceFile } from "../../util/replace-file.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { StateChange } from "./store.ts";

/** What makes tokens and credentials of before a restart count after it. */
export interface Secrets {
  /** Seals page tokens. Base64. */
  readonly pages: string;
  /** Seals session tokens. Base64. */
  readonly sessions: string;
}

/** What a line can tell of. */
type Entry = StateChange | { readonly signingKey: JWK };

export interface StateFile {
  readonly secrets: Secrets;
  /** The key that signed tokens before. */
  readonly signingKey: JWK | undefined;
  /** Notes what is to be on disk after the next flush. */
  note(entry: Entry): void;
  /** Resolves when all that was noted is on disk. Once writing has failed it rejects, then and ever after. */
  flush(): Promise<void>;
  /** Writes what is left, and lets the file go. */
  close(): Promise<void>;
}

const FORMAT = "cognito-identity-mcp state";
const VERSION = 1;

/** Changes in one line of a file that is written anew. */
const BATCH = 1000;

/** Entries that may be out of date before a file is written anew when it is opened. */
const MAX_STALE_ENTRIES = 10_000;

interface Options {
  /** The secrets of a file that does not exist yet. */
  readonly newSecrets: () => Secrets;
  /** Told of each change in the file, in order. */
  readonly replay: (change: StateChange) => void;
  /** The changes that make the state as it is after the replay. */
  readonly snapshot: () => Iterable<StateChange>;
}

/**
 * Opens `path`, or makes it. Raises UserError for a file that another process uses, that is damaged, that a later version
 * wrote, or that is something else; such a file is left as it is.
 */
export async function openStateFile(path: string, options: Options): Promise<StateFile> {
  try {
    return await openLocked(path, options);
  } catch (error) {
    const code = systemCode(error);
    if (isUserError(error) || code === undefined) throw error;
    throw new UserError("state-file", `${path} cannot be used (${code}). Check the folder and who may write there.`);
  }
}

async function openLocked(path: string, options: Options): Promise<StateFile> {
  const lock = tryLock(path);
  if (!("release" in lock)) throw inUse(path, lock);
  try {
    const found = await read(path, options.replay);
    const secrets = found?.secrets ?? options.newSecrets();
    if (!found || found.entries > MAX_STALE_ENTRIES)
      await rewrite(path, secrets, found?.signingKey, options.snapshot());
    else await truncate(path, found.wholeBytes);
    const handle = await open(path, "a", 0o600);
    return writerFor(path, handle, lock.release, { secrets, signingKey: found?.signingKey });
  } catch (error) {
    lock.release();
    throw error;
  }
}

function inUse(path: string, { holder }: HeldLock): UserError {
  const process = holder === undefined ? "another process" : `process ${holder}`;
  return new UserError(
    "state-file",
    `${path} is in use by ${process}. End that first; if it is no such service, delete ${lockPath(path)}.`,
  );
}

interface Found {
  readonly secrets: Secrets;
  readonly signingKey: JWK | undefined;
  readonly entries: number;
  /** Where the last whole line ends. */
  readonly wholeBytes: number;
}

/** Reads a file and replays it; undefined where there is none yet. */
async function read(path: string, replay: (change: StateChange) => void): Promise<Found | undefined> {
  let secrets: Secrets | undefined;
  let signingKey: JWK | undefined;
  let entries = 0;
  let wholeBytes = 0;
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    wholeBytes += line.length + 1;
    const content = unseal(line);
    if (!secrets) {
      secrets = readHeader(path, content);
      continue;
    }
    if (!Array.isArray(content))
      throw new UserError(
        "state-file",
        `${path} is damaged in line ${number}. It was left as it is: restore a copy, or move it away.`,
      );
    for (const entry of content as Entry[]) {
      entries += 1;
      if ("signingKey" in entry) signingKey = entry.signingKey;
      else replay(entry);
    }
  }
  return secrets && { secrets, signingKey, entries, wholeBytes };
}

function readHeader(path: string, content: unknown): Secrets {
  const { format, version, pages, sessions } = (content ?? {}) as Record<string, unknown>;
  if (format !== FORMAT || typeof version !== "number" || typeof pages !== "string" || typeof sessions !== "string")
    throw new UserError(
      "state-file",
      `${path} is not a state file of this service, or its first line is damaged. It was left as it is.`,
    );
  if (version > VERSION)
    throw new UserError(
      "state-file",
      `${path} was written by a later version (format ${version}, known is ${VERSION}). It was left as it is.`,
    );
  return { pages, sessions };
}

/** The lines of a file that have an end; none where there is no file. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
      rest = rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk;
      for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
        yield rest.subarray(0, end);
        rest = rest.subarray(end + 1);
      }
    }
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

/** Replaces the file by one that holds the state and nothing out of date. */
async function rewrite(
  path: string,
  secrets: Secrets,
  signingKey: JWK | undefined,
  changes: Iterable<StateChange>,
): Promise<void> {
  await replaceFile(path, {
    mode: 0o600,
    // Always the same, so that a process which is killed here leaves no second copy behind.
    temporary: `${path}.new`,
    async write(handle) {
      await handle.appendFile(seal({ format: FORMAT, version: VERSION, ...secrets }));
      if (signingKey) await handle.appendFile(seal([{ signingKey }]));
      let batch: StateChange[] = [];
      for (const change of changes) {
        batch.push(change);
        if (batch.length < BATCH) continue;
        await handle.appendFile(seal(batch));
        batch = [];
      }
      if (batch.length > 0) await handle.appendFile(seal(batch));
    },
  });
}

function writerFor(
  path: string,
  handle: FileHandle,
  release: () => void,
  known: Pick<StateFile, "secrets" | "signingKey">,
): StateFile {
  let pending: Entry[] = [];
  let notedEntries = 0;
  let writtenEntries = 0;
  let writing: Promise<void> | undefined;
  let failed: UserError | undefined;

  /** One write and one sync for all who wait. */
  async function write(): Promise<void> {
    const upTo = notedEntries;
    const batch = pending;
    pending = [];
    try {
      await handle.appendFile(seal(batch));
      await handle.datasync();
      writtenEntries = upTo;
    } catch (error) {
      const reason = systemCode(error);
      const code = reason === undefined ? "" : ` (${reason})`;
      failed = new UserError(
        "state-file",
        `${path} cannot be written${code}: from here on no call is answered. Restart the service.`,
      );
    } finally {
      writing = undefined;
    }
  }

  async function flush(): Promise<void> {
    const mine = notedEntries;
    while (writtenEntries < mine) {
      // Memory is ahead of the disk now, for good: nothing may be acknowledged any more.
      if (failed !== undefined) throw failed;
      writing ??= write();
      await writing;
    }
  }

  return {
    ...known,
    note(entry) {
      pending.push(entry);
      notedEntries += 1;
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await handle.close();
        release();
      }
    },
  };
}

function seal(content: object): string {
  const json = JSON.stringify(content);
  return `${digestOf(json)} ${json}\n`;
}

/** What a line holds, or undefined when it is not what was written. */
function unseal(line: Buffer): unknown {
  const json = line.subarray(DIGEST + 1);
  if (line.subarray(0, DIGEST).toString() !== digestOf(json)) return undefined;
  return JSON.parse(json.toString());
}

/** Hexadecimal digits of a line's digest. */
const DIGEST = 16;

function digestOf(json: string | Buffer): string {
  return createHash("sha256").update(json).digest("hex").slice(0, DIGEST);
}
