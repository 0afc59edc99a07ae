/** The client of the operator channel, for the commands. It finds the servers of this user in the channel folder. */

import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import type { ShownJob } from "../guards/shown-jobs.ts";
import type { Vended } from "../guards/vended.ts";
import { systemCode } from "../util/system-error.ts";
import { isUserError, UserError } from "../util/user-error.ts";
import { type ChannelFile, channelFiles, checkSocket, hasEnded, readAddress, removeStale } from "./channel-files.ts";
import { LineError, linesOf } from "./channel-lines.ts";
import { CHANNEL_TIMEOUT_MS, type ChannelRequest, type PageAddress, patienceFor } from "./channel-protocol.ts";
import { isTerminalAnswer, type PendingPlan, type TerminalAnswer } from "./terminal-view.ts";
import { type Door, RejectedError, UnprovenError } from "./transport.ts";
import { socketDoor } from "./transport-socket.ts";
import { tcpDoor } from "./transport-tcp.ts";

/** A running server, for the command `approve`. */
export interface RunningServer {
  readonly pid: number;
  readonly waiting: readonly PendingPlan[];
  /** Never rejects: what keeps the answer from being counted is an outcome too. */
  answer(code: string, binding: string, said: string): Promise<Answered>;
  /** Why no plan waits under this code; undefined if this server never had it, or has ended. Raises UserError if it does not answer. */
  whyGone(code: string): Promise<string | undefined>;
  /** Where its approval page is; undefined if it has none. Raises UserError as well. */
  page(): Promise<PageAddress | undefined>;
  /** The jobs that run in it; none if it has ended, or is of a version that has none. Raises UserError as well. */
  jobs(): Promise<readonly ShownJob[]>;
  /** Stops a job. False if none runs under this id. Raises UserError as well. */
  stop(job: string): Promise<boolean>;
}

/** What an answer led to. `unknown`: whether the answer counted. */
type Answered = TerminalAnswer | { readonly result: "unknown"; readonly outcome: string };

/** The servers that were found, and what kept others from being found. */
export interface FoundServers {
  readonly servers: readonly RunningServer[];
  readonly problems: readonly UserError[];
}

/** A server that can be asked. */
interface Reachable {
  readonly pid: number;
  /** Rejects with UserError, or with ServerEndedError. */
  ask(request: ChannelRequest, signal?: AbortSignal): Promise<Record<string, unknown>>;
}

/** The server has ended. Its file is removed. */
class ServerEndedError extends Error {
  override readonly name = "ServerEndedError";
}

/** The servers of this user that have an open channel in one of the folders. A folder that cannot be used is a problem. */
export async function findServers(...folders: readonly string[]): Promise<FoundServers> {
  const { reachable, problems } = reachableIn(folders);
  const found = await Promise.all(
    reachable.map(async ({ pid, ask }): Promise<RunningServer[]> => {
      try {
        const { waiting } = await ask({ ask: "waiting" });
        if (!Array.isArray(waiting)) throw invalidAnswer(pid);
        const answer: RunningServer["answer"] = async (code, binding, said) => {
          try {
            const answered = await ask({ ask: "answer", code, binding, said });
            if (!isTerminalAnswer(answered)) throw invalidAnswer(pid);
            return answered;
          } catch (error) {
            return outcomeOf(error);
          }
        };
        const askIfThere = async (request: ChannelRequest) => {
          try {
            return await ask(request);
          } catch (error) {
            if (error instanceof ServerEndedError) return {};
            throw error;
          }
        };
        const whyGone: RunningServer["whyGone"] = async (code) => {
          try {
            return (await ask({ ask: "why gone", code }))["reason"] as string | undefined;
          } catch (error) {
            if (error instanceof ServerEndedError) return undefined;
            throw error;
          }
        };
        const page: RunningServer["page"] = async () => {
          try {
            return (await ask({ ask: "page" }))["page"] as PageAddress | undefined;
          } catch (error) {
            if (error instanceof ServerEndedError) return undefined;
            throw error;
          }
        };
        const jobs: RunningServer["jobs"] = async () => {
          const { jobs: running } = await askIfThere({ ask: "jobs" });
          return Array.isArray(running) ? (running as ShownJob[]) : [];
        };
        const stop: RunningServer["stop"] = async (job) => (await askIfThere({ ask: "stop", job }))["stopped"] === true;
        return [{ pid, waiting: waiting as PendingPlan[], answer, whyGone, page, jobs, stop }];
      } catch (error) {
        if (isUserError(error)) problems.push(error);
        else if (!(error instanceof ServerEndedError)) throw error;
        return [];
      }
    }),
  );
  return { servers: found.flat(), problems };
}

