import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { isIP } from "node:net";
import { type AccessOptions, denialFor, isLoopback } from "./access.ts";
import { failure, type LocalResponse, MAX_BODY_BYTES } from "./protocol/aws-json.ts";
import { createRequestLog, withoutTokens } from "./request-log.ts";
import type { LocalService } from "./service.ts";

// What the command needs besides the server, from the same file of the package.
export { createRequestLog, isLoopback, withoutTokens };

/** The HTTP server of a local service. */
export interface LocalServer {
  /** For example `http://127.0.0.1:4599`. */
  readonly url: string;
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/** What answers the requests. The rest of a service is of no use here. */
type Handler = Pick<LocalService, "handle"> & Partial<LocalService>;

/**
 * Serves on the loopback interface, or on another address, to requests that `access` allows. Port 0 selects a free port. Rejects
 * with Node's error if the port is in use.
 */
export async function serveLocal(
  service: Handler,
  { host = "127.0.0.1", port = 0, access = {} }: { host?: string; port?: number; access?: AccessOptions } = {},
): Promise<LocalServer> {
  // Node's own answer to a request without Host says nothing; that of `denialFor` does.
  // A request that names the address itself was not led here by a name of somebody's.
  const own = isIP(host) === 0 ? [] : [host.includes(":") ? `[${host}]` : host];
  const allowed = { ...access, hosts: [...(access.hosts ?? []), ...own] };
  const server = createServer(
    { requireHostHeader: false },
    (request, response) => void handle(service, allowed, request, response),
  );
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

async function handle(
  service: Handler,
  access: AccessOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { host: hosts = [], origin: origins = [] } = request.headersDistinct;
  const denial = denialFor({ target: request.url ?? "", hosts, origins }, access);
  if (denial) return send(response, failure(denial, randomUUID()));
  // Only an allowed origin comes this far.
  const cors = origins[0] === undefined ? {} : corsHeaders(origins[0]);
  if (origins.length > 0 && request.method === "OPTIONS")
    return send(response, { status: 200, headers: { ...cors, ...preflightHeaders }, body: "" });
  const body = await readBody(request);
  // The client disconnected before the request was complete.
  if (!body) return;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );
  const result = await service.handle({ method: request.method ?? "", path: request.url ?? "", headers, body });
  send(response, { ...result, headers: { ...result.headers, ...cors } });
}

function send(response: ServerResponse, { status, headers, body }: LocalResponse): void {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, vary: "origin", "content-length": bytes.byteLength }).end(bytes);
}

/** What lets a page of the origin read the response. */
function corsHeaders(origin: string): Record<string, string> {
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
  };
}

/** The headers of a response to a preflight request. */
const preflightHeaders = {
  "access-control-allow-methods": "GET,POST",
  "access-control-allow-headers": "*,Authorization",
};

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
