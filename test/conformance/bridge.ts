/** MCP over HTTP for a server that speaks it on stdio: what the conformance suite needs, and no more. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

const METHOD_NOT_FOUND = -32601;

interface Message {
  readonly id?: string | number;
  readonly method?: string;
  readonly error?: { readonly code: number };
}

interface Running {
  readonly child: ChildProcess;
  /** Requests without a response, by their id: each stream gets what the server sends until then. */
  readonly streams: Map<string | number, ServerResponse>;
}

/** The status with which HTTP tells an error of MCP 2026-07-28. */
function statusOf(code: number | undefined): number {
  if (code === undefined) return 200;
  return code === METHOD_NOT_FOUND ? 404 : 400;
}

/** Starts the command once for each `initialize`, and once for all requests without a session. Gives the URL, and a function that ends all. */
export async function startBridge(command: string, args: readonly string[]) {
  const sessions = new Map<string, Running>();

  function start(session: string): Running {
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    const running: Running = { child, streams: new Map() };
    let rest = "";
    child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) deliver(running, line);
    });
    sessions.set(session, running);
    return running;
  }

  function deliver({ streams }: Running, line: string): void {
    const { id, method, error }: Message = JSON.parse(line);
    // A request or notification of the server goes with the newest open request.
    const stream = method === undefined && id !== undefined ? streams.get(id) : [...streams.values()].at(-1);
    if (stream?.headersSent === false) stream.writeHead(statusOf(error?.code), { "content-type": "text/event-stream" });
    stream?.write(`event: message\ndata: ${line}\n\n`);
    if (method !== undefined || id === undefined) return;
    stream?.end();
    streams.delete(id);
  }

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST") return void response.writeHead(405).end();
    const message: Message = JSON.parse(await text(request));
    // A request of MCP 2026-07-28 names its version in a header too, also one for `initialize`, which is gone.
    const opens = message.method === "initialize" && request.headers["mcp-protocol-version"] === undefined;
    const session = opens ? randomUUID() : String(request.headers["mcp-session-id"] ?? "");
    const running = sessions.get(session) ?? start(session);
    const isRequest = message.method !== undefined && message.id !== undefined;
    if (isRequest) {
      running.streams.set(message.id, response);
      // Without a session, the status tells what the first message is.
      if (session) response.writeHead(200, { "content-type": "text/event-stream", "mcp-session-id": session });
    } else response.writeHead(202).end();
    running.child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  const server = createServer((request, response) => {
    receive(request, response).catch(() => response.writeHead(400).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}/mcp`,
    async close(): Promise<void> {
      for (const { child } of sessions.values()) child.kill();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
