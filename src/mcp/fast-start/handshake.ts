/**
 * Answers a host's first messages before the rest of the server is loaded. Hosts start all servers to list what they offer, but
 * call few of them: until a message comes that needs more, only this folder and the settings are loaded.
 *
 * It answers `initialize`, `ping` and the four lists, if each has one of the forms in forms.ts. Every other message goes to the server,
 * which also gets the last `initialize`. The answers are the server's own: scripts/build.ts requests them at build time, and the list
 * of resources is made by the same function. Only the id and the protocol version come from the client. The policy selects what is
 * listed and writes the instructions.
 */

import { isUtf8 } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { isModern } from "../era.ts";
import { subscriptionEndMembers } from "../modern/results.ts";
import { acknowledgementOf } from "../modern/subscriptions.ts";
import { createAnswerer, type FastStartAnswers, type FastStartSettings } from "./answers.ts";
import {
  type InitializeRequest,
  isInitializeRequest,
  isListenRequest,
  isPlainNotification,
  type ListenRequest,
} from "./forms.ts";

/** The input that a client sent before the server was loaded. */
export interface Handshake {
  /** Messages to pass to the server. They were answered already; a subscription among them is open. */
  readonly messages: readonly HandshakeMessage[];
  /** Whether a request of the modern era was answered. */
  readonly isModern: boolean;
  /** The bytes after the messages. */
  readonly rest: Buffer;
}

type HandshakeMessage = InitializeRequest | ListenRequest | typeof initialized;

const initialized = { jsonrpc: "2.0", method: "notifications/initialized" } as const;

/** The maximum size of a line in bytes; a host's first lines have a few hundred. */
const MAX_LINE_BYTES = 16 * 1024;

/** The maximum number of answered bytes that the client has not read. Above it, the server takes over: it has bounds for such clients. */
const MAX_UNREAD_BYTES = 1024 * 1024;

/** Subscriptions at once. The server takes over if there are more. */
const MAX_SUBSCRIPTIONS = 16;

const LINE_FEED = 0x0a;

/** Answers messages, and resolves at the first line that it cannot answer. At the end of stdin, the process ends. */
export function answerHandshake(
  answers: FastStartAnswers,
  settings: FastStartSettings,
  stdin: Readable = process.stdin,
  stdout: Writable = process.stdout,
): Promise<Handshake> {
  const answerer = createAnswerer(answers, settings);
  const { serverInfo } = answers.initializeResult;
  let initialize: InitializeRequest | undefined;
  let isInitialized = false;
  let isModernClient = false;
  const subscriptions = new Map<unknown, ListenRequest>();
  let rest: Buffer = Buffer.alloc(0);

  /** Answers the line. False if the server must answer it. */
  function answerLine(line: Buffer): boolean {
    if (stdout.writableLength > MAX_UNREAD_BYTES) return false;
    const message = parse(line);
    if (isPlainNotification(message)) {
      isInitialized ||= message.method === initialized.method;
      return true;
    }
    // The server refuses an id that is in use.
    if (subscriptions.has((message as { readonly id?: unknown } | undefined)?.id)) return false;
    if (isListenRequest(message)) return subscribe(message);
    // The server needs only the last one, which replaces those before it.
    if (isInitializeRequest(message)) initialize = message;
    const answer = isInitializeRequest(message)
      ? answerer.initialize(message)
      : answerer.answer(message, initialize !== undefined);
    if (answer !== undefined) stdout.write(`${answer}\n`);
    isModernClient ||= answer !== undefined && isModern(message as object);
    return answer !== undefined;
  }

  function subscribe(request: ListenRequest): boolean {
    if (subscriptions.size >= MAX_SUBSCRIPTIONS) return false;
    subscriptions.set(request.id, request);
    isModernClient = true;
    stdout.write(`${JSON.stringify(acknowledgementOf(request.id))}\n`);
    return true;
  }

  return new Promise((resolve) => {
    const leave = () => process.exit();
    /** A subscription ends with the server. */
    const endSubscriptions = () => {
      for (const { id } of subscriptions.values())
        stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result: subscriptionEndMembers(serverInfo, id) })}\n`);
      stdout.write("", leave);
    };
    const handOver = () => {
      stdin.off("data", read).off("end", handOver).pause();
      stdout.off("error", leave);
      process.off("SIGTERM", endSubscriptions).off("SIGINT", endSubscriptions);
      resolve({
        messages: [
          ...(initialize ? [initialize] : []),
          ...(isInitialized ? [initialized] : []),
          ...subscriptions.values(),
        ],
        isModern: isModernClient,
        rest,
      });
    };
    const read = (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        if (!answerLine(rest.subarray(0, end))) return handOver();
        rest = rest.subarray(end + 1);
      }
      if (rest.length > MAX_LINE_BYTES) handOver();
    };
    stdin.on("data", read).once("end", () => (rest.length > 0 ? handOver() : endSubscriptions()));
    // The client no longer reads.
    stdout.once("error", leave);
    process.once("SIGTERM", endSubscriptions).once("SIGINT", endSubscriptions);
  });
}

function parse(line: Buffer): unknown {
  if (line.length > MAX_LINE_BYTES || !isUtf8(line)) return undefined;
  try {
    return JSON.parse(line.toString());
  } catch {
    return undefined;
  }
}
