/** The server of the operator channel. */

import { createServer, type Socket } from "node:net";
import { checkFolder } from "./channel-files.ts";
import { LineError, type Lines, linesOf } from "./channel-lines.ts";
import { answerTo, CHANNEL_TIMEOUT_MS, type ChannelHandlers, parseRequest, patienceFor } from "./channel-protocol.ts";
import { createRejectionReports, type Rejections } from "./rejections.ts";
import { type Received, RejectedError, type TransportKind } from "./transport.ts";
import { listenOnSocket } from "./transport-socket.ts";
import { listenOnTcp } from "./transport-tcp.ts";

/** The maximum number of open connections. */
const MAX_CONNECTIONS = 64;

interface Options {
  readonly folder: string;
  readonly transport: TransportKind;
  readonly handlers: ChannelHandlers;
  /** Redacts every answer except vended secrets. */
  readonly sanitize: <Value>(value: Value) => Value;
  /** Called at most once a second, if clients did not prove that they are commands of this user. */
  readonly onRejected: (rejections: Rejections) => void;
}

const listenOn = { socket: listenOnSocket, tcp: listenOnTcp } as const;

/**
 * Opens the channel of this process in `folder`. Raises UserError for a folder that other users can access. Returns a function
 * that closes the channel.
 */
export async function openChannel({ folder, transport, handlers, sanitize, onRejected }: Options): Promise<() => void> {
  checkFolder(folder);
  const rejections = createRejectionReports(onRejected);
  /** The connections that have not sent a request yet, oldest first. */
  const unproven = new Set<Socket>();
  let open = 0;

  /** Makes room for one more connection. Whoever only holds connections open must not keep commands out. */
  function makeRoom(): boolean {
    if (open < MAX_CONNECTIONS) return true;
    rejections.add("too many connections");
    const [oldest] = unproven;
    oldest?.destroy();
    return oldest !== undefined && unproven.delete(oldest);
  }

  /** The line with the answer. Rejects with RejectedError, LineError, or the error of a secret that cannot be collected. */
  async function serve(lines: Lines, received: Promise<Received>): Promise<string> {
    const { request, seal } = await received;
    const asked = parseRequest(request);
    lines.limit(asked ? patienceFor(asked) : CHANNEL_TIMEOUT_MS);
    const answer = seal(JSON.stringify(await answerTo(asked, handlers, sanitize)));
    lines.limit(CHANNEL_TIMEOUT_MS);
    return answer;
  }

  const server = createServer((socket) => {
    if (!makeRoom()) {
      socket.destroy();
      return;
    }
    open += 1;
    unproven.add(socket);
    socket.once("close", () => {
      open -= 1;
      unproven.delete(socket);
    });
    const lines = linesOf(socket);
    const received = entrance.then(({ receive }) => receive(lines)).finally(() => unproven.delete(socket));
    serve(lines, received).then(
      (answer) => socket.end(`${answer}\n`),
      (error: unknown) => {
        // A client that disconnects early gets no answer, and one that is rejected gets no reason.
        socket.destroy();
        const reason = reasonOf(error);
        if (reason !== undefined) rejections.add(reason);
      },
    );
  });
  const entrance = listenOn[transport](server, folder);
  const { remove } = await entrance.catch((error: unknown) => {
    server.close();
    throw error;
  });
  // The channel must not keep the process alive.
  server.unref();
  return () => {
    server.close();
    remove();
    rejections.end();
  };
}

/** Why a client was rejected; undefined if it only ended the connection, or has no secret that can be collected. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof RejectedError) return error.message;
  if (!(error instanceof LineError)) return undefined;
  return { closed: undefined, "too long": "line too long", late: "too slow" }[error.failure];
}
