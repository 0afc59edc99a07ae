/**
 * A web page on the loopback interface, for a person at this machine. It answers its own document and nobody else: not another
 * page, not a program without the token, and not a service worker that was left on the port.
 */
import { createHash, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemCode } from "../../util/system-error.ts";
import { UserError } from "../../util/user-error.ts";
import { CLEAR_PATH, DOCUMENT_HEADER, TOKEN_HEADER } from "./page-protocol.ts";

/** Answers a request with an object, sent as JSON; or with a stream, which writes lines until `closed` aborts. */
export type Answer =
  | { readonly json: object }
  | { readonly stream: (write: (line: string) => void, closed: AbortSignal) => void };

export interface Route {
  /** Whether the request must carry the token of the page. */
  readonly needsToken: boolean;
  /** `body` is any JSON. Undefined for a request that makes no sense. */
  answer(body: unknown): Promise<Answer | undefined> | Answer | undefined;
}

interface Options {
  /** The whole document, with the styles and the scripts inline, and PLACEHOLDER where the value for DOCUMENT_HEADER goes. */
  readonly document: string;
  /** By path. All are requested with POST and JSON: the browser then names its origin. */
  readonly routes: Readonly<Record<string, Route>>;
  /** The port; a free one if undefined. */
  readonly port: number | undefined;
  /** Called when the document was sent to a browser. */
  readonly onDocument?: () => void;
  /** Called with the reason when a request was refused. Its sender gets the status alone. */
  readonly onRefused: (reason: string) => void;
  /** Called with the error of a defect. */
  readonly onFault: (error: unknown) => void;
}

export interface LoopbackPage {
  readonly port: number;
  /** `http://localhost:PORT`. WebAuthn does not accept an IP address. */
  readonly origin: string;
  /** The token that a document needs in its fragment. */
  readonly token: string;
  close(): void;
}

export const PLACEHOLDER = "DOCUMENT_VALUE";

/** Documents that can be open at once. A new one replaces the oldest. */
const MAX_DOCUMENTS = 32;

const MAX_CONNECTIONS = 64;

/** The longest body of a request, in bytes. The page sends less. */
const MAX_BODY = 65_536;

/** What a stream holds for a browser that does not read it, in bytes. */
const MAX_UNREAD = 4_194_304;

/** How long a client may take for its request, in milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Takes the place of a service worker, has every page of this origin loaded again, from this server, and removes itself. */
const LAST_WORKER = `addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil((async () => {
  await clients.claim();
  await registration.unregister();
  for (const client of await clients.matchAll()) await client.navigate(client.url).catch(() => {});
})()));
`;

/** The dynamic ports of RFC 6335. */
const [FIRST_PORT, LAST_PORT] = [49_152, 65_535];

/** Attempts to find a port that is free on both addresses. */
const MAX_TRIES = 50;

/** Opens the page on 127.0.0.1 and ::1. Raises UserError if the port is taken or none is free. */
export async function openLoopbackPage({
  document,
  routes,
  port: wanted,
  onDocument,
  onRefused,
  onFault,
}: Options): Promise<LoopbackPage> {
  const token = randomBytes(32).toString("base64url");
  const policy = contentPolicy(document);
  const documents = new Set<string>();
  /** Those that came with the token: others cannot push them out. */
  const trusted = new Set<string>();
  let origin = "";

  function sendDocument({ headers }: IncomingMessage, response: ServerResponse): void {
    // Only a browser that loads the document as a page of its own says so. A service worker that fetches it cannot.
    if (headers["sec-fetch-dest"] !== "document" || headers["sec-fetch-mode"] !== "navigate")
      throw new RefusedError(403, "the page was not loaded by a browser as a page of its own");
    // What a service worker has the browser load ahead looks like that too, and the worker can read it.
    if (headers["service-worker-navigation-preload"] !== undefined)
      throw new RefusedError(403, "a service worker asked for the page");
    // Another page on a port of localhost, which browsers count as the same site, has no reason to lead here.
    if (!["none", "cross-site", "same-origin"].includes(String(headers["sec-fetch-site"])))
      throw new RefusedError(403, "another page led to the page");
    const value = randomBytes(18).toString("base64url");
    keep(documents, value);
    onDocument?.();
    response
      .writeHead(200, {
        ...COMMON_HEADERS,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy": policy,
        ...CLEAR,
      })
      .end(document.replace(PLACEHOLDER, value));
  }

  /** A browser looks for a newer version of a service worker whenever it loads a page: this one ends it. */
  function sendLastWorker(response: ServerResponse): void {
    onRefused("a service worker was left at the address of the page, and was removed");
    response.writeHead(200, { ...COMMON_HEADERS, "content-type": "text/javascript" }).end(LAST_WORKER);
  }

  async function answerRoute(route: Route, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { headers } = request;
    if (headers["sec-fetch-site"] !== "same-origin" || headers.origin !== origin)
      throw new RefusedError(403, "the request came from another page");
    if (headers["content-type"] !== "application/json") throw new RefusedError(415, "the request was not JSON");
    const value = String(headers[DOCUMENT_HEADER]);
    if (!documents.has(value) && !trusted.has(value))
      throw new RefusedError(401, "the request came from no document of this server");
    if (route.needsToken && !isSame(String(headers[TOKEN_HEADER]), token))
      throw new RefusedError(401, "the token of the page was wrong");
    if (route.needsToken) keep(trusted, value);
    const answer = await route.answer(await readJson(request));
    if (!answer) throw new RefusedError(400, "the request was invalid");
    const type = "json" in answer ? "application/json" : "application/x-ndjson";
    response.writeHead(200, { ...COMMON_HEADERS, "content-type": type });
    if ("json" in answer) {
      response.end(JSON.stringify(answer.json));
      return;
    }
    const closed = new AbortController();
    response.once("close", () => closed.abort());
    answer.stream((line) => {
      // A browser that reads nothing gets a new stream when it does again.
      if (response.writableLength > MAX_UNREAD) response.destroy();
      else response.write(`${line}\n`);
    }, closed.signal);
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = "", headers } = request;
    // A page on another name that resolves to loopback (DNS rebinding) has that name here.
    if (headers.host !== origin.slice("http://".length)) throw new RefusedError(421, "the host name was wrong");
    if (method === "GET" && headers["service-worker"] === "script") {
      sendLastWorker(response);
      return;
    }
    if (method === "GET" && url === CLEAR_PATH) {
      response.writeHead(204, { ...COMMON_HEADERS, ...CLEAR, "cross-origin-resource-policy": "cross-origin" }).end();
      return;
    }
    const route = Object.hasOwn(routes, url) ? routes[url] : undefined;
    if (method === "GET" && url === "/") sendDocument(request, response);
    else if (route && method === "POST") await answerRoute(route, request, response);
    else throw new RefusedError(404, "there is no such address");
  }

  const handle: Handle = (request, response) => {
    answer(request, response).catch((error: unknown) => {
      if (error instanceof RefusedError) {
        onRefused(error.message);
        // A refused document was perhaps asked for by what an earlier program left in the browser.
        const clear = request.method === "GET" ? CLEAR : {};
        response.writeHead(error.status, { "content-length": 0, connection: "close", ...clear }).end();
        return;
      }
      // A client that ends its request half way is no fault of this program.
      if (systemCode(error) !== "ECONNRESET") onFault(error);
      response.destroy();
    });
  };
  const { port, servers } = await listenOnBoth(handle, wanted);
  origin = `http://localhost:${port}`;
  return {
    port,
    origin,
    token,
    close() {
      for (const server of servers) {
        server.close();
        server.closeAllConnections();
      }
    },
  };
}

