/**
 * The person's channel: a Unix socket in a folder that nobody else can enter. Approvals come in here and never through the
 * model. One line of JSON asks, one line answers.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, unlinkSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Desk, Waiting } from "./approvals.ts";

/** The channel cannot be used. The message says why, and what to do. */
export class ChannelError extends Error {
  override readonly name = "ChannelError";
}

type Asked =
  | { readonly ask: "waiting" }
  | { readonly ask: "answer"; readonly code: string; readonly binding: string; readonly said: string };

/** A line that is longer is nobody's who means well. */
const LONGEST_LINE = 65_536;

/** Whoever connects has this long to ask, and a server this long to answer. */
const PATIENCE_MS = 5_000;

/**
 * Opens this process's end in `folder`. `clean` goes over all that is sent. Raises ChannelError for a folder that is not this
 * user's alone. Gives a function that closes it.
 */
export async function openChannel(
  folder: string,
  desk: Desk,
  clean: <Value>(value: Value) => Value,
): Promise<() => void> {
  checkFolder(folder);
  const path = join(folder, `${process.pid}.sock`);
  removeStale(path);
  const server = createServer((socket) => serve(socket, desk, clean));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  // A person who never comes must not keep the process alive.
  server.unref();
  return () => server.close();
}

/** Makes the folder if need be, and makes sure that it is one, no link, this user's, and closed to all others. */
function checkFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(folder);
  const isFolder = lstatSync(folder).isDirectory();
  if (!isFolder || uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new ChannelError(
      `${folder} is not a folder of this user's alone (mode 700). Move it away, and it is made anew as it should be.`,
    );
}

/** A process of the same number left its socket behind when it died. */
function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

function serve(socket: Socket, desk: Desk, clean: <Value>(value: Value) => Value): void {
  socket.setTimeout(PATIENCE_MS, () => socket.destroy());
  // Whoever hangs up in the middle asked for nothing.
  socket.on("error", () => socket.destroy());
  readLine(socket, (line) => {
    const asked = line === undefined ? undefined : parse(line);
    socket.end(`${JSON.stringify(clean(asked ? answer(asked, desk) : { refused: "This is not a question." }))}\n`);
  });
}

function answer(asked: Asked, desk: Desk): object {
  return asked.ask === "waiting" ? { waiting: desk.waiting() } : desk.answer(asked.code, asked.binding, asked.said);
}

function parse(line: string): Asked | undefined {
  try {
    const asked = JSON.parse(line) as Record<string, unknown>;
    if (asked["ask"] === "waiting") return { ask: "waiting" };
    const { ask, code, binding, said } = asked;
    if (ask === "answer" && typeof code === "string" && typeof binding === "string" && typeof said === "string")
      return { ask, code, binding, said };
  } catch {
    // No JSON, no question.
  }
  return undefined;
}

/** Gives the first line that comes, or undefined for one without an end. */
function readLine(socket: Socket, give: (line: string | undefined) => void): void {
  let text = "";
  let given = false;
  const giveOnce = (line: string | undefined) => {
    if (given) return;
    given = true;
    give(line);
  };
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) giveOnce(text.slice(0, end));
    else if (text.length > LONGEST_LINE) giveOnce(undefined);
  });
  socket.on("end", () => giveOnce(undefined));
}

/** A server that runs, as the approve command meets it. */
export interface RunningServer {
  readonly pid: number;
  readonly waiting: readonly Waiting[];
  answer(code: string, binding: string, said: string): Promise<{ approved: boolean; outcome: string }>;
}

/** The servers of this user that have something to ask. Raises ChannelError for a folder that is not this user's alone. */
export async function findServers(folder: string): Promise<RunningServer[]> {
  checkFolder(folder);
  const found = await Promise.all(
    readdirSync(folder).map(async (name) => {
      const [, pid] = /^(\d+)\.sock$/.exec(name) ?? [];
      return pid === undefined ? [] : await serverAt(join(folder, name), Number(pid));
    }),
  );
  return found.flat();
}

/** The server behind a socket, if there is one; the socket of one whose process is gone is taken away. */
async function serverAt(path: string, pid: number): Promise<RunningServer[]> {
  try {
    const { waiting } = (await ask(path, { ask: "waiting" })) as { waiting: Waiting[] };
    const answer: RunningServer["answer"] = async (code, binding, said) =>
      (await ask(path, { ask: "answer", code, binding, said })) as { approved: boolean; outcome: string };
    return [{ pid, waiting, answer }];
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") removeStale(path);
    return [];
  }
}

function ask(path: string, question: Asked): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path, () => socket.write(`${JSON.stringify(question)}\n`));
    let text = "";
    socket.setEncoding("utf8");
    socket.setTimeout(PATIENCE_MS, () => socket.destroy(new ChannelError("The server does not answer.")));
    socket.once("error", reject);
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    socket.once("end", () => {
      try {
        resolve(JSON.parse(text));
      } catch {
        reject(new ChannelError("The server's answer cannot be read."));
      }
    });
  });
}
