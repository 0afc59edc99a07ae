import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { MAX_BODY_BYTES } from "./protocol/aws-json.ts";
import type { LocalService } from "./service.ts";

/** The HTTP door of a local service. */
export interface LocalServer {
  /** Such as `http://127.0.0.1:4599`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
}

/** Serves on loopback; port 0 takes a free one. Raises Node's error when the port is taken. */
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
  const taken = typeof address === "object" && address !== null ? address.port : port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    port: taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function handle(service: LocalService, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await read(request);
  // The client went away in the middle of its request: nobody is left to answer.
  if (!body) return;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const answer = await service.handle({ method: request.method ?? "", path: request.url ?? "", headers, body });
  const bytes = Buffer.from(answer.body);
  response.writeHead(answer.status, { ...answer.headers, "content-length": bytes.byteLength }).end(bytes);
}

/** The body, cut just past the largest one that the service takes; undefined when the request broke off. */
async function read(request: IncomingMessage): Promise<Buffer | undefined> {
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