const COMMON_HEADERS = {
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "noopener-allow-popups",
  "cross-origin-resource-policy": "same-origin",
};

/** Has the browser end every service worker of this origin, also one that an open page of another program would hold on to. */
const CLEAR = { "clear-site-data": '"storage"' };

/**
 * Allows exactly the styles and scripts that are in the document, by their digests. With `'self'`, a service worker left on the
 * port could put its own script in its place.
 */
function contentPolicy(document: string): string {
  const digests = (element: string) =>
    [...document.matchAll(new RegExp(`<${element}[^>]*>([^]*?)</${element}>`, "g"))]
      .map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`)
      .join(" ");
  return [
    "default-src 'none'",
    `script-src ${digests("script")}`,
    `style-src ${digests("style")}`,
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

/** Adds the document. A new one replaces the oldest. */
function keep(documents: Set<string>, value: string): void {
  documents.add(value);
  const [oldest] = documents;
  if (documents.size > MAX_DOCUMENTS && oldest !== undefined) documents.delete(oldest);
}

function isSame(given: string, right: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A request that is not answered. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;

  constructor(status: number, reason: string) {
    super(reason);
    this.status = status;
  }
}

/** The body as JSON. Raises RefusedError. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new RefusedError(413, "the request was too long");
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    throw new RefusedError(400, "the request was not JSON");
  }
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Listens on 127.0.0.1 and ::1 with one port: browsers take either for `localhost`, and on the other address another program
 * could show its own page under our origin. Without IPv6 on 127.0.0.1 alone.
 */
async function listenOnBoth(handle: Handle, wanted: number | undefined): Promise<{ port: number; servers: Server[] }> {
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const port = wanted ?? randomInt(FIRST_PORT, LAST_PORT + 1);
    const first = await listen(handle, "127.0.0.1", port);
    if (typeof first !== "string") {
      const second = await listen(handle, "::1", port);
      if (typeof second !== "string") return { port: (first.address() as AddressInfo).port, servers: [first, second] };
      if (second === "EADDRNOTAVAIL" || second === "EAFNOSUPPORT" || second === "EINVAL")
        return { port, servers: [first] };
      first.close();
    }
    if (wanted !== undefined)
      throw new UserError(
        "page",
        `The approval page cannot be opened: port ${wanted} is taken, on 127.0.0.1 or on ::1.`,
        "End the other program, or choose another port with --page-port.",
      );
  }
  throw new UserError("page", "The approval page cannot be opened: no port is free.", "Use the command approve.");
}

/** Listens on the address; gives the code of the error if it cannot. */
async function listen(handle: Handle, host: string, port: number): Promise<Server | string> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS }, handle);
  server.maxConnections = MAX_CONNECTIONS;
  return await new Promise((resolve) => {
    server.once("error", (error) => resolve(systemCode(error) ?? "unknown"));
    server.listen({ host, port, ipv6Only: host === "::1" }, () => {
      server.removeAllListeners("error");
      // A later error of a connection ends that connection.
      server.on("error", () => {});
      resolve(server);
    });
  });
}
