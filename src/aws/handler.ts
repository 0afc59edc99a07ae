/**
 * The way out, with bounds around every request: where it may go, how long it may take, and how much may come back. The SDK's
 * own handler waits without end and reads bodies of any size; held to these bounds it also cost a tenth of a call more than
 * this one, which reads a body as it comes instead of passing it on through streams.
 */
import type { ClientRequest, IncomingMessage, Agent as PlainAgent } from "node:http";
import type * as Sdk from "@aws-sdk/client-cognito-identity";
import { isTrusted } from "./hosts.ts";

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

/** `operatorsHost` is the one host outside of AWS and this machine that is trusted. */
export function createHandler(operatorsHost: string | undefined): Handler {
  const agents = new Map<string, PlainAgent>();
  const left: Left = new WeakSet();

  async function openerFor(protocol: string): Promise<(request: Request) => ClientRequest> {
    // Either takes a while to load.
    const isSecure = protocol === "https:";
    const { Agent, globalAgent, request: open } = isSecure ? await import("node:https") : await import("node:http");
    const agent =
      agents.get(protocol) ??
      new Agent({ keepAlive: true, maxSockets: MOST_CONNECTIONS, ...(isSecure && proxyOf(globalAgent)) });
    agents.set(protocol, agent);
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

  return {
    metadata: { handlerProtocol: "http/1.1" },
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
    async handle(request, options = {}) {
      if (!isTrusted(request.protocol, request.hostname, operatorsHost))
        throw new EndpointError("the endpoint is neither AWS's nor on this machine, and the operator did not name it");
      const open = await openerFor(request.protocol);
      const { abortSignal } = options as { abortSignal?: AbortSignal };
      return { response: await exchange(() => open(request), request, left, abortSignal) };
    },
  };
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

/** The calls, by their signals, of which something may have left in this try or in one before. */
type Left = WeakSet<AbortSignal>;

/** Sends the request, and resolves with the whole answer. An error that is raised before anything left is marked as unsent. */
function exchange(
  open: () => ClientRequest,
  { protocol, body }: Request,
  left: Left,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) throw cancelled();
    const sent = open();
    let stands = false;
    const late = setTimeout(() => fail(new LateError("no answer in time")), REQUEST_MS);
    const unconnected = setTimeout(() => fail(new LateError("no connection in time")), CONNECT_MS);
    const cancel = () => fail(cancelled());
    signal?.addEventListener("abort", cancel);

    function finish(): void {
      clearTimeout(late);
      clearTimeout(unconnected);
      signal?.removeEventListener("abort", cancel);
    }

    function fail(error: unknown): void {
      finish();
      const unsent = signal && !stands && !left.has(signal);
      reject(unsent && error instanceof Error ? Object.assign(error, { unsent }) : error);
      sent.destroy();
    }

    function stand(): void {
      stands = true;
      if (signal) left.add(signal);
    }

    sent.on("socket", (socket) => {
      if (socket.connecting) socket.once("connect", () => clearTimeout(unconnected));
      else clearTimeout(unconnected);
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

/** Whatever the reason of the signal: the SDK tries again what it takes for a timeout. */
function cancelled(): DOMException {
  return new DOMException("cancelled", "AbortError");
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
