/**
 * Persists the state in a journal of changes: one line per batch, each with a digest. A line is on disk before the
 * service responds, so no acknowledged write is lost if the process is killed. An incomplete last line was never
 * acknowledged and is discarded.
 */

import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import type { JWK } from "jose";
import type { Fields } from "../../util/json.ts";
import { type HeldLock, lockHolder, lockPath, tryLock } from "../../util/lock-file.ts";
import { replaceFile } from "../../util/replace-file.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { DocumentChange } from "./documents.ts";
import type { StateChange as StoreChange } from "./store.ts";

/** A change of what the service keeps. */
export type StateChange = StoreChange | DocumentChange;

/** Keys that keep page tokens and credentials valid across restarts. */
export interface Secrets {
  /** Signs page tokens. Base64. */
  readonly pages: string;
  /** Signs session tokens. Base64. */
  readonly sessions: string;
}

/** One entry of a line. */
type Entry = StateChange | { readonly signingKey: JWK };

export interface StateFile {
  readonly secrets: Secrets;
  /** The stored key that signs OpenID tokens. */
  readonly signingKey: JWK | undefined;
  /** Queues an entry for the next flush. */
  append(entry: Entry): void;
  /** Resolves when all queued entries are on disk. After a failed write it always rejects. */
  flush(): Promise<void>;
  /** Writes the queued entries and closes the file. */
  close(): Promise<void>;
}

const FORMAT = "cognito-identity-mcp state";
/** Version 1 has no documents: who reads only version 1 would ignore roles, and must not open such a file. */
const VERSION = 2;

/** Changes per line when the file is rewritten. */
const BATCH = 1000;

/** A file with at most this many entries that are out of date, or lines, is not rewritten when it is opened. */
const MAX_STALE = 10_000;

/** A file whose lines hold fewer entries than this on average is rewritten: a digest a line makes it slow to read. */
const MIN_BATCH = 10;

