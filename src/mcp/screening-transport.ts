import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, JSONRPCRequest, RequestId } from "@modelcontextprotocol/sdk/types.js";
import type { AnyTool, Services } from "../call/types.ts";
import type { Refusal } from "../guards/refusal.ts";
import { closedRefusal } from "../guards/screen.ts";
import { maskProviderSecret, providerAt } from "../plans/provider-secrets.ts";
import { mapSensitive } from "../tools/sensitive.ts";
import { isModern } from "./era.ts";
import { resultOf } from "./result.ts";

type Receive = NonNullable<Transport["onmessage"]>;

type Screening = Pick<Services, "screen" | "tools">;

/** Requests that get an answer from a server that has stopped answering: their answers depend on nothing. */
const alwaysAnswered = new Set(["initialize", "ping", "server/discover"]);

/** Levels of arguments that are walked by schema. */
const MAX_DEPTH = 64;

/** JSON-RPC's code for a request that is not processed. */
const INVALID_REQUEST = -32600;

/**
 * The same transport, on which every incoming message is looked through before anything is done with it. A request that holds a
 * piece of a secret of the server gets a constant refusal; so does every request when the server has stopped answering.
 * `modernMembers` are what a result of the modern era has besides its content.
 */
export function screeningTransport(
  transport: Transport,
  { screen, tools }: Screening,
  modernMembers: object,
): Transport {
  let deliver: Receive | undefined;

  const receive: Receive = (message, extra) => {
    const refusal = refusalFor(message);
    if (refusal === undefined) deliver?.(message, extra);
    else if (isRequest(message)) void transport.send(refusalMessage(message, refusal, modernMembers));
    // The question that it answers ends without an answer, which does not approve anything. A notification is dropped.
    else if ("id" in message && message.id !== undefined) deliver?.(errorMessage(message.id, refusal), extra);
  };

  function refusalFor(message: JSONRPCMessage): Refusal | undefined {
    if (screen.isClosed) return isRequest(message) && !alwaysAnswered.has(message.method) ? closedRefusal : undefined;
    // Protection "incoming messages are screened": without it, `screen.refusalFor(screenedPart(message, tools))` reads `undefined`.
    return screen.refusalFor(screenedPart(message, tools));
  }

  // The SDK's server sets the handler when it connects, and the transport calls whatever is set.
  Object.defineProperty(transport, "onmessage", {
    configurable: true,
    enumerable: true,
    get: () => deliver && receive,
    set: (handler: Receive | undefined) => {
      deliver = handler;
    },
  });
  return transport;
}

/**
 * The message without the secrets of a caller in a call's arguments, such as the values of Logins. No answer repeats those, and two
 * tokens of one user pool begin alike.
 */
function screenedPart(message: JSONRPCMessage, tools: readonly AnyTool[]): unknown {
  if (!isRequest(message) || message.method !== "tools/call") return message;
  const { params } = message;
  const tool = tools.find(({ name }) => name === params?.["name"]);
  if (!tool) return message;
  if (isTooDeep(params?.["arguments"])) return message;
  const screened = mapSensitive(tool.input, params?.["arguments"], (value, shown, path) =>
    shown === "before semicolon" ? maskProviderSecret(value, providerAt(path)) : "",
  );
  return { ...message, params: { ...params, arguments: screened } };
}

/** Whether arguments are nested so deep that every tool refuses them (`readArguments`). They are screened whole. */
function isTooDeep(root: unknown): boolean {
  let level: unknown[] = [root];
  for (let depth = 0; depth < MAX_DEPTH && level.length > 0; depth += 1)
    level = level.flatMap((value) => (typeof value === "object" && value !== null ? Object.values(value) : []));
  return level.length > 0;
}

function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}

/** The refusal as a tool's answer, which a model reads, or as an error of any other request. */
function refusalMessage(request: JSONRPCRequest, refusal: Refusal, modernMembers: object): JSONRPCMessage {
  const { id, method } = request;
  if (method !== "tools/call") return errorMessage(id, refusal);
  return { jsonrpc: "2.0", id, result: { ...resultOf(refusal), ...(isModern(request) && modernMembers) } };
}

export function errorMessage(id: RequestId, { reason, next }: Refusal): JSONRPCMessage {
  return { jsonrpc: "2.0", id, error: { code: INVALID_REQUEST, message: `${reason} ${next}` } };
}
