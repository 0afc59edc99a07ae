import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type CallToolRequest,
  type ElicitRequestFormParams,
  ElicitResultSchema,
  ErrorCode,
  type JSONRPCMessage,
  type Tool as ListedTool,
  ListToolsRequestSchema,
  type ServerNotification,
  type ServerRequest,
  type ToolAnnotations,
} from "@modelcontextprotocol/sdk/types.js";
import { dispatch, type House } from "./call/dispatch.ts";
import { ANSWER, type Answer, type Person, type Question } from "./guards/approval/confirm.ts";
import { permitTool } from "./guards/policy.ts";
import type { Redactor } from "./guards/redaction/redactor.ts";
import { instructions } from "./mcp/instructions.ts";
import { capabilities, createOffers, offeredWords } from "./mcp/resources-and-prompts.ts";
import { resultOf, textOf } from "./mcp/result.ts";
import { inputSchema, outputSchema } from "./tools/json-schema.ts";
import type { Effect, Tool } from "./tools/tool.ts";

type Extra = RequestHandlerExtra<ServerRequest, ServerNotification>;

/** What a host may tell its user of a tool, from its effect alone. */
const hints: Readonly<Record<Effect, ToolAnnotations>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  create: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  update: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  delete: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  vend: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
};

const CALL: CallToolRequest["method"] = "tools/call";

/** In the SDK's words. */
class UnknownMethodError extends Error {
  readonly code = ErrorCode.MethodNotFound;
  constructor() {
    super("Method not found");
  }
}

/** How often a client that waits for a person is told that it still does. */
const PROGRESS_MS = 10_000;

export interface FaceOptions {
  readonly house: House;
  readonly version: string;
  /** Milliseconds that a person has to answer. */
  readonly answerWithinMs: number;
}

/** The MCP face of the catalogue. */
export interface Face {
  connect(transport: Transport): Promise<void>;
  /** Takes back every question to a person, and resolves when the calls under way have been answered. */
  drain(): Promise<void>;
}

export function createFace({ house, version, answerWithinMs }: FaceOptions): Face {
  const server = new Server(
    { name: "cognito-identity", version },
    { capabilities: { tools: {}, ...capabilities }, instructions },
  );
  const underWay = new Set<Promise<unknown>>();
  const leaving = new AbortController();
  const offers = createOffers(server, house, track);

  async function track<Answer>(work: Promise<Answer>): Promise<Answer> {
    underWay.add(work);
    try {
      return await work;
    } finally {
      underWay.delete(work);
    }
  }

  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: house.tools.filter((tool) => !permitTool(tool, house.policy)).map(list),
  }));

  // Where the SDK takes what it has no handler for: one of its own would hold each call to the protocol's schema twice, which the
  // transport has done, and copy each answer: a twentieth of a call's time.
  server.fallbackRequestHandler = async (request, extra) => {
    if (request.method !== CALL) throw new UnknownMethodError();
    const person = server.getClientCapabilities()?.elicitation?.form
      ? personBehind(extra, answerWithinMs, leaving.signal)
      : undefined;
    const { name: tool, arguments: given } = request.params as CallToolRequest["params"];
    const call = { tool, arguments: given, signal: extra.signal, person, onCount: counting(extra) };
    const outcome = await track(dispatch(call, house));
    await offers.called(tool, outcome);
    return resultOf(outcome);
  };

  return {
    connect: (transport) => server.connect(redacting(transport, house)),
    async drain() {
      leaving.abort();
      while (underWay.size > 0) await Promise.allSettled(underWay);
    },
  };
}

/** Tools as they were listed before: their schemas take a while to write. */
const listed = new WeakMap<Tool, ListedTool>();

/** A tool as `tools/list` shows it. */
export function list(tool: Tool): ListedTool {
  const entry = listed.get(tool) ?? entryFor(tool);
  listed.set(tool, entry);
  return entry;
}

function entryFor(tool: Tool): ListedTool {
  return {
    name: tool.name,
    title: titleOf(tool.name),
    description: tool.summary,
    inputSchema: inputSchema(tool),
    outputSchema: outputSchema(tool),
    annotations: hints[tool.effect],
  };
}

