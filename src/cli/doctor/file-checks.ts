/** Checks the files and folders that a server uses. Creates nothing. */

import { access, constants, lstat } from "node:fs/promises";
import { dirname } from "node:path";
import { openAuditFile } from "../../audit/file.ts";
import type { ChannelFolders } from "../../config/channel-folders.ts";
import { readLogins } from "../../config/logins-file.ts";
import type { Config } from "../../config/settings.ts";
import { findServers, type RunningServer } from "../../operator/channel-client.ts";
import { defaultTransport, transportNames } from "../../operator/transport.ts";
import { type Finding, startProblem } from "./finding.ts";

/** Checks the channel folders, in which commands find the servers of this user, and the files in them. */
export async function* checkChannel(
  { own, all }: ChannelFolders,
  transport = defaultTransport,
): AsyncGenerator<Finding> {
  const about = "Channel";
  const place = `${transportNames[transport]}, in ${own}`;
  const isNew = !(await isThere(own));
  const { servers, problems } = await findServers(own);
  if (problems.every(({ code }) => code !== "channel-folder"))
    yield {
      mark: "ok",
      about,
      says: isNew
        ? `${place}, which will be created when it is needed`
        : `${place}, private to this user; ${usersOf(servers, "no server uses it")}`,
    };
  for (const { code, problem, hint } of problems) {
    const effect = " Until then, plans cannot be approved at a terminal, and vended secrets cannot be retrieved.";
    yield { mark: "problem", about, says: problem, next: `${hint}${code === "channel-folder" ? effect : ""}` };
  }
  const others = all.filter((folder) => folder !== own);
  if (others.length === 0) return;
  const found = await findServers(...others);
  yield {
    mark: "ok",
    about: "Other channels",
    says: `commands also look in ${others.join(", ")}; ${usersOf(found.servers, "no server uses them")}`,
  };
  for (const { problem, hint } of found.problems)
    yield { mark: "problem", about: "Other channels", says: problem, next: hint };
}

/** By which servers a folder is used, and how many plans wait in them. */
function usersOf(servers: readonly RunningServer[], none: string): string {
  if (servers.length === 0) return none;
  const pids = servers.map(({ pid }) => pid).join(", ");
  const waiting = servers.reduce((sum, server) => sum + server.waiting.length, 0);
  return `used by process ${pids}${waiting === 0 ? "" : `; plans that wait for approval: ${waiting}`}`;
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
  let isEmpty = true;
  if (local?.state !== undefined) {
    const checked = await checkStateFile(local.state, service.checkState);
    yield checked.finding;
    isEmpty = checked.isEmpty;
  }
  if (local?.seed !== undefined) yield checkSeedFile(local.seed, isEmpty, service.checkSeed);
}

type StateCheck = (
  path: string,
) => Promise<{ readonly pools: number; readonly isEmpty: boolean } | { readonly holder: number | undefined }>;

async function checkStateFile(path: string, check: StateCheck): Promise<{ finding: Finding; isEmpty: boolean }> {
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
      isEmpty: true,
    };
  if (!there) return { finding: { mark: "ok", about, says: `${path} will be created` }, isEmpty: true };
  try {
    const found = await check(path);
    if ("pools" in found)
      return {
        finding: { mark: "ok", about, says: `${counted(found.pools, "pool")} in ${path}` },
        isEmpty: found.isEmpty,
      };
    const process = found.holder === undefined ? "another process" : `process ${found.holder}`;
    const finding: Finding = {
      mark: "note",
      about,
      says: `${path} is in use by ${process}, so it was not read.`,
      next: "If this is the server that your host runs, everything is in order. A second server does not start with this file.",
    };
    return { finding, isEmpty: true };
  } catch (error) {
    return { finding: startProblem(about, error), isEmpty: true };
  }
}

function checkSeedFile(path: string, isEmpty: boolean, check: (path: string) => number): Finding {
  const about = "Seed";
  if (!isEmpty) return { mark: "ok", about, says: `${path} is not read, because the state is not empty` };
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
