import type { Readable } from "node:stream";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { createLines, type Line } from "./lines.ts";
import { createOutput } from "./output.ts";
import { idInUse, type ProtocolError, parseLine } from "./parse-message.ts";
import { createPendingRequests } from "./pending-requests.ts";
import { fromWire, toWire } from "./request-ids.ts";

/** Lines that are processed before their responses are written and counted. */
const LINES_PER_TURN = 16;

/** An error response without an id, because the id could not be read or must not be used. The SDK has no type for it. */
interface ErrorWithoutId {
  readonly jsonrpc: "2.0";
  readonly id: null;
  readonly error: { readonly code: number; readonly message: string; readonly data?: object };
}

/** The input that arrived before this transport existed. */
interface Handshake {
  /** Messages. A request among them was answered already, but for a subscription, which stays open. */
  readonly messages: readonly JSONRPCMessage[];
  /** The bytes after the messages. */
  readonly rest: Buffer;
}

const emptyHandshake: Handshake = { messages: [], rest: Buffer.alloc(0) };

/** MCP on stdin and stdout. */
export interface Stdio extends Transport {
  send(message: JSONRPCMessage | ErrorWithoutId): Promise<void>;
  /** Resolves when stdin has ended and was processed, when the client no longer reads stdout, or at SIGTERM or SIGINT. */
  readonly ended: Promise<void>;
  /** Resolves when everything that was sent is written, or when the client no longer reads. */
  flushed(): Promise<void>;
}

/**
 * A transport with bounds for any client: lines have a size limit, every request gets one response, and a client that
 * does not read its responses is not read from either, after a few MB.
 *
 * A request with an id that is in use is refused without that id: the client would take the refusal for the
 * response to the first request, which may be changing something. The refusal has the id in its data.
 */
export function createStdio({ messages, rest }: Handshake = emptyHandshake): Stdio {
  const pending = createPendingRequests();
  let isOver = false;
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = () => {
      isOver = true;
      resolve();
    };
  });
  const output = createOutput(process.stdout, end);

  async function read(): Promise<void> {
    const lines = createLines();
    await take(lines.read(rest));
    for await (const chunk of untilBroken(process.stdin)) await take(lines.read(chunk));
    await take(lines.rest());
    end();
  }

  /** Processes lines, a few at a time, and pauses while too much output is unread. */
  async function take(lines: Iterable<Line>): Promise<void> {
    let left = LINES_PER_TURN;
    for (const line of lines) {
      if (isOver) return;
      receive(line);
      left -= 1;
      if (left > 0) continue;
      left = LINES_PER_TURN;
      await nextTurn();
      await output.belowLimit();
    }
    await nextTurn();
    await output.belowLimit();
  }

  function receive(line: Line): void {
    const parsed = parseLine(line);
    if (parsed.kind === "error") refuse(parsed);
    if (parsed.kind !== "message") return;
    const { message } = parsed;
    if ("method" in message && "id" in message && pending.isOpen(message.id)) refuse(idInUse(message.id));
    else if (pending.received(message)) transport.onmessage?.(fromWire(message));
  }

  function refuse({ id, code, message }: ProtocolError): void {
    const error = { code, message };
    const inUse = id !== null && pending.isOpen(id);
    // Uses the transport's `send`, because the server has added the redactor to it.
    if (id !== null && !inUse) void transport.send({ jsonrpc: "2.0", id, error });
    else void transport.send({ jsonrpc: "2.0", id: null, error: { ...error, ...(inUse && { data: { id } }) } });
  }

  const transport: Stdio = {
    async start() {
      process.once("SIGTERM", end);
      process.once("SIGINT", end);
      for (const message of messages)
        if ("method" in message && message.method === "subscriptions/listen") pending.received(message);
      if (messages.length > 0) await replay(transport, messages);
      void read();
    },
    async send(message) {
      const sent = isErrorWithoutId(message) ? message : toWire(message);
      if (!isErrorWithoutId(sent)) pending.sent(sent);
      output.write(`${JSON.stringify(sent)}\n`);
    },
    async close() {
      end();
      transport.onclose?.();
    },
    ended,
    flushed: () => output.flushed(),
  };
  return transport;
}

/** Passes the server the messages that were answered before, and drops its responses, which the client already has. */
async function replay(transport: Transport, messages: readonly JSONRPCMessage[]): Promise<void> {
  const { send } = transport;
  let unanswered = messages.filter((message) => "method" in message && "id" in message).length;
  await new Promise<void>((resolve) => {
    transport.send = async () => {
      unanswered -= 1;
      if (unanswered === 0) resolve();
    };
    if (unanswered === 0) resolve();
    for (const message of messages) transport.onmessage?.(message);
  });
  transport.send = send;
}

/** The chunks of stdin. An error counts as the end of the input: the client is gone. */
async function* untilBroken(stdin: Readable): AsyncIterable<Buffer> {
  try {
    yield* stdin;
  } catch {}
}

function isErrorWithoutId(message: JSONRPCMessage | ErrorWithoutId): message is ErrorWithoutId {
  return "id" in message && message.id === null;
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
