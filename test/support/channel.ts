/** The operator channel as bytes: an independent client, written from the description in docs/decisions/0006-terminal.md. */
import { createHash, createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { beforeAll, describe } from "vitest";

export type Transport = "socket" | "tcp";

/** The environment of a server that uses the transport. */
export const channelVariable = (transport: Transport) => ({ COGNITO_IDENTITY_MCP_CHANNEL: transport });

/** The file by which commands find the server. */
export const channelFile = (runtime: string, pid: number, transport: Transport) =>
  join(runtime, "cognito-identity-mcp", `${pid}.${transport === "tcp" ? "tcp" : "sock"}`);

/** Runs the tests once over each transport, which `use` is told before. */
export function overEach(use: (transport: Transport) => void) {
  return (name: string, tests: (transport: Transport) => void) =>
    describe.each<Transport>(["socket", "tcp"])(`${name}, over %s,`, (transport) => {
      beforeAll(() => use(transport));
      tests(transport);
    });
}

export interface Address {
  readonly port: number;
  readonly secret: string;
}

export const addressIn = (file: string) => JSON.parse(readFileSync(file, "utf8")) as Address;

export const newNonce = () => randomBytes(32).toString("base64url");

const hashOf = (text: string) => createHash("sha256").update(text).digest("base64url");

/** The proof of a role in a conversation, for texts such as a request and its answer. */
export function proofOf(secret: string, role: string, nonces: readonly string[], ...texts: readonly string[]): string {
  const parts = ["cognito-identity-mcp-channel-1", role, ...nonces, ...texts.map(hashOf)];
  return createHmac("sha256", Buffer.from(secret, "base64url")).update(parts.join(" ")).digest("base64url");
}

/** A connection on which a test says what it likes, and sees all that comes back. */
export interface Wire extends Disposable {
  readonly socket: Socket;
  readonly received: () => string;
  /** The next line; undefined if the connection ends before. */
  line(): Promise<string | undefined>;
  say(line: string): void;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
}

export function wireTo(target: number | string): Wire {
  const socket = typeof target === "number" ? connect(target, "127.0.0.1") : connect(target);
  return wireOn(socket);
}

function wireOn(socket: Socket): Wire {
  let received = "";
  let read = 0;
  let isOver = false;
  const waiting: (() => void)[] = [];
  const wake = () => {
    for (const look of waiting.splice(0)) look();
  };
  socket.on("error", () => {});
  socket.on("data", (chunk: Buffer) => {
    received += chunk;
    wake();
  });
  const ended = new Promise<void>((resolve) =>
    socket.once("close", () => {
      isOver = true;
      wake();
      resolve();
    }),
  );
  return {
    socket,
    ended,
    received: () => received,
    async line() {
      for (;;) {
        const end = received.indexOf("\n", read);
        if (end >= 0) {
          const line = received.slice(read, end);
          read = end + 1;
          return line;
        }
        if (isOver) return undefined;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
    say: (line) => void socket.write(`${line}\n`),
    [Symbol.dispose]: () => socket.destroy(),
  };
}

/** What was said on one connection, line by line. */
export interface Recorded {
  readonly client: readonly string[];
  readonly server: readonly string[];
}

/** Sends a request over TCP as a command does. Gives the answer, and everything that was said. */
export async function askTcp({ port, secret }: Address, request: string): Promise<{ answer: string; said: Recorded }> {
  using wire = wireTo(port);
  const own = newNonce();
  const greeting = `hello ${own}`;
  wire.say(greeting);
  const reply = (await wire.line()) ?? "";
  const [, nonce = "", proof] = reply.split(" ");
  const nonces = [own, nonce];
  if (proof !== proofOf(secret, "server", nonces)) throw new Error(`the server proved nothing: ${reply}`);
  const asked = `request ${proofOf(secret, "request", nonces, request)} ${request}`;
  wire.say(asked);
  const line = (await wire.line()) ?? "";
  const [, , answer = ""] = /^answer (\S+) (.*)$/s.exec(line) ?? [];
  if (line !== `answer ${proofOf(secret, "answer", nonces, request, answer)} ${answer}`)
    throw new Error(`the answer is not proved: ${line}`);
  return { answer, said: { client: [greeting, asked], server: [reply, line] } };
}

/** Sends one line over either transport, and gives what comes back; the empty string if nothing does. */
export async function sayOn(runtime: string, pid: number, transport: Transport, line: string): Promise<string> {
  const file = channelFile(runtime, pid, transport);
  if (transport === "tcp") return (await askTcp(addressIn(file), line)).answer;
  using wire = wireTo(file);
  wire.say(line);
  return (await wire.line()) ?? "";
}

/** A program that listens on a port, and does `then` with each connection. */
export async function listenOn(
  port: number,
  then: (wire: Wire) => unknown,
): Promise<AsyncDisposable & { server: Server; port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    then(wireOn(socket));
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    server,
    port: typeof address === "object" && address ? address.port : 0,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
