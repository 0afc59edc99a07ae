/**
 * The way out, with bounds around every request: where it may go, how long it may take, and how much may come back. The SDK's
 * own handler waits without end and reads bodies of any size; held to these bounds it also cost a tenth of a call more than
 * this one, which reads a body as it comes instead of passing it on through streams.
 */
import type { ClientRequest, IncomingMessage } from "node:http";
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import type { Deadline } from "./deadline.ts";
import { isTrusted } from "./trusted-hosts.ts";

/** What the SDK sends requests with. */
export type Handler = Pick<Sdk.CognitoIdentityClient["config"]["requestHandler"], "handle" | "metadata"> & {
  /** The SDK offers settings of its own handler, of which these have none. */
  updateHttpClientConfig(): void;
  httpHandlerConfigs(): object;
};
type Request = Parameters<Handler["handle"]>[0];
type Answer = Awaited<ReturnType<Handler["handle"]>>["response"];
type Query = Readonly<Record<string, string | readonly string[] | null>>;

/** Milliseconds until a connection stands. */
const CONNECT_MS = 3_000;

/** Milliseconds until a request is answered in full. */
const REQUEST_MS = 10_000;

/** Bytes of an answer: a page of the service is far below. */
const MOST_BYTES = 5_000_000;

/** Connections to one host. */
const MOST_CONNECTIONS = 50;

/** A request that is not sent, since nobody vouched for where it would go. */
class EndpointError extends Error {
  override readonly name = "EndpointError";
}

/** An answer without end, or one that nobody could have meant. */
class OversizeError extends Error {
  override readonly name = "OversizeError";
}

/** Named as the SDK's own, so that it is tried again where that is safe. */
class LateError extends Error {
  override readonly name = "TimeoutError";
}

const deadlines = new WeakMap<object, Deadline>();

/** Takes the request off the wire at the end of the deadline. */
export function endWith(request: object, deadline: Deadline | undefined): void {
  if (deadline) deadlines.set(request, deadline);
}

/** `operatorsHost` is the one host outside of AWS and this machine that is trusted. */
export function createHandler(operatorsHost: string | undefined): Handler {
  const openers = new Map<string, Promise<Open>>();
  const left: Left = new WeakSet();

  function openerFor(protocol: string): Promise<Open> {
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
        throw new EndpointError("the endpoint is neither AWS's nor on this machine, and the operator did not name it");
      const open = await openerFor(request.protocol);
      return { response: await exchange(() => open(request), request, left, deadlines.get(request)) };
    },
  };
}

/** Begins a request. */
type Open = (request: Request) => ClientRequest;

/** Loads the one of the two that is needed: either takes a while. */
async function createOpener(protocol: string): Promise<Open> {
  const isSecure = protocol === "https:";
  const { Agent, globalAgent, request: open } = isSecure ? await import("node:https") : await import("node:http");
  const proxy = isSecure ? proxyOf(globalAgent) : {};
  const agent = new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS, ...proxy });
  return ({ hostname, port, method, path, query, headers }) =>
    open({
      agent,
      method,
      headers,
      path: `${path}${queryOf(query)}`,
      ...(port !== undefined && { port }),
      // An address of IPv6 stands in brackets in a URL alone.
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
    });
}

/** The variables of the proxy, where the operator has Node use one with NODE_USE_ENV_PROXY: Node tells its own agent alone. */
function proxyOf(agent: object): { readonly proxyEnv?: object } {
  const { proxyEnv } = (agent as { readonly options: { readonly proxyEnv?: object } }).options;
  return proxyEnv ? { proxyEnv } : {};
}

/** Whether requests go through the proxy that the environment names. */
export async function usesProxy(): Promise<boolean> {
  const { globalAgent } = await import("node:https");
  return "proxyEnv" in proxyOf(globalAgent);
}

/** The calls, by their deadlines, of which something may have left in this try or in one before. */
type Left = WeakSet<Deadline>;

/** Sends the request, and resolves with the whole answer. An error that is raised before anything left is marked as unsent. */
function exchange(
  open: () => ClientRequest,
  { protocol, body }: Request,
  left: Left,
  deadline: Deadline | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (deadline?.isOver) throw ended();
    const sent = open();
    let stands = false;
    const late = setTimeout(() => fail(new LateError("no answer in time")), REQUEST_MS);
    let unconnected: NodeJS.Timeout | undefined;
    const stay = deadline?.onEnd(() => fail(ended()));

    function finish(): void {
      clearTimeout(late);
      clearTimeout(unconnected);
      stay?.();
    }

    function fail(error: unknown): void {
      finish();
      const unsent = deadline && !stands && !left.has(deadline);
      reject(unsent && error instanceof Error ? Object.assign(error, { unsent }) : error);
      sent.destroy();
    }

    function stand(): void {
      stands = true;
      if (deadline) left.add(deadline);
    }

    sent.on("socket", (socket) => {
      if (socket.connecting) {
        unconnected = setTimeout(() => fail(new LateError("no connection in time")), CONNECT_MS);
        socket.once("connect", () => clearTimeout(unconnected));
      }
      const shakesHands = "secureConnecting" in socket && socket.secureConnecting === true;
      if (socket.connecting || shakesHands) socket.once(protocol === "https:" ? "secureConnect" : "connect", stand);
      else stand();
    });
    // Also what a connection says that breaks after all was read: nobody listens by then.
    sent.on("error", fail);
    sent.on("response", (received) => {
      collect(received, fail, (bytes) => {
        finish();
        resolve(answerOf(received, bytes));
      });
    });
    sent.end(body);
  });
}

/** Not a timeout, which the SDK would try again. */
function ended(): DOMException {
  return new DOMException("the call has ended", "AbortError");
}

function collect(received: IncomingMessage, fail: (error: unknown) => void, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let size = 0;
  received.on("data", (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MOST_BYTES) fail(new OversizeError(`more than ${MOST_BYTES} bytes`));
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