function titleOf(name: string): string {
  const words = name.replaceAll("-", " ").replace("open id", "OpenID");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/**
 * Every message leaves through here, answers and errors and questions alike, and none with a secret in it but for those
 * that the operator wants to see.
 */
function redacting(transport: Transport, house: House): Transport {
  const send = transport.send.bind(transport);
  transport.send = (message, options) => send(outgoing(message, house), options);
  return transport;
}

/** The message as it may leave. */
export function outgoing(
  message: JSONRPCMessage,
  { redactor, reveal }: Pick<House, "redactor" | "reveal">,
): JSONRPCMessage {
  // Protection "messages are redacted": without it, `withoutSecrets(message, redactor)` reads `message`.
  const safe = withoutSecrets(message, redactor);
  return reveal ? reveal.throughout(safe) : safe;
}

function withoutSecrets(message: JSONRPCMessage, redactor: Redactor): JSONRPCMessage {
  const looked = once(message);
  if (redactor.throughout(looked) === looked) return message;
  const safe = redactor.throughout(message);
  // The id is the client's own, and finds the call that is answered.
  if ("id" in safe && "id" in message && message.id !== undefined) safe.id = message.id;
  // Made anew from what is safe, so that it is JSON still.
  if ("result" in safe && typeof safe.result["structuredContent"] === "object")
    safe.result["content"] = textOf(safe.result["structuredContent"] ?? {});
  return safe;
}

/**
 * The message without an answer's object where the text beside it is the same object: whatever is in the one, keys and values, is
 * in the other, letter by letter unless something was escaped. To look at both would double the time.
 */
function once(message: JSONRPCMessage): JSONRPCMessage {
  if (!("result" in message)) return message;
  const { structuredContent, ...rest } = message.result;
  const [first] = (rest["content"] ?? []) as { text?: string }[];
  const text = first?.text;
  const isSame = text !== undefined && !text.includes("\\") && text === JSON.stringify(structuredContent);
  return isSame ? { ...message, result: rest } : message;
}

/** Names of ours that are on the wire beside those of the tools. */
const names =
  "answer approved changes confirmation progressToken requestId reversible structuredContent unchanged requestedSchema properties lookedAt";

/** The words of this program's own that every client meets, secrets or no secrets: each once. */
export function fixedWords(tools: readonly Tool[]): string {
  const words = new Set<string>();
  const collect = (value: unknown): void => {
    if (typeof value === "string") words.add(value);
    if (typeof value !== "object" || value === null) return;
    for (const [key, entry] of Object.entries(value)) {
      if (!Array.isArray(value)) words.add(key);
      collect(entry);
    }
  };
  collect(tools.map(list));
  return JSON.stringify([names, instructions, offeredWords(), ...words]);
}

/** Asks the person at the client in a form. A form that fails in any way is no answer, and no answer is no yes. */
function personBehind(extra: Extra, answerWithinMs: number, leaving: AbortSignal): Person {
  return {
    async ask(question): Promise<Answer> {
      const signal = AbortSignal.any([extra.signal, leaving]);
      const stop = reportWaiting(extra);
      try {
        const { action, content } = await extra.sendRequest(
          { method: "elicitation/create", params: formFor(question) },
          ElicitResultSchema,
          { timeout: answerWithinMs, signal },
        );
        return action === "accept" ? { action, content } : { action };
      } catch (error) {
        return { action: "none", why: signal.aborted ? "it was taken back" : whyNone(error, answerWithinMs) };
      } finally {
        stop();
      }
    },
  };
}

/** JSON-RPC code of the SDK for a request that was not answered in time. */
const REQUEST_TIMEOUT = -32001;

function whyNone(error: unknown, answerWithinMs: number): string {
  const late = error instanceof Error && "code" in error && error.code === REQUEST_TIMEOUT;
  return late ? `nobody answered within ${answerWithinMs / 1000} seconds` : "the client could not show it";
}

function formFor({ text, confirmation }: Question): ElicitRequestFormParams {
  const answer =
    confirmation.by === "choice"
      ? { type: "string" as const, title: "Go ahead?", enum: ["no", "yes"] }
      : { type: "string" as const, title: `Type ${confirmation.expected} to go ahead` };
  return {
    mode: "form",
    message: text,
    requestedSchema: { type: "object", properties: { [ANSWER]: answer }, required: [ANSWER] },
  };
}

/** Keeps a client that takes progress from giving up on the call while a person reads the plan. */
function reportWaiting({ _meta, sendNotification }: Extra): () => void {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  const timer = setInterval(() => {
    progress += 1;
    // A client that is gone needs no progress; the call itself learns of it by its signal.
    sendNotification({
      method: "notifications/progress",
      params: { progressToken, progress, message: "Waiting for a person to approve." },
    }).catch(() => clearInterval(timer));
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** Tells a client that takes progress how many entries a list has so far; it has no total. */
function counting({ _meta, sendNotification }: Extra): ((count: number) => Promise<void>) | undefined {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return async (progress) => {
    const params = { progressToken, progress, message: `${progress} so far` };
    // A client that is gone needs no progress; the call itself learns of it by its signal.
    await sendNotification({ method: "notifications/progress", params }).catch(() => {});
  };
}
