/**
 * The server of the operator channel: a Unix socket in a folder that only this user can enter. Approvals and vended secrets
 * pass through this channel and never through the model. A request is one line of JSON, and so is the answer.
 */

import { chmodSync, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import type { Vended } from "../guards/vended.ts";
import { UserError } from "../util/user-error.ts";
import type { TerminalView } from "./terminal-view.ts";
import type { VaultReader } from "./vault.ts";

export type ChannelRequest =
  | { readonly ask: "waiting" }
  | { readonly ask: "why gone"; readonly code: string }
  | { readonly ask: "vended"; readonly kind: Vended["kind"]; readonly handle: string }
  | { readonly ask: "answer"; readonly code: string; readonly binding: string; readonly said: string };

/** The maximum length of a request. No command sends a longer one. */
const MAX_LINE = 65_536;

/** The time limit for a client to send its request, and for a server to answer. */
export const CHANNEL_TIMEOUT_MS = 5_000;

/** The time limit for an answer that needs a renewal, which calls AWS. */
export const VEND_TIMEOUT_MS = 40_000;

/** The requests that a person can send to a server. */
export type ChannelHandlers = TerminalView & VaultReader;

/**
 * Opens the socket of this process in `folder`. `sanitize` redacts every answer except vended secrets. Raises UserError for a
 * folder that other users can access. Returns a function that closes the socket.
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
  // The socket must not keep the process alive.
  server.unref();
  return () => server.close();
}

/** Creates the folder if necessary. Checks that it is a folder and no link, belongs to this user, and is closed to others. */
export function checkFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { mode, uid } = lstatSync(folder);
  const isFolder = lstatSync(folder).isDirectory();
  if (!isFolder || uid !== process.getuid?.() || (mode & 0o077) !== 0)
    throw new UserError(
      "channel",
      `${folder} must be a folder that only this user can access (mode 700).`,
      "Move it away. The program then creates it again.",
    );
}

/** Removes a socket that a dead process with the same id left behind. */
export function removeStale(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
}

function serve(socket: Socket, services: ChannelHandlers, sanitize: <Value>(value: Value) => Value): void {
  socket.setTimeout(CHANNEL_TIMEOUT_MS, () => socket.destroy());
  // A client that disconnects early gets no answer.
  socket.on("error", () => socket.destroy());
  const send = (answer: object) => socket.end(`${JSON.stringify(answer)}\n`);
  readLine(socket, (line) => {
    const asked = line === undefined ? undefined : parse(line);
    if (asked?.ask !== "vended") {
      send(sanitize(asked ? answer(asked, services) : { refused: "The request is invalid." }));
      return;
    }
    socket.setTimeout(VEND_TIMEOUT_MS);
    services.collect(asked.handle, asked.kind).then(
      // The only answer that delivers a secret, and therefore the only one that is not redacted.
      (vended) => send(vended ? { vended } : sanitize(noSecret(asked, services))),
      () => socket.destroy(),
    );
  });
}

/** The answer without a secret: which kind of secret there is for the handle, if it is another one. */
function noSecret({ handle, kind }: Extract<ChannelRequest, { ask: "vended" }>, services: ChannelHandlers): object {
  const there = services.kindOf(handle);
  return {
    refused: "There is no secret of this kind for this handle.",
    ...(there !== undefined && there !== kind && { otherKind: there }),
  };
}

function answer(asked: Exclude<ChannelRequest, { ask: "vended" }>, services: ChannelHandlers): object {
  switch (asked.ask) {
    case "waiting":
      return { waiting: services.waiting() };
    case "why gone":
      return { reason: services.whyGone(asked.code) };
    case "answer":
      return services.answer(asked.code, asked.binding, asked.said);
  }
}

function parse(line: string): ChannelRequest | undefined {
  try {
    const asked = JSON.parse(line) as Record<string, unknown>;
    if (asked["ask"] === "waiting") return { ask: "waiting" };
    const { ask, code, binding, said, handle, kind } = asked;
    if (ask === "why gone" && typeof code === "string") return { ask, code };
    if (ask === "vended" && typeof handle === "string" && (kind === "credentials" || kind === "token"))
      return { ask, kind, handle };
    if (ask === "answer" && typeof code === "string" && typeof binding === "string" && typeof said === "string")
      return { ask, code, binding, said };
  } catch {
    // Invalid JSON is an invalid request.
  }
  return undefined;
}

/** Calls `give` with the first line, or with undefined if the line has no end. */
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
