/** The channel folder, and the files in it by which commands find the servers of this user. */

import {
  closeSync,
  constants,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import type { ListenOptions, Server } from "node:net";
import { uptime } from "node:os";
import { join } from "node:path";
import { isRunning } from "../util/is-running.ts";
import { systemCode } from "../util/system-error.ts";
import { UserError } from "../util/user-error.ts";
import { SECRET_BYTES } from "./channel-proofs.ts";
import type { TransportKind } from "./transport.ts";

/** What the file of a server that listens on TCP contains. */
export interface ChannelAddress {
  readonly port: number;
  readonly secret: Buffer;
}

/** A file by which a server is found. */
export interface ChannelFile {
  readonly path: string;
  readonly pid: number;
  readonly kind: TransportKind;
}

/** The maximum size of a file with an address, in bytes. A server writes fewer than 100. */
const MAX_FILE_BYTES = 1_024;

/** How much the time of a file and the start of the system can differ from what the clock says, in milliseconds. */
const CLOCK_ERROR_MS = 60_000;

/** Creates the folder if necessary. Checks that it is a folder and no link, belongs to this user, and is closed to others. */
export function checkFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (systemCode(error) !== "EEXIST")
      throw new UserError("channel", `${folder} cannot be created (${systemCode(error)}).`, "Check its path.");
  }
  checkIsPrivateFolder(folder, lstatSync(folder));
}

function checkIsPrivateFolder(folder: string, found: Stats): void {
  if (!found.isDirectory() || !isPrivate(found))
    throw new UserError(
      "channel-folder",
      `${folder} must be a folder that only this user can access (mode 700).`,
      "Move it away. The program then creates it again.",
    );
}

/** The stats of a path itself, also if it is a link; undefined if nothing is there. Raises UserError if it cannot be read. */
function statIfThere(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A part of the path is a file.
    if (systemCode(error) === "ENOTDIR") return undefined;
    throw unreadable(path, error);
  }
}

function unreadable(folder: string, error: unknown): UserError {
  return new UserError(
    "channel-folder",
    `${folder} cannot be read (${systemCode(error)}).`,
    "Check its path and its permissions.",
  );
}

/**
 * The files of servers in the folder; none if it does not exist. Removes those of processes that no longer run. Raises UserError for
 * the folder.
 */
export function channelFiles(folder: string): ChannelFile[] {
  const there = statIfThere(folder);
  if (!there) return [];
  checkIsPrivateFolder(folder, there);
  return namesIn(folder).flatMap((name): ChannelFile[] => {
    const [, digits, ending] = /^([1-9]\d{0,8})\.(sock|tcp|tcp\.tmp)$/.exec(name) ?? [];
    const path = join(folder, name);
    const pid = Number(digits);
    if (ending === "sock") return process.platform === "win32" ? [] : [{ path, pid, kind: "socket" }];
    if (ending === "tcp") return [{ path, pid, kind: "tcp" }];
    // A server died before it had written its file.
    if (ending === "tcp.tmp" && !isRunning(pid)) removeStale(path);
    return [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return [];
    throw unreadable(folder, error);
  }
}

/** Checks that the file is a socket of this user. Raises UserError. Returns false if it is gone. */
export function checkSocket(path: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found) checkOwn(path, found, found.isSocket(), "a socket");
  return found !== undefined;
}

/** Reads the file of a server that listens on TCP. Raises UserError. Returns undefined if it is gone. */
export function readAddress(path: string): ChannelAddress | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return undefined;
  checkOwn(path, found, found.isFile(), "a regular file");
  if (!isPrivate(found))
    throw unusable(path, "can be read or written by other users, so its secret may be known", "Delete it");
  const text = readShort(path);
  const address = text === undefined ? undefined : parseAddress(text);
  if (!address) throw unusable(path, "is damaged", "Delete it");
  return address;
}

/**
 * Writes the file of a server that listens on TCP. It has its name only when it is complete. Returns a function that removes it,
 * which the end of the process also does. Raises UserError.
 */
export function writeAddress(path: string, { port, secret }: ChannelAddress): () => void {
  const unfinished = `${path}.tmp`;
  try {
    // Of a process that had the same id.
    removeStale(unfinished);
    writeFileSync(unfinished, `${JSON.stringify({ port, secret: secret.toString("base64url") })}\n`, {
      mode: 0o600,
      flag: "wx",
    });
    removeStale(path);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw new UserError("channel", `${path} cannot be written (${systemCode(error)}).`, "Move it away.");
  }
  const remove = () => {
    process.removeListener("exit", remove);
    try {
      removeStale(path);
    } catch {
      // The next command removes it.
    }
  };
  process.once("exit", remove);
  return remove;
}

/** Removes a file that its process left behind. Raises system errors, but not if it is gone. */
export function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

/** Whether the server that wrote the file has certainly ended: it does not run, or the system was started since. */
export function hasEnded({ path, pid }: ChannelFile, canTellByTime: boolean): boolean {
  if (!isRunning(pid)) return true;
  // Another process can have the id after a restart of the system, which does not empty the folder on Windows.
  const written = lstatSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
  return canTellByTime && written < Date.now() - uptime() * 1_000 - CLOCK_ERROR_MS;
}

/** Resolves when the server listens. Rejects with a system error. */
export async function listening(server: Server, where: ListenOptions): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    // Stays, so that a later error, as of a connection that cannot be accepted, does not end the process.
    server.on("error", reject);
    server.listen(where, resolve);
  });
}

/** Whether only this user can access it. On Windows, which has no such modes, the folder of the profile decides. */
function isPrivate({ mode, uid }: Stats): boolean {
  return process.getuid === undefined || (uid === process.getuid() && (mode & 0o077) === 0);
}

function checkOwn(path: string, found: Stats, isRight: boolean, wanted: string): void {
  if (found.isSymbolicLink()) throw unusable(path, "is a symbolic link", "Delete it");
  if (!isRight) throw unusable(path, `is not ${wanted}`, "Move it away");
  if (process.getuid !== undefined && found.uid !== process.getuid())
    throw unusable(path, "belongs to another user", "Delete it, and find out who can write to the folder");
}

function unusable(path: string, why: string, then: string): UserError {
  return new UserError(
    "channel",
    `${path} ${why}. It was not used.`,
    `${then}. Then restart the server that needs it.`,
  );
}

/** The text of a regular file; undefined if it is too long. Raises UserError. */
function readShort(path: string): string | undefined {
  // O_NOFOLLOW does not exist on Windows, where a link was found before.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    const bytes = Buffer.alloc(MAX_FILE_BYTES + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return length > MAX_FILE_BYTES ? undefined : bytes.toString("utf8", 0, length);
  } catch (error) {
    throw unusable(path, `cannot be read (${systemCode(error)})`, "Delete it");
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function parseAddress(text: string): ChannelAddress | undefined {
  try {
    const { port, secret } = JSON.parse(text) as { port?: unknown; secret?: unknown };
    if (typeof port !== "number" || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
    if (typeof secret !== "string") return undefined;
    const bytes = Buffer.from(secret, "base64url");
    return bytes.length === SECRET_BYTES && bytes.toString("base64url") === secret
      ? { port, secret: bytes }
      : undefined;
  } catch {
    // Not JSON, or not an object.
    return undefined;
  }
}
