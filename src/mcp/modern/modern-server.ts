/**
 * Serves the requests of the modern era (2026-07-28): each stands alone, with the version and the client's capabilities in `_meta`. The
 * server sends no requests to the client.
 */
import type {
  CompleteRequest,
  GetPromptRequest,
  JSONRPCMessage,
  JSONRPCRequest,
  RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import type { Services, Session } from "../../call/types.ts";
import type { Asking } from "../../guards/approval/ways.ts";
import { discoverResult, settledMembers } from "../discover.ts";
import { RequestError } from "../request-error.ts";
import type { ResourcesAndPrompts } from "../resources-and-prompts.ts";
import { createQuestions } from "./questions.ts";
import { type RequestMeta, type RequestProblem, readRequest } from "./read-request.ts";
import { completeMembers, neverKeep, type ServerInfo, subscriptionEndMembers } from "./results.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { callTool } from "./tool-calls.ts";

const INVALID_PARAMS = -32602;
const INTERNAL_ERROR = -32603;

interface Options {
  readonly services: Services;
  readonly session: Session;
  readonly asking: Asking;
  readonly serverInfo: ServerInfo;
  readonly capabilities: object;
  readonly instructions: string;
  readonly offered: ResourcesAndPrompts;
  readonly listTools: () => { readonly tools: object[] };
  /** Tracks the work of a request; the server ends only when no tracked work is left. */
  readonly track: <Result>(work: Promise<Result>) => Promise<Result>;
  readonly send: (message: JSONRPCMessage) => void;
}

export interface ModernServer {
  /** Answers a request, unless it is cancelled before. */
  receive(request: JSONRPCRequest): void;
  /** Cancels a request; false if no request of this era with this id is open. */
  cancel(id: RequestId): boolean;
  /** Ends the subscriptions. */
  close(): void;
}

/** A request in progress. After `ended` it sends nothing more. */
interface Running {
  readonly request: JSONRPCRequest;
  readonly meta: RequestMeta;
  readonly cancelled: AbortController;
  ended: boolean;
}

/** The result of a request without its members of the protocol, or undefined for a request that stays open. */
type Handler = (running: Running) => object | undefined | Promise<object>;

export function createModernServer(options: Options): ModernServer {
  const { services, session, asking, serverInfo, offered, send } = options;
  const running = new Map<RequestId, Running>();
  const subscriptions = createSubscriptions(send);
  const questions = createQuestions(session.requestStates, asking.answerWithinMs);
  const toolContext = { services, session, asking, serverInfo, questions };
  const complete = completeMembers(serverInfo);
  const settled = settledMembers(serverInfo);

  /** The methods that `readRequest` lets through. */
  const handlers = new Map<string, Handler>([
    ["server/discover", () => discoverResult(options)],
    ["tools/list", () => ({ ...options.listTools(), ...settled })],
    ["prompts/list", () => ({ ...offered.listPrompts(), ...settled })],
    ["resources/templates/list", () => ({ ...offered.listResourceTemplates(), ...settled })],
    ["resources/list", async () => ({ ...(await offered.listResources()), ...settled })],
    [
      "resources/read",
      async ({ request: { params }, cancelled: { signal } }) => {
        refuseState(params);
        return { ...(await offered.readResource(String(params?.["uri"]), signal)), ...neverKeep, ...complete };
      },
    ],
    [
      "prompts/get",
      async ({ request: { params } }) => {
        refuseState(params);
        return { ...(await offered.getPrompt(params as GetPromptRequest["params"])), ...complete };
      },
    ],
    [
      "completion/complete",
      async ({ request: { params }, cancelled: { signal } }) => ({
        ...(await offered.complete(params as CompleteRequest["params"], signal)),
        ...complete,
      }),
    ],
    ["tools/call", callTracked],
    [
      "subscriptions/listen",
      ({ request: { id } }) => {
        if (subscriptions.open(id)) return undefined;
        throw new RequestError("internal", "Too many subscriptions are open. Cancel one of them.");
      },
    ],
  ]);

  async function callTracked(call: Running): Promise<object> {
    const { request, meta, cancelled } = call;
    const context = {
      signal: cancelled.signal,
      hasForms: meta.hasForms,
      hasLinks: meta.hasLinks,
      _meta: meta.progressToken === undefined ? {} : { progressToken: meta.progressToken },
      async sendNotification(notification: object) {
        if (!call.ended) send({ jsonrpc: "2.0", ...notification } as JSONRPCMessage);
      },
    };
    const { outcome, result } = await options.track(callTool(request, toolContext, context));
    offered.afterCall(String(request.params?.["name"]), outcome);
    return result;
  }

  async function handle(call: Running): Promise<void> {
    const { id, method } = call.request;
    let answer: { readonly result: object } | { readonly error: RequestProblem } | undefined;
    try {
      const result = await handlers.get(method)?.(call);
      answer = result && { result };
    } catch (error) {
      answer = { error: problemOf(error, call.request) };
    }
    // A subscription stays open under its id.
    if (call.ended || answer === undefined) return;
    call.ended = true;
    if (running.get(id) === call) running.delete(id);
    send({ jsonrpc: "2.0", id, ...answer } as JSONRPCMessage);
  }

  function problemOf(error: unknown, { params }: JSONRPCRequest): RequestProblem {
    if (!(error instanceof RequestError)) {
      services.onFault(error);
      return {
        code: INTERNAL_ERROR,
        message: "This server has an internal error. Report it with the lines that the server wrote to stderr.",
      };
    }
    // The older era has a code of its own for a resource that does not exist; this one must not use it.
    if (error.kind === "notFound")
      return { code: INVALID_PARAMS, message: error.message, data: { uri: params?.["uri"] } };
    return { code: error.code, message: error.message };
  }

  return {
    receive(request) {
      const meta = readRequest(request);
      if ("code" in meta) {
        send({ jsonrpc: "2.0", id: request.id, error: meta });
        return;
      }
      const call: Running = { request, meta, cancelled: new AbortController(), ended: false };
      running.set(request.id, call);
      void handle(call);
    },
    cancel(id) {
      const call = running.get(id);
      if (!call) return false;
      call.ended = true;
      running.delete(id);
      subscriptions.cancel(id);
      call.cancelled.abort();
      return true;
    },
    close() {
      for (const id of subscriptions.close()) {
        running.delete(id);
        send({ jsonrpc: "2.0", id, result: { ...subscriptionEndMembers(serverInfo, id) } });
      }
    },
  };
}

/** This server asks nothing with these requests, so that every state in one is foreign. Raises RequestError. */
function refuseState(params: JSONRPCRequest["params"]): void {
  if (params?.["requestState"] !== undefined)
    throw new RequestError(
      "params",
      "The requestState was not issued by this server, or it was issued for another call.",
    );
}
