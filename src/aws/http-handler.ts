/**
 * The HTTP handler. It limits every request: its host, its duration, and the size of the response. The SDK's
 * own handler has no timeout and reads bodies of any size. With these limits added, it also took a tenth of a call longer than
 * this one, which reads a body directly instead of passing it through streams.
 */
import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { createAnswerMeter, limitsFor, OversizeError } from "./answer-limits.ts";
import type { Deadline } from "./deadline.ts";
import { isTrusted } from "./trusted-hosts.ts";

/** What the SDK sends requests with. */
export type HttpHandler = Pick<Sdk.CognitoIdentityClient["config"]["requestHandler"], "handle" | "metadata"> & {
  /** The SDK passes settings for its own handler; this one has none. */
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): object;
  /** Closes the connections once no request is in progress. Requests of clients that get credentials can come later still. */
  destroy(): void;
};
type Request = Parameters<HttpHandler["handle"]>[0];
type Answer = Awaited<ReturnType<HttpHandler["handle"]>>["response"];
type Query = Readonly<Record<string, string | readonly string[] | null>>;

/** Milliseconds to establish a connection. */
const CONNECT_MS = 3_000;

/** Milliseconds until the response is complete. */
const REQUEST_MS = 10_000;

/** Connections to one host. */
const MAX_CONNECTIONS = 50;

/** A request that is not sent, because its host is not trusted. */
class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** Has the name of the SDK's own error, so that the SDK retries the request where that is safe. */
class RequestTimeoutError extends Error {
  override readonly name = "TimeoutError";
}

const deadlines = new WeakMap<object, Deadline>();

/** Aborts the request when the deadline ends. */
export function attachDeadline(request: object, deadline: Deadline | undefined): void {
  if (deadline) deadlines.set(request, deadline);
}

/** `operatorsHost` is the only trusted host besides AWS's hosts and this machine. */
export function createHttpHandler(operatorsHost: string | undefined): HttpHandler {
  const openers = new Map<string, Promise<Opener>>();
  const sentCalls: SentCalls = new WeakSet();
  let inProgress = 0;
  let isClosed = false;

  function closeIfIdle(): void {
    if (!isClosed || inProgress > 0) return;
    for (const opener of openers.values()) void opener.then(({ agent }) => agent.destroy());
    openers.clear();
  }

  function openerFor(protocol: string): Promise<Opener> {
    const opener = openers.get(protocol) ?? createOpener(protocol);
    openers.set(protocol, opener);
    return opener;
  }

  return {
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    async handle(request) {
      if (!isTrusted(request.protocol, request.hostname, operatorsHost))
        throw new EndpointError(
          "the endpoint is neither an AWS endpoint nor on this machine, and the operator did not name it",
        );
      inProgress += 1;
      try {
        const { open } = await openerFor(request.protocol);
        return { response: await exchange(() => open(request), request, sentCalls, deadlines.get(request)) };
      } finally {
        inProgress -= 1;
        closeIfIdle();
      }
    },
    destroy() {
      isClosed = true;
      closeIfIdle();
    },
  };
}

interface Opener {
  /** Begins a request. */
  readonly open: (request: Request) => ClientRequest;
  readonly agent: Agent;
}

/** Loads `node:https` or `node:http`, only when needed: each takes a while to load. */
async function createOpener(protocol: string): Promise<Opener> {
  const isSecure = protocol === "https:";
  const { Agent, globalAgent, request: open } = isSecure ? await import("node:https") : await import("node:http");
  const proxy = isSecure ? proxyOf(globalAgent) : {};
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS, ...proxy });
  const begin: Opener["open"] = ({ hostname, port, method, path, query, headers }) =>
    open({
      agent,
      method,
      headers,
      path: `${path}${queryOf(query)}`,
      ...(port !== undefined && { port }),
      // An IPv6 address is in brackets in a URL, but not here.
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
    });
  return { open: begin, agent };
}

