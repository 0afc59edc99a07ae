/** Files and folders that a server uses. Nothing is made that is not there. */

import { access, constants, lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { openAuditFile } from "../../audit/file.ts";
import { readLogins } from "../../config/logins-file.ts";
import type { Config } from "../../config/settings.ts";
import { findServers } from "../../operator/socket-client.ts";
import { systemCode } from "../../util/system-error.ts";
import { isUserError } from "../../util/user-error.ts";
import type { Finding } from "./finding.ts";

/** Where this user's servers and commands meet. */
export async function checkChannel(folder: string | undefined): Promise<Finding> {
  const about = "Channel";
  if (folder === undefined)
    return {
      mark: "note",
      about,
      says: "This system has no Unix sockets: plans are approved in the host's form only, and what is vended stays unused.",
    };
  const there = await lstat(folder).catch(() => undefined);
  if (!there) return { mark: "ok", about, says: `${folder} will be made when it is needed` };
  try {
    const servers = await findServers(folder);
    const pids = servers.map(({ pid }) => pid).join(", ");
    const waiting = servers.reduce((sum, server) => sum + server.waiting.length, 0);
    const running = servers.length === 0 ? "no server has opened it" : `open: process ${pids}`;
    return {
      mark: "ok",
      about,
      says: `${folder}, this user's alone; ${running}${waiting === 0 ? "" : `; plans that wait for an approval: ${waiting}`}`,
    };
  } catch (error) {
    return {
      mark: "problem",
      about,
      says: messageOf(error),
      next: "Without it, plans cannot be approved at a terminal.",
    };
  }
}

export async function checkAudit(path: string | undefined): Promise<Finding> {
  const about = "Audit";
  if (path === undefined) return { mark: "ok", about, says: "none is kept (--audit)" };
  if (!(await isThere(path))) {
    const writable = await may(dirname(path), constants.W_OK);
    return writable
      ? { mark: "ok", about, says: `${path} will be made` }
      : {
          mark: "problem",
          about,
          says: `${path} cannot be made.`,
          next: "Name a file in a folder that you can write to.",
        };
  }
  try {
    await (await openAuditFile(path)).close();
    return { mark: "ok", about, says: `${path} can be written to` };
  } catch (error) {
    return { mark: "problem", about, says: messageOf(error), next: "No call but reads is sent without its record." };
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
    ? { mark: "ok", about: "State", says: there ? local.state : `${local.state} will be made` }
    : { mark: "problem", about: "State", says: `${local.state} cannot be written.`, next: "Correct --state." };
}

function checkLogins(file: string, environment: Config["logins"]["environment"]): Finding {
  try {
    const { size } = readLogins(file, environment);
    return { mark: "ok", about: "Logins", says: `${size} in ${file}` };
  } catch (error) {
    return { mark: "problem", about: "Logins", says: messageOf(error), next: "The server does not start with this." };
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