/** What a person is told whose answer a server may not have got. Raises what is no failure of the channel. */
function outcomeOf(error: unknown): Answered {
  if (error instanceof ServerEndedError)
    return { result: "gone", outcome: "The server that had this plan has ended. Nothing was approved." };
  if (!isUserError(error)) throw error;
  return error.code === "lost-answer"
    ? { result: "unknown", outcome: `${error.problem} It is not known whether your answer counted.` }
    : { result: "gone", outcome: `${error.problem} Nothing was approved.` };
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

type Collected<Kind extends Vended["kind"]> =
  | { readonly vended: Vended & { kind: Kind } }
  | { readonly otherKind: Vended["kind"] | undefined };

/**
 * The secret that one of this user's servers keeps for `handle`. Without one, the kind of the secret that a server keeps for
 * the handle, if it is another kind. In either case, what kept servers from being asked, as far as that is known by then.
 */
export async function collectVended<Kind extends Vended["kind"]>(
  folders: readonly string[],
  handle: string,
  kind: Kind,
): Promise<Collected<Kind> & { readonly problems: readonly UserError[] }> {
  const { reachable, problems } = reachableIn(folders);
  const done = new AbortController();
  try {
    const asked = reachable.map(async ({ ask }) => {
      const { vended, otherKind } = (await ask({ ask: "vended", kind, handle }, done.signal)) as {
        vended?: Vended & { kind: Kind };
        otherKind?: unknown;
      };
      if (vended?.kind === kind) return { vended };
      throw new NoSecretError(otherKind === "token" || otherKind === "credentials" ? otherKind : undefined);
    });
    return { ...(await Promise.any(asked)), problems };
  } catch (error) {
    if (!(error instanceof AggregateError)) throw error;
    const reasons: unknown[] = error.errors;
    const kinds = reasons.map((reason) => (reason instanceof NoSecretError ? reason.otherKind : undefined));
    return {
      otherKind: kinds.find((other) => other !== undefined),
      problems: [...problems, ...reasons.filter(isUserError)],
    };
  } finally {
    // A server that hangs must not delay the command.
    done.abort();
  }
}

/** The servers of the files in the folders that can be used, and the problems of the other files and folders. */
function reachableIn(folders: readonly string[]): { reachable: Reachable[]; problems: UserError[] } {
  const problems: UserError[] = [];
  /** What `read` gives; nothing if it raises a UserError. */
  function orProblem<Found>(read: () => Found[]): Found[] {
    try {
      return read();
    } catch (error) {
      if (!isUserError(error)) throw error;
      problems.push(error);
      return [];
    }
  }
  const files = folders.flatMap((folder) => orProblem(() => channelFiles(folder)));
  const reachable = files.flatMap((file) =>
    orProblem((): Reachable[] => {
      const door = doorOf(file);
      if (!door) return [];
      if (file.kind === "tcp" && hasEnded(file, false)) {
        removeStale(file.path);
        return [];
      }
      return [{ pid: file.pid, ask: (request, signal) => askThrough(door, file, request, signal) }];
    }),
  );
  return { reachable, problems };
}

function doorOf({ path, kind }: ChannelFile): Door | undefined {
  if (kind === "socket") return checkSocket(path) ? socketDoor(path) : undefined;
  const address = readAddress(path);
  return address && tcpDoor(address);
}

/** The number of times that a connection is tried again if it is closed before the server has proved that it is one. */
const MAX_RETRIES = 3;

/** The longest time before another try, in milliseconds. */
const RETRY_MS = 200;

async function askThrough(door: Door, file: ChannelFile, request: ChannelRequest, signal: AbortSignal | undefined) {
  for (let tries = 0; ; tries += 1) {
    try {
      const answer: unknown = JSON.parse(await exchange(door, request, signal));
      if (typeof answer === "object" && answer !== null) return answer as Record<string, unknown>;
      throw invalidAnswer(file.pid);
    } catch (error) {
      // A server with too many connections closes the oldest. Nothing was sent yet, so this is safe for every request.
      const again = error instanceof UnprovenError && error.isClosed && tries < MAX_RETRIES;
      if (!again || signal?.aborted) throw explained(error, door, file);
    }
    await wait(Math.random() * RETRY_MS);
  }
}

async function exchange(door: Door, request: ChannelRequest, signal: AbortSignal | undefined): Promise<string> {
  const socket = connect(door.address);
  signal?.addEventListener("abort", () => socket.destroy());
  try {
    await new Promise((resolve, reject) => {
      socket.setTimeout(CHANNEL_TIMEOUT_MS, () => reject(new LineError("late")));
      socket.once("connect", resolve);
      socket.once("error", reject);
      socket.once("close", () => reject(new LineError("closed")));
    });
    socket.setTimeout(0);
    return await door.exchange(linesOf(socket), JSON.stringify(request), patienceFor(request));
  } finally {
    socket.destroy();
  }
}

/** What a person is told, or ServerEndedError. Removes the file of a server that has ended. */
function explained(error: unknown, door: Door, file: ChannelFile): Error {
  if (isUserError(error)) return error;
  const { path, pid, kind } = file;
  const refused = systemCode(error) === "ECONNREFUSED";
  if (systemCode(error) === "ENOENT") return new ServerEndedError();
  // A socket that refuses belongs to no process. A port can refuse because it has too many connections.
  const isStale = kind === "socket" ? refused : (refused || error instanceof UnprovenError) && hasEnded(file, true);
  if (isStale) {
    removeStale(path);
    return new ServerEndedError();
  }
  const port = "port" in door.address ? door.address.port : undefined;
  const restart = `If process ${pid} is not one of your servers, delete the file. Otherwise restart that server.`;
  if (refused) return new UserError("channel", `Nothing listens on port ${port}, which ${path} names.`, restart);
  if (error instanceof UnprovenError)
    return new UserError(
      "channel",
      `What listens on port ${port} is not the server that wrote ${path}. No request was sent to it.`,
      restart,
    );
  if (error instanceof RejectedError)
    return lost(`The answer of process ${pid} was changed on its way. It was not used.`, restart);
  if (error instanceof LineError && error.failure === "late")
    return lost(`The server of process ${pid} did not answer in time.`, "Try again.");
  if (error instanceof LineError && error.failure === "closed")
    return lost(`The server of process ${pid} ended the connection.`, "Try again.");
  const code = systemCode(error);
  if (code !== undefined) return lost(`The server of process ${pid} cannot be reached (${code}).`, "Try again.");
  return invalidAnswer(pid);
}

function invalidAnswer(pid: number): UserError {
  return lost(
    `The answer of process ${pid} is invalid.`,
    "Run the command with the same version of this program as the server.",
  );
}

/** The server may have processed the request. */
function lost(problem: string, hint: string): UserError {
  return new UserError("lost-answer", problem, hint);
}
