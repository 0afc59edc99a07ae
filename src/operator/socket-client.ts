/** The client of the operator channel, for the commands. It finds the servers of this user in the socket folder. */

import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Vended } from "../guards/vended.ts";
import { UserError } from "../util/user-error.ts";
import type { PendingPlan } from "./approval-queue.ts";
import { CHANNEL_TIMEOUT_MS, type ChannelRequest, checkFolder, removeStale, VEND_TIMEOUT_MS } from "./socket-server.ts";

/** A running server, for the command `approve`. */
export interface RunningServer {
  readonly pid: number;
  readonly waiting: readonly PendingPlan[];
  answer(code: string, binding: string, said: string): Promise<{ approved: boolean; outcome: string }>;
}

/** The servers of this user that have an open channel. Raises UserError for a folder that other users can access. */
export async function findServers(folder: string): Promise<RunningServer[]> {
  const found = await Promise.all(socketsIn(folder).map(({ path, pid }) => serverAt(path, pid)));
  return found.flat();
}

/**
 * The secret that one of this user's servers keeps for `handle`. Undefined if there is none. Raises UserError for a folder that
 * other users can access.
 */
export async function collectVended<Kind extends Vended["kind"]>(
  folder: string,
  handle: string,
  kind: Kind,
): Promise<(Vended & { kind: Kind }) | undefined> {
  const found = new AbortController();
  try {
    const asked = socketsIn(folder).map(async ({ path }) => {
      const answer = await ask(path, { ask: "vended", kind, handle }, VEND_TIMEOUT_MS, found.signal);
      const { vended } = answer as { vended?: Vended & { kind: Kind } };
      if (vended?.kind !== kind) throw new UserError("channel", "This server has no secret for this handle.");
      return vended;
    });
    return await Promise.any(asked);
  } catch (error) {
    if (error instanceof AggregateError) return undefined;
    throw error;
  } finally {
    // A server that hangs must not delay the command.
    found.abort();
  }
}

function socketsIn(folder: string): { path: string; pid: number }[] {
  checkFolder(folder);
  return readdirSync(folder).flatMap((name) => {
    const [, pid] = /^(\d+)\.sock$/.exec(name) ?? [];
    return pid === undefined ? [] : [{ path: join(folder, name), pid: Number(pid) }];
  });
}

/** The server of a socket, if it runs. Removes the socket of a process that no longer runs. */
async function serverAt(path: string, pid: number): Promise<RunningServer[]> {
  try {
    const { waiting } = (await ask(path, { ask: "waiting" })) as { waiting: PendingPlan[] };
    const answer: RunningServer["answer"] = async (code, binding, said) =>
      (await ask(path, { ask: "answer", code, binding, said })) as { approved: boolean; outcome: string };
    return [{ pid, waiting, answer }];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") removeStale(path);
    return [];
  }
}

function ask(
  path: string,
  question: ChannelRequest,
  patience = CHANNEL_TIMEOUT_MS,
  signal?: AbortSignal,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(question)}\n`));
    signal?.addEventListener("abort", () => socket.destroy());
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(patience, () => socket.destroy(new UserError("channel", "The server did not answer in time.")));
    socket.once("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.once("end", () => {
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(new UserError("channel", "The answer of the server is invalid."));
      }
    });
  });
}
