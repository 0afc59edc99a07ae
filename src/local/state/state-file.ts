/**
 * Persists the state in a journal of changes: one line per batch, each with a digest. A line is on disk before the
 * service responds, so no acknowledged write is lost if the process is killed. An incomplete last line was never
 * acknowledged and is discarded.
 */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open, truncate } from "node:fs/promises";
import type { JWK } from "jose";
import type { Fields } from "../../util/json.ts";
import { type HeldLock, lockHolder, lockPath, tryLock } from "../../util/lock-file.ts";
import { replaceFile } from "../../util/replace-file.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { StateChange } from "./store.ts";

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
const VERSION = 1;

/** Changes per line when the file is rewritten. */
const BATCH = 1000;

/** If a file has more entries than this, it is rewritten when it is opened. */
const MAX_STALE_ENTRIES = 10_000;

interface Options {
  /** Creates the secrets of a new file. */
  readonly newSecrets: () => Secrets;
  /** Called for each change in the file, in order. */
  readonly replay: (change: StateChange) => void;
  /** Returns the changes that reproduce the state after the replay. */
  readonly snapshot: () => Iterable<StateChange>;
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
    const stored = await replayFile(path, options.replay);
    const secrets = stored?.secrets ?? options.newSecrets();
    if (!stored || stored.entries > MAX_STALE_ENTRIES)
      await rewrite(path, secrets, stored?.signingKey, options.snapshot());
    else await truncate(path, stored.validBytes);
    const handle = await open(path, "a", 0o600);
    return createWriter(path, handle, lock.release, { secrets, signingKey: stored?.signingKey });
  } catch (error) {
    lock.release();
    throw error;
  }
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
  readonly secrets: Secrets;
  readonly signingKey: JWK | undefined;
  readonly entries: number;
  /** The length of all complete lines. */
  readonly validBytes: number;
}

/** Reads and replays a file. Returns undefined if the file does not exist. */
async function replayFile(path: string, replay: (change: StateChange) => void): Promise<ReplayResult | undefined> {
  let secrets: Secrets | undefined;
  let signingKey: JWK | undefined;
  let entries = 0;
  let validBytes = 0;
  let number = 0;
  for await (const line of linesOf(path)) {
    number += 1;
    validBytes += line.length + 1;
    const content = unseal(line);
    if (!secrets) {
      secrets = readHeader(path, content);
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
  return secrets && { secrets, signingKey, entries, validBytes };
}

function readHeader(path: string, content: unknown): Secrets {
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
  return { pages, sessions };
}

/** The complete lines of a file. None if the file does not exist. */
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