/** The proxy variables, if the operator set NODE_USE_ENV_PROXY: Node passes them only to its own global agent. */
function proxyOf(agent: object): { readonly proxyEnv?: object } {
  const { proxyEnv } = (agent as { readonly options: { readonly proxyEnv?: object } }).options;
  return proxyEnv ? { proxyEnv } : {};
}

/** Whether requests go through the proxy that the environment names. */
export async function usesProxy(): Promise<boolean> {
  const { globalAgent } = await import("node:https");
  return "proxyEnv" in proxyOf(globalAgent);
}

/** The calls, by their deadlines, of which bytes may have been sent in this attempt or an earlier one. */
type SentCalls = WeakSet<Deadline>;

/** Sends the request, and resolves with the complete response. An error that is raised before anything was sent is marked as unsent. */
function exchange(
  open: () => ClientRequest,
  { protocol, headers, body }: Request,
  sentCalls: SentCalls,
  deadline: Deadline | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (deadline?.isOver) throw ended();
    const outgoing = open();
    let connected = false;
    const requestTimer = setTimeout(() => fail(new RequestTimeoutError("the response took too long")), REQUEST_MS);
    let connectTimer: NodeJS.Timeout | undefined;
    const removeListener = deadline?.onEnd(() => fail(ended()));

    function finish(): void {
      clearTimeout(requestTimer);
      clearTimeout(connectTimer);
      removeListener?.();
    }

    function fail(error: unknown): void {
      finish();
      const unsent = deadline && !connected && !sentCalls.has(deadline);
      reject(unsent && error instanceof Error ? Object.assign(error, { unsent }) : error);
      outgoing.destroy();
    }

    function markConnected(): void {
      connected = true;
      if (deadline) sentCalls.add(deadline);
    }

    outgoing.on("socket", (socket) => {
      if (socket.connecting) {
        connectTimer = setTimeout(() => fail(new RequestTimeoutError("connecting took too long")), CONNECT_MS);
        socket.once("connect", () => clearTimeout(connectTimer));
      }
      const isHandshaking = "secureConnecting" in socket && socket.secureConnecting === true;
      if (socket.connecting || isHandshaking)
        socket.once(protocol === "https:" ? "secureConnect" : "connect", markConnected);
      else markConnected();
    });
    // Also handles the error of a connection that breaks after the response was read, which would otherwise be uncaught.
    outgoing.on("error", fail);
    outgoing.on("response", (received) => {
      collect(received, headers["x-amz-target"], fail, (bytes) => {
        finish();
        resolve(answerOf(received, bytes));
        // Nothing more is read of an answer that was cut short.
        if (!received.complete) outgoing.destroy();
      });
    });
    outgoing.end(body);
  });
}

/** Not a timeout error, which the SDK would retry. */
function ended(): DOMException {
  return new DOMException("the call has ended", "AbortError");
}

/** An error whose text is over the limits: its status and its headers say what happened. */
const noText = Buffer.from("{}");

/** Collects the body within the limits for `target`. */
function collect(
  received: IncomingMessage,
  target: string | undefined,
  fail: (error: unknown) => void,
  done: (bytes: Buffer) => void,
): void {
  const { statusCode: status = 0 } = received;
  const meter = createAnswerMeter(limitsFor(target, status));
  const chunks: Buffer[] = [];
  received.on("data", (chunk: Buffer) => {
    if (meter.add(chunk)) return void chunks.push(chunk);
    received.removeAllListeners("data");
    if (target !== undefined && status >= 300) done(noText);
    else fail(new OversizeError(target !== undefined && status >= 200 && meter.isObject));
  });
  received.on("error", fail);
  received.on("end", () => done(Buffer.concat(chunks)));
}

function answerOf({ statusCode, statusMessage, headers }: IncomingMessage, body: Buffer): Answer {
  return { statusCode, reason: statusMessage, headers, body } as Answer;
}

function queryOf(query: Query = {}): string {
  const pairs = Object.entries(query).flatMap(([name, values]) =>
    [values ?? ""].flat().map((value) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`),
  );
  return pairs.length === 0 ? "" : `?${pairs.join("&")}`;
}
