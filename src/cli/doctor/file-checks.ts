/** Checks the files and folders that a server uses. Creates nothing. */

import { access, constants, lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { openAuditFile } from "../../audit/file.ts";
import { readLogins } from "../../config/logins-file.ts";
import type { Config } from "../../config/settings.ts";
import { findServers } from "../../operator/socket-client.ts";
import { isUserError } from "../../util/user-error.ts";
import { type Finding, startProblem } from "./finding.ts";

/** Checks the folder of the sockets through which commands reach the servers of this user. */
export async function checkChannel(folder: string | undefined): Promise<Finding> {
  const about = "Socket folder";
  if (folder === undefined)
    return {
      mark: "note",
      about,
      says: "This system has no Unix sockets. Plans can be approved only in the form of the client, and vended secrets cannot be retrieved.",
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
    const { problem, hint } = isUserError(error) ? error : { problem: `${folder} cannot be used.`, hint: "Check it." };
    return {
      mark: "problem",
      about,
      says: problem,
      next: `${hint} Until then, plans cannot be approved at a terminal, and vended secrets cannot be retrieved.`,
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
    return startProblem(about, error);
  }
}

/** The files of login references and of the embedded service. */
export async function* checkFiles({ local, logins }: Config): AsyncGenerator<Finding> {
  if (logins.file !== undefined) yield checkLogins(logins.file, logins.environment);
  if ((local?.state ?? local?.seed) === undefined) return;
  const service = await import("../../local/service.ts");
  let pools = 0;
  if (local?.state !== undefined) {
    const { finding, poolCount } = await checkStateFile(local.state, service.checkState);
    yield finding;
    pools = poolCount;
  }
  if (local?.seed !== undefined) yield checkSeedFile(local.seed, pools, service.checkSeed);
}

type StateCheck = (path: string) => Promise<{ readonly pools: number } | { readonly holder: number | undefined }>;

async function checkStateFile(path: string, check: StateCheck): Promise<{ finding: Finding; poolCount: number }> {
  const about = "State";
  const there = await isThere(path);
  if (!(await may(there ? path : dirname(path), constants.W_OK)))
    return {
      finding: {
        mark: "problem",
        about,
        says: `--state ${path} cannot be written.`,
        next: "Check the path and the permissions. The server does not start until you do.",
      },
      poolCount: 0,
    };
  if (!there) return { finding: { mark: "ok", about, says: `${path} will be created` }, poolCount: 0 };
  try {
    const found = await check(path);
    if ("pools" in found)
      return {
        finding: { mark: "ok", about, says: `${counted(found.pools, "pool")} in ${path}` },
        poolCount: found.pools,
      };
    const process = found.holder === undefined ? "another process" : `process ${found.holder}`;
    const finding: Finding = {
      mark: "note",
      about,
      says: `${path} is in use by ${process}, so it was not read.`,
      next: "If this is the server that your host runs, everything is in order. A second server does not start with this file.",
    };
    return { finding, poolCount: 0 };
  } catch (error) {
    return { finding: startProblem(about, error), poolCount: 0 };
  }
}

function checkSeedFile(path: string, pools: number, check: (path: string) => number): Finding {
  const about = "Seed";
  if (pools > 0) return { mark: "ok", about, says: `${path} is not read, because the state contains pools` };
  try {
    return { mark: "ok", about, says: `${counted(check(path), "pool")} in ${path}` };
  } catch (error) {
    return startProblem(about, error);
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function checkLogins(file: string, environment: Config["logins"]["environment"]): Finding {
  try {
    const { size } = readLogins(file, environment);
    return { mark: "ok", about: "Logins", says: `${counted(size, "reference")} in ${file}` };
  } catch (error) {
    return startProblem("Logins", error);
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
