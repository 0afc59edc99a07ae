import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MAX_BODY_BYTES } from "./protocol/aws-json.ts";
import type { LocalService } from "./service.ts";

/** The HTTP server of a local service. */
export interface LocalServer {
  /** For example `http://127.0.0.1:4599`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** Serves on the loopback interface. Port 0 selects a free port. Rejects with Node's error if the port is in use. */
export async function serveLocal(
  service: LocalService,
  { host = "127.0.0.1", port = 0 }: { host?: string; port?: number } = {},
): Promise<LocalServer> {
  const server = createServer((request, response) => void handle(service, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  const boundPort = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    port: boundPort,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(service: LocalService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await readBody(request);
  // The client disconnected before the request was complete.
  if (!body) return;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const result = await service.handle({ method: request.method ?? "", path: request.url ?? "", headers, body });
  const bytes = Buffer.from(result.body);
  response.writeHead(result.status, { ...result.headers, "content-length": bytes.byteLength }).end(bytes);
}

/** Reads the body and drops data beyond the size limit. Returns undefined if the client disconnects. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      size += chunk.byteLength;
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks);
}
