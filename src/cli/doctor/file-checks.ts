/** Checks the files and folders that a server uses. Creates nothing. */

import { access, constants, lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { openAuditFile } from "../../audit/file.ts";
import { readLogins } from "../../config/logins-file.ts";
import type { Config } from "../../config/settings.ts";
import { findServers } from "../../operator/socket-client.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError } from "../../util/user-error.ts";
import type { Finding } from "./finding.ts";

/** Checks the folder of the sockets through which commands reach the servers of this user. */
export async function checkChannel(folder: string | undefined): Promise<Finding> {
  const about = "Channel";
  if (folder === undefined)
    return {
      mark: "note",
      about,
      says: "This system has no Unix sockets. Plans can be approved only in the form of the host, and vended secrets cannot be retrieved.",
    };
  const there = await lstat(folder).catch(() => undefined);
  if (!there) return { mark: "ok", about, says: `${folder} will be created when it is needed` };
  try {
    const servers = await findServers(folder);
    const pids = servers.map(({ pid }) => pid).join(", ");
    const waiting = servers.reduce((sum, server) => sum + server.waiting.length, 0);
    const running = servers.length === 0 ? "no server uses it" : `used by process ${pids}`;
    return {
      mark: "ok",
      about,
      says: `${folder}, private to this user; ${running}${waiting === 0 ? "" : `; plans that wait for approval: ${waiting}`}`,
    };
  } catch (error) {
    return {
      mark: "problem",
      about,
      says: messageOf(error),
      next: "Until then, plans cannot be approved at a terminal, and vended secrets cannot be retrieved.",
    };
  }
}

export async function checkAudit(path: string | undefined): Promise<Finding> {
  const about = "Audit";
  if (path === undefined) return { mark: "ok", about, says: "no audit file is set (--audit)" };
  if (!(await isThere(path))) {
    const writable = await may(dirname(path), constants.W_OK);
    return writable
      ? { mark: "ok", about, says: `${path} will be created` }
      : {
          mark: "problem",
          about,
          says: `${path} cannot be created.`,
          next: "Use a file in a folder that you can write to.",
        };
  }
  try {
    await (await openAuditFile(path)).close();
    return { mark: "ok", about, says: `${path} can be written` };
  } catch (error) {
    return {
      mark: "problem",
      about,
      says: messageOf(error),
      next: "Correct this: the server does not start without its audit file.",
    };
  }
}

/** The files of login references and of the embedded service. */
export async function* checkFiles({ local, logins }: Config): AsyncGenerator<Finding> {
  if (logins.file !== undefined) yield checkLogins(logins.file, logins.environment);
  if (local?.seed !== undefined && !(await may(local.seed, constants.R_OK)))
    yield { mark: "problem", about: "Seed", says: `${local.seed} cannot be read.`, next: "Correct --seed." };
  if (local?.state === undefined) return;
  const there = await isThere(local.state);
  const usable = await may(there ? local.state : dirname(local.state), constants.W_OK);
  yield usable
    ? { mark: "ok", about: "State", says: there ? local.state : `${local.state} will be created` }
    : { mark: "problem", about: "State", says: `${local.state} cannot be written.`, next: "Correct --state." };
}

function checkLogins(file: string, environment: Config["logins"]["environment"]): Finding {
  try {
    const { size } = readLogins(file, environment);
    return { mark: "ok", about: "Logins", says: `${size === 1 ? "1 reference" : `${size} references`} in ${file}` };
  } catch (error) {
    return {
      mark: "problem",
      about: "Logins",
      says: messageOf(error),
      next: "Correct this: the server does not start with it.",
    };
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined)) !== undefined;
}

async function may(path: string, how: number): Promise<boolean> {
  return await access(path, how).then(
    () => true,
    () => false,
  );
}

/** A UserError's message, or a sentence with the code of a system error. */
function messageOf(error: unknown): string {
  if (isUserError(error)) return error.message;
  const code = systemCode(error);
  return code === undefined ? "It cannot be used." : `It cannot be used (${code}).`;
}
