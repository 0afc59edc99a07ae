/**
 * The server's end of the person's channel: a Unix socket in a folder that nobody else can enter. Approvals come in here and
 * what was vended goes out, and never through the model. One line of JSON asks, one line answers.
 */

import { chmodSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Vended } from "../guards/vended.ts";
import { UserError } from "../util/user-error.ts";
import type { ApprovalQueue } from "./approval-queue.ts";
import type { VaultReader } from "./vault.ts";

export type ChannelRequest =
  | { readonly ask: "waiting" }
  | { readonly ask: "vended"; readonly kind: Vended["kind"]; readonly handle: string }
  | { readonly ask: "answer"; readonly code: string; readonly binding: string; readonly said: string };

/** A line that is longer is nobody's who means well. */
const MAX_LINE = 65_536;

/** Whoever connects has this long to ask, and a server this long to answer. */
export const CHANNEL_TIMEOUT_MS = 5_000;

/** Something that has to be vended again first takes as long as a call to AWS may. */
export const VEND_TIMEOUT_MS = 40_000;

/** What a person can ask of a server. */
export type ChannelHandlers = Pick<ApprovalQueue, "waiting" | "answer"> & VaultReader;

/**
 * Opens this process's end in `folder`. `sanitize` redacts all that is sent but what was vended itself. Raises UserError for a folder that is not this
 * user's alone. Gives a function that closes it.
 */
export async function openChannel(
  folder: string,
  services: ChannelHandlers,
  sanitize: <Value>(value: Value) => Value,
): Promise<() => void> {
  checkFolder(folder);
  const path = join(folder, `${process.pid}.sock`);
  removeStale(path);
  const server = createServer((socket) => serve(socket, services, sanitize));
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
export function checkFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(folder);
  const isFolder = lstatSync(folder).isDirectory();
  if (!isFolder || uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new UserError(
      "channel",
      `${folder} is not a folder of this user's alone (mode 700). Move it away, and it is made anew as it should be.`,
    );
}

/** A process of the same number left its socket behind when it died. */
export function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

function serve(socket: Socket, services: ChannelHandlers, sanitize: <Value>(value: Value) => Value): void {
  socket.setTimeout(CHANNEL_TIMEOUT_MS, () => socket.destroy());
  // Whoever hangs up in the middle asked for nothing.
  socket.on("error", () => socket.destroy());
  const send = (answer: object) => socket.end(`${JSON.stringify(answer)}\n`);
  readLine(socket, (line) => {
    const asked = line === undefined ? undefined : parse(line);
    if (asked?.ask !== "vended") {
      send(sanitize(asked ? answer(asked, services) : { refused: "This is not a question." }));
      return;
    }
    socket.setTimeout(VEND_TIMEOUT_MS);
    services.collect(asked.handle, asked.kind).then(
      // The one answer that delivers a secret, and so the one that is not gone over.
      (vended) => send(vended ? { vended } : sanitize({ refused: "Nothing is kept under this handle." })),
      () => socket.destroy(),
    );
  });
}

function answer(asked: Exclude<ChannelRequest, { ask: "vended" }>, services: ChannelHandlers): object {
  return asked.ask === "waiting"
    ? { waiting: services.waiting() }
    : services.answer(asked.code, asked.binding, asked.said);
}

function parse(line: string): ChannelRequest | undefined {
  try {
    const asked = JSON.parse(line) as Record<string, unknown>;
    if (asked["ask"] === "waiting") return { ask: "waiting" };
    const { ask, code, binding, said, handle, kind } = asked;
    if (ask === "vended" && typeof handle === "string" && (kind === "credentials" || kind === "token"))
      return { ask, kind, handle };
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
    else if (text.length > MAX_LINE) giveOnce(undefined);
  });
  socket.on("end", () => giveOnce(undefined));
}
