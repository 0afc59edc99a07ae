/**
 * The list of passkeys that can approve. The system's list, which only the administrator can write, counts where it exists; else
 * that of the user. Only the command `enroll` writes them.
 */
import { execFile } from "node:child_process";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, type Stats } from "node:fs";
import { dirname } from "node:path";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { KeyPlace, SystemPlace } from "./key-place.ts";
import { type ListedKeys, type Passkey, parseList } from "./passkey.ts";

export interface KeyList {
  readonly path: string;
  /** Whose list it is; `none` if there is no list. */
  readonly owner: "system" | "user" | "none";
  readonly keys: readonly Passkey[];
  /** Why other programs of this user can change the list; undefined if only the administrator can. */
  readonly unprotected: string | undefined;
  /** Whether every gated call of this user to AWS takes a passkey, however the program is started. Only a list of the system says so. */
  readonly requires: boolean;
}

/** The size of a list with the maximum number of keys is less, in bytes. */
const MAX_LIST_BYTES = 262_144;

/** How long `sudo` may take to say whether it asks for a password, in milliseconds. */
const SUDO_TIMEOUT_MS = 5_000;

const UNPROTECTED = {
  user: "The list of keys belongs to this user, so every program of this user can change it.",
  root: "The program runs as root, so every program of this user can change the list of keys.",
  sudo: "sudo asks this user for no password, so every program of this user can change the list of keys.",
};

export const ADMINISTRATOR_NEEDS_NO_PASSWORD = UNPROTECTED.sudo;

/** Reads the list that counts. Starts no process. Raises UserError for a list that is damaged, or that others can write. */
export function readKeyList(place: KeyPlace): KeyList {
  const { system, user, uid } = place;
  if (system && isThere(system.path)) {
    checkSystemPath(system);
    const isAdministrator = uid === system.administrator;
    const unprotected = isAdministrator ? UNPROTECTED.root : undefined;
    return { path: system.path, owner: "system", unprotected, ...readList(system.path, system.administrator) };
  }
  if (!isThere(user)) return { path: user, owner: "none", keys: [], unprotected: undefined, requires: false };
  checkUserFolder(dirname(user), uid);
  const { keys } = readList(user, uid);
  return { path: user, owner: "user", keys, unprotected: UNPROTECTED.user, requires: false };
}

/**
 * Whether this user becomes administrator without a password: then every program of the user can write the system's list. Starts
 * `sudo`, so it is not for the start of a server.
 */
export async function administratorNeedsNoPassword(): Promise<boolean> {
  return await new Promise((resolve) => {
    const sudo = execFile("sudo", ["-n", "true"], { timeout: SUDO_TIMEOUT_MS }, (error) => resolve(!error));
    sudo.stdin?.end();
  });
}

function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // A list that cannot be looked at must not be taken for one that is not there.
    throw unusable(path, `cannot be read (${systemCode(error)})`);
  }
}

/** Whoever can write one of the folders on the way could put another file in the place of the list. */
function checkSystemPath({ path, top, administrator }: SystemPlace): void {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = lstatSync(folder);
    if (found.isSymbolicLink()) throw unusable(folder, "is a symbolic link");
    if (found.uid !== administrator) throw unusable(folder, "does not belong to the administrator (root)");
    if (isWritableByOthers(found)) throw unusable(folder, "can be written by others than its owner");
    if (folder === top) return;
    if (folder === dirname(folder)) throw unusable(path, "is not in the folder of the system");
  }
}

function checkUserFolder(folder: string, uid: number | undefined): void {
  if (uid === undefined) return;
  const found = lstatSync(folder);
  if (found.uid !== uid && found.uid !== 0) throw unusable(folder, "belongs to another user");
  if (isWritableByOthers(found)) throw unusable(folder, "can be written by others than its owner");
}

function isWritableByOthers({ mode }: Stats): boolean {
  return (mode & 0o022) !== 0;
}

/** Reads a list that must belong to `owner`. */
function readList(path: string, owner: number | undefined): ListedKeys {
  // O_NOFOLLOW and O_NONBLOCK do not exist on Windows.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  let file: number | undefined;
  try {
    file = openSync(path, flags);
    const found = fstatSync(file);
    if (!found.isFile()) throw unusable(path, "is not a regular file");
    if (owner !== undefined && found.uid !== owner) throw unusable(path, "belongs to another user");
    if (owner !== undefined && isWritableByOthers(found))
      throw unusable(path, "can be written by others than its owner");
    const bytes = Buffer.alloc(MAX_LIST_BYTES + 1);
    const length = readSync(file, bytes, 0, bytes.length, 0);
    const list = length > MAX_LIST_BYTES ? undefined : parseList(bytes.toString("utf8", 0, length));
    if (!list) throw unusable(path, "is damaged");
    return list;
  } catch (error) {
    if (isUserError(error)) throw error;
    const code = systemCode(error);
    throw unusable(path, code === "ELOOP" ? "is a symbolic link" : `cannot be read (${code})`);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function unusable(path: string, why: string): UserError {
  return new UserError(
    "passkeys",
    `${path} ${why}. No passkey was read.`,
    "Find out who changed it. Then correct it, or delete the list and enroll the keys again.",
  );
}
