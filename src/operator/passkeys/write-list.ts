/** Writes a list of passkeys: that of the user, or, with the password of an administrator, that of the system. */
import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { findProgram } from "../../util/find-program.ts";
import { withFileLock } from "../../util/lock-file.ts";
import { replaceFile } from "../../util/replace-file.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import { administratorNeedsNoPassword, readKeyList } from "./key-list.ts";
import type { KeyPlace } from "./key-place.ts";
import { type ListedKeys, renderList } from "./passkey.ts";

/** How this program becomes administrator: a program that asks for the password, or not at all, because it runs as root. */
export type Administrator = { readonly by: "sudo" | "pkexec"; readonly program: string } | { readonly by: "nothing" };

/** How long to wait for another run of this program, in milliseconds. */
const LOCK_TIMEOUT_MS = 5_000;

/**
 * Run as administrator, by a shell, with the folder, the list and the number of bytes on stdin as arguments. It is a constant, and
 * names programs of the system only: no file of the user runs as administrator.
 */
const SCRIPT = `
set -eu
PATH=/usr/bin:/bin:/usr/sbin:/sbin
umask 022
[ -d "$1" ] || mkdir "$1"
chown 0:0 "$1"
chmod 755 "$1"
new=$(mktemp "$1/.passkeys.XXXXXXXX")
trap 'rm -f "$new"' EXIT
cat >"$new"
[ "$(wc -c <"$new")" -eq "$3" ]
chown 0:0 "$new"
chmod 644 "$new"
mv -f "$new" "$2"
trap - EXIT
`;

/** Undefined if the system has no program for it. `path` is the PATH. */
export function findAdministrator({ system, uid }: KeyPlace, path: string | undefined): Administrator | undefined {
  if (uid === system?.administrator) return { by: "nothing" };
  for (const by of ["sudo", "pkexec"] as const) {
    const program = findProgram(by, path);
    if (program !== undefined) return { by, program };
  }
  return undefined;
}

/**
 * Writes the list of the system, which asks for the password in the terminal or in a window. Gives whether a password was asked for.
 * Raises UserError if the list was not written.
 */
export async function writeSystemList(
  place: KeyPlace,
  list: ListedKeys,
  administrator: Administrator,
): Promise<{ readonly neededPassword: boolean }> {
  const { system } = place;
  if (!system) throw new UserError("passkeys", "This system has no list of keys of the administrator.");
  const text = renderList(list);
  const args = ["-c", SCRIPT, "sh", dirname(system.path), system.path, String(Buffer.byteLength(text))];
  const { by } = administrator;
  // A password that was typed for another command must not count for this one.
  if (by === "sudo") await run(administrator.program, ["-k"], "");
  const neededPassword = by === "pkexec" || (by === "sudo" && !(await administratorNeedsNoPassword()));
  const code =
    by === "nothing"
      ? await run("/bin/sh", args, text)
      : await run(administrator.program, [...(by === "sudo" ? ["--"] : []), "/bin/sh", ...args], text);
  if (by === "sudo") await run(administrator.program, ["-k"], "");
  if (code !== 0)
    throw new UserError(
      "passkeys",
      by === "nothing"
        ? `${system.path} cannot be written. Nothing was changed.`
        : `${by} refused, or could not write the list. Nothing was changed.`,
    );
  if (renderList(readKeyList(place)) !== text)
    throw new UserError("passkeys", `${system.path} does not hold what was written.`, "Find out what changed it.");
  return { neededPassword };
}

/** Writes the list of the user. Raises UserError if it was not written. */
export async function writeUserList(path: string, list: ListedKeys): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const written = await withFileLock(path, LOCK_TIMEOUT_MS, () =>
      replaceFile(path, { mode: 0o600, write: (handle) => handle.writeFile(renderList(list)) }),
    );
    if (!written) throw new UserError("passkeys", `${path} is being written by another process. Nothing was changed.`);
  } catch (error) {
    if (isUserError(error) || systemCode(error) === undefined) throw error;
    throw new UserError("passkeys", `${path} cannot be written (${systemCode(error)}). Nothing was changed.`);
  }
}

/** Runs a program with the terminal of this one and `input` on its stdin. Resolves to its exit code; undefined if it did not run. */
async function run(program: string, args: readonly string[], input: string): Promise<number | undefined> {
  return await new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ["pipe", "inherit", "inherit"] });
    child.once("error", () => resolve(undefined));
    child.once("exit", (code) => resolve(code ?? undefined));
    // A program that ends without reading breaks the pipe, and its exit code says why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}
