/** The client of the operator channel, for the commands. It finds the servers of this user in the socket folder. */

import { readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import type { Vended } from "../guards/vended.ts";
import { UserError } from "../util/user-error.ts";
import { CHANNEL_TIMEOUT_MS, type ChannelRequest, checkFolder, removeStale, VEND_TIMEOUT_MS } from "./socket-server.ts";
import type { PendingPlan, TerminalAnswer } from "./terminal-view.ts";

/** A running server, for the command `approve`. */
export interface RunningServer {
  readonly pid: number;
  readonly waiting: readonly PendingPlan[];
  answer(code: string, binding: string, said: string): Promise<TerminalAnswer>;
  /** Why no plan waits under this code; undefined if this server never had it. */
  whyGone(code: string): Promise<string | undefined>;
}

/** The servers of this user that have an open channel. Raises UserError for a folder that other users can access. */
export async function findServers(folder: string): Promise<RunningServer[]> {
  const found = await Promise.all(socketsIn(folder).map(({ path, pid }) => serverAt(path, pid)));
  return found.flat();
}

/** A server has no secret of this kind for the handle. */
class NoSecretError extends Error {
  override readonly name = "NoSecretError";
  /** The kind of the secret that it has for the handle, if there is one. */
  readonly otherKind: Vended["kind"] | undefined;

  constructor(otherKind: Vended["kind"] | undefined) {
    super();
    this.otherKind = otherKind;
  }
}

/**
 * The secret that one of this user's servers keeps for `handle`. Without one, the kind of the secret that a server keeps for
 * the handle, if it is another kind. Raises UserError for a folder that other users can access.
 */
export async function collectVended<Kind extends Vended["kind"]>(
  folder: string,
  handle: string,
  kind: Kind,
): Promise<{ readonly vended: Vended & { kind: Kind } } | { readonly otherKind: Vended["kind"] | undefined }> {
  const done = new AbortController();
  try {
    const asked = socketsIn(folder).map(async ({ path }) => {
      const answer = await ask(path, { ask: "vended", kind, handle }, VEND_TIMEOUT_MS, done.signal);
      const { vended, otherKind } = answer as { vended?: Vended & { kind: Kind }; otherKind?: unknown };
      if (vended?.kind === kind) return { vended };
      throw new NoSecretError(otherKind === "token" || otherKind === "credentials" ? otherKind : undefined);
    });
    return await Promise.any(asked);
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const reasons: unknown[] = error.errors;
    const kinds = reasons.map((reason) => (reason instanceof NoSecretError ? reason.otherKind : undefined));
    return { otherKind: kinds.find((other) => other !== undefined) };
  } finally {
    // A server that hangs must not delay the command.
    done.abort();
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
      (await ask(path, { ask: "answer", code, binding, said })) as TerminalAnswer;
    const whyGone: RunningServer["whyGone"] = async (code) =>
      ((await ask(path, { ask: "why gone", code })) as { reason?: string }).reason;
    return [{ pid, waiting, answer, whyGone }];
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