interface Options {
  /** Creates the secrets of a new file. */
  readonly newSecrets: () => Secrets;
  /** Called for each change in the file, in order. */
  readonly replay: (change: StateChange) => void;
  /** Returns the changes that reproduce the state after the replay. */
  readonly snapshot: () => Iterable<StateChange>;
  /** The number of changes of `snapshot`. */
  readonly size: () => number;
  /** Called now and then while a file is read or rewritten. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

/** How far the opening of a file is. */
export interface Progress {
  readonly stage: "reading" | "rewriting";
  /** From 0 to 1. */
  readonly done: number;
}

/**
 * Opens or creates the file. Throws a UserError, and does not change the file, if another process uses it, if it is
 * damaged, if a later version wrote it, or if it is not a state file.
 */
export async function openStateFile(path: string, options: Options): Promise<StateFile> {
  return await openLocked(path, options).catch((error: unknown) => rethrow(path, error));
}

/**
 * Reads the file as `openStateFile` does, and changes nothing. Resolves with the process that uses the file, if there is one:
 * then it was not read. Throws the same errors as `openStateFile`.
 */
export async function checkStateFile(path: string, replay: Options["replay"]): Promise<HeldLock | undefined> {
  try {
    const held = lockHolder(path);
    if (!held) await replayFile(path, replay);
    return held;
  } catch (error) {
    return rethrow(path, error);
  }
}

function rethrow(path: string, error: unknown): never {
  const code = systemCode(error);
  if (isUserError(error) || code === undefined) throw error;
  throw new UserError(
    "state-file",
    `${path} cannot be used (${code}).`,
    "Check that its folder exists and that you can write to it.",
  );
}

async function openLocked(path: string, options: Options): Promise<StateFile> {
  const lock = tryLock(path);
  if (!("release" in lock)) throw inUse(path, lock);
  try {
    const stored = await replayFile(path, options.replay, options.onProgress);
    const secrets = stored?.secrets ?? options.newSecrets();
    if (!stored || stored.version < VERSION || isWorthRewriting(stored, options.size()))
      await rewrite(path, secrets, stored?.signingKey, options);
    else await truncate(path, stored.validBytes);
    const handle = await open(path, "a", 0o600);
    return createWriter(path, handle, lock.release, { secrets, signingKey: stored?.signingKey });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Whether a rewritten file would be much smaller, or much faster to read. One that was just rewritten is neither. */
function isWorthRewriting({ entries, lines }: ReplayResult, size: number): boolean {
  const stale = entries - size;
  return stale > Math.max(MAX_STALE, size) || lines > Math.max(MAX_STALE, size / MIN_BATCH);
}

function inUse(path: string, { holder }: HeldLock): UserError {
  const process = holder === undefined ? "another process" : `process ${holder}`;
  return new UserError(
    "state-file",
    `${path} is in use by ${process}.`,
    `Stop it first. If it is not an embedded service, delete ${lockPath(path)}.`,
  );
}

interface ReplayResult {
  readonly version: number;
  readonly secrets: Secrets;
  readonly signingKey: JWK | undefined;
  readonly entries: number;
  readonly lines: number;
  /** The length of all complete lines. */
  readonly validBytes: number;
}

/** Reads and replays a file. Returns undefined if the file does not exist. */
async function replayFile(
  path: string,
  replay: Options["replay"],
  onProgress: Options["onProgress"] = () => {},
): Promise<ReplayResult | undefined> {
  const bytes = sizeOf(path);
  let header: (Secrets & { readonly version: number }) | undefined;
  let signingKey: JWK | undefined;
  let entries = 0;
  let validBytes = 0;
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    validBytes += line.length + 1;
    if (bytes > 0) onProgress({ stage: "reading", done: Math.min(1, validBytes / bytes) });
    const content = unseal(line);
    if (!header) {
      header = readHeader(path, content);
      continue;
    }
    if (!Array.isArray(content))
      throw new UserError(
        "state-file",
        `${path} is damaged in line ${number}. It was not changed.`,
        "Restore a copy, or move it away.",
      );
    for (const entry of content as Entry[]) {
      entries += 1;
      if ("signingKey" in entry) signingKey = entry.signingKey;
      else replay(entry);
    }
  }
  if (!header) return undefined;
  const { version, ...secrets } = header;
  return { version, secrets, signingKey, entries, lines: number, validBytes };
}

/** In bytes. 0 for a file that does not exist. */
function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function readHeader(path: string, content: unknown): Secrets & { readonly version: number } {
  const { format, version, pages, sessions } = (content ?? {}) as Fields;
  if (format !== FORMAT || typeof version !== "number" || typeof pages !== "string" || typeof sessions !== "string")
    throw new UserError(
      "state-file",
      `${path} is not a state file of this service, or its first line is damaged. It was not changed.`,
      "Restore a copy, or use another file.",
    );
  if (version > VERSION)
    throw new UserError(
      "state-file",
      `${path} was written by a later version (format ${version}; this version supports ${VERSION}). It was not changed.`,
      "Use the later version, or another file.",
    );
  return { version, pages, sessions };
}

const CHUNK_BYTES = 1024 * 1024;

/** The complete lines of a file. None if the file does not exist. */
async function* linesOf(path: string): AsyncGenerator<Buffer> {
  let rest: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES }) as AsyncIterable<Buffer>) {
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
  { snapshot, size, onProgress = () => {} }: Options,
): Promise<void> {
  let written = 0;
  await replaceFile(path, {
    mode: 0o600,
    // Always the same, so that a process which is killed here leaves no second copy behind.
    temporary: `${path}.new`,
    async write(handle) {
      await handle.appendFile(seal({ format: FORMAT, version: VERSION, ...secrets }));
      if (signingKey) await handle.appendFile(seal([{ signingKey }]));
      let batch: StateChange[] = [];
      for (const change of snapshot()) {
        batch.push(change);
        if (batch.length < BATCH) continue;
        await handle.appendFile(seal(batch));
        written += batch.length;
        onProgress({ stage: "rewriting", done: written / size() });
        batch = [];
      }
      if (batch.length > 0) await handle.appendFile(seal(batch));
    },
  });
}

function createWriter(
  path: string,
  handle: FileHandle,
  release: () => void,
  known: Pick<StateFile, "secrets" | "signingKey">,
): StateFile {
  let pending: Entry[] = [];
  let queuedCount = 0;
  let writtenCount = 0;
  let writing: Promise<void> | undefined;
  let failed: UserError | undefined;

  /** Writes all queued entries with one write and one sync. */
  async function write(): Promise<void> {
    const batchEnd = queuedCount;
    const batch = pending;
    pending = [];
    try {
      await handle.appendFile(seal(batch));
      await handle.datasync();
      writtenCount = batchEnd;
    } catch (error) {
      const reason = systemCode(error);
      const code = reason === undefined ? "" : ` (${reason})`;
      failed = new UserError(
        "state-write",
        `${path} cannot be written${code}. The service no longer answers calls. Correct the cause and restart the service.`,
      );
    } finally {
      writing = undefined;
    }
  }

  async function flush(): Promise<void> {
    const target = queuedCount;
    while (writtenCount < target) {
      // The state in memory is permanently ahead of the file: no further write may be acknowledged.
      if (failed !== undefined) throw failed;
      writing ??= write();
      await writing;
    }
  }

  return {
    ...known,
    append(entry) {
      pending.push(entry);
      queuedCount += 1;
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

/** Returns the content of a line, or undefined if the digest does not match. */
function unseal(line: Buffer): unknown {
  const json = line.subarray(DIGEST + 1);
  if (line.subarray(0, DIGEST).toString() !== digestOf(json)) return undefined;
  return JSON.parse(json.toString());
}

/** The number of hexadecimal digits of a line's digest. */
const DIGEST = 16;

function digestOf(json: string | Buffer): string {
  return createHash("sha256").update(json).digest("hex").slice(0, DIGEST);
}
