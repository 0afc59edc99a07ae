/**
 * Answers a host's first messages before the rest of the server is loaded. Hosts start all servers to list their tools, but
 * call few of them: until another message comes, only this file and the settings are loaded.
 *
 * It answers one `initialize` and one `tools/list`, if each has one of the simple forms below. Every other message goes to the
 * server, which also gets the `initialize`. The answers are the server's own: scripts/build.ts requests them at build time. Only
 * the id and the protocol version come from the client. The policy selects the tools and writes the instructions.
 */

import { isAscii } from "node:buffer";
import type { Readable, Writable } from "node:stream";
import { approvalLevelOf, denialForTool, type Policy } from "../guards/policy.ts";
import type { Effect } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";
import { instructionsFor } from "./instructions.ts";

/** The server's answers to a host's first messages. The build gets them from the server itself (scripts/answers.ts). */
export interface FastStartAnswers {
  /** The supported MCP versions; the first is the one that the server proposes. */
  readonly versions: readonly string[];
  /** The result of `initialize`, without the instructions, which depend on the policy. */
  readonly initializeResult: object;
  /** The words of this program that redaction keeps. */
  readonly publicVocabulary: string;
  readonly tools: readonly Entry[];
}

interface Entry {
  readonly name: string;
  readonly effect: Effect;
  /** For a tool of which some calls may link logins or merge identities. */
  readonly links?: true;
  /** The tool as `tools/list` shows it, in JSON. */
  readonly listed: string;
  /** The same at level `two-step`, for a gated tool. */
  readonly twoStep?: string;
}

/** The input that a client sent before the server was loaded. */
export interface Handshake {
  /** Messages to pass to the server; the first one, `initialize`, was answered already. */
  readonly messages: readonly HandshakeMessage[];
  /** The bytes after the messages. */
  readonly rest: Buffer;
}

type HandshakeMessage = InitializeRequest | typeof initialized;
type Id = string | number;

interface InitializeRequest {
  readonly jsonrpc: "2.0";
  readonly id: Id;
  readonly method: "initialize";
  readonly params: { readonly protocolVersion: string; readonly [member: string]: unknown };
}

const initialized = { jsonrpc: "2.0", method: "notifications/initialized" } as const;

/** The maximum size of a line in bytes; a host's first lines have a few hundred. */
const MAX_LINE_BYTES = 16 * 1024;

const LINE_FEED = 0x0a;

/** Answers messages, and resolves at the first line that it cannot answer. At the end of stdin, the process ends. */
export function answerHandshake(
  answers: FastStartAnswers,
  policy: Policy,
  stdin: Readable = process.stdin,
  stdout: Writable = process.stdout,
): Promise<Handshake> {
  const messages: HandshakeMessage[] = [];
  let isListed = false;
  let rest: Buffer = Buffer.alloc(0);

  /** Answers the line, if this file can. False if the server must answer it. */
  function answerLine(line: Buffer): boolean {
    const message = parse(line);
    if (messages.length === 0) {
      if (!isInitializeRequest(message)) return false;
      messages.push(message);
      const { protocolVersion: asked } = message.params;
      const protocolVersion = answers.versions.includes(asked) ? asked : answers.versions[0];
      // With --reveal-credentials, there is no fast start.
      const instructions = instructionsFor({ tools: answers.tools, policy, reveals: false });
      write(message.id, JSON.stringify({ ...answers.initializeResult, protocolVersion, instructions }));
      return true;
    }
    if (messages.length === 1 && isInitialized(message)) {
      messages.push(initialized);
      return true;
    }
    if (isListed || !isToolsListRequest(message)) return false;
    isListed = true;
    write(message.id, `{"tools":[${listedUnder(answers.tools, policy).join(",")}]}`);
    return true;
  }

  function write(id: Id, result: string): void {
    stdout.write(`{"result":${result},"jsonrpc":"2.0","id":${JSON.stringify(id)}}\n`);
  }

  return new Promise((resolve) => {
    const leave = () => process.exit();
    const handOver = () => {
      stdin.off("data", read).off("end", handOver).pause();
      stdout.off("error", leave);
      process.off("SIGTERM", leave).off("SIGINT", leave);
      resolve({ messages, rest });
    };
    const read = (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(LINE_FEED); end >= 0; end = rest.indexOf(LINE_FEED)) {
        if (!answerLine(rest.subarray(0, end))) return handOver();
        rest = rest.subarray(end + 1);
      }
      if (rest.length > MAX_LINE_BYTES) handOver();
    };
    stdin.on("data", read).once("end", () => (rest.length > 0 ? handOver() : leave()));
    // The client no longer reads.
    stdout.once("error", leave);
    process.once("SIGTERM", leave).once("SIGINT", leave);
  });
}

/** The tools that the operator allows, as JSON. */
function listedUnder(tools: readonly Entry[], policy: Policy): string[] {
  return tools
    .filter((tool) => !denialForTool(tool, policy))
    .map((tool) => (approvalLevelOf(tool, policy) === "two-step" ? (tool.twoStep ?? tool.listed) : tool.listed));
}

function parse(line: Buffer): unknown {
  if (line.length > MAX_LINE_BYTES || !isAscii(line)) return undefined;
  try {
    return JSON.parse(line.toString("latin1"));
  } catch {
    return undefined;
  }
}

/** The form of a value: a type, a map of objects, or an object with optional members. */
type Form = "string" | "boolean" | "objects" | { readonly [member: string]: Form };

const capabilities: Form = {
  elicitation: { form: { applyDefaults: "boolean" }, url: {} },
  experimental: "objects",
  extensions: "objects",
  roots: { listChanged: "boolean" },
  sampling: { context: {}, tools: {} },
  tasks: { list: {}, cancel: {}, requests: { sampling: { createMessage: {} }, elicitation: { create: {} } } },
};

/** Accepts only the forms that are certainly valid in MCP. The server decides about all others. */
export function isInitializeRequest(message: unknown): message is InitializeRequest {
  return (
    isRequest(message, "initialize") &&
    hasForm(message["params"], {
      protocolVersion: "string",
      capabilities,
      clientInfo: { name: "string", title: "string", version: "string" },
    }) &&
    hasAll(message["params"], ["protocolVersion", "capabilities", "clientInfo"]) &&
    hasAll((message["params"] as Fields)["clientInfo"], ["name", "version"])
  );
}

/** A request for the tool list without a cursor. */
export function isToolsListRequest(message: unknown): message is { readonly id: Id } {
  return isRequest(message, "tools/list") && (message["params"] === undefined || hasForm(message["params"], {}));
}

function isInitialized(message: unknown): boolean {
  if (!hasForm(message, { jsonrpc: "string", method: "string" })) return false;
  const { jsonrpc, method } = message as Fields;
  return jsonrpc === initialized.jsonrpc && method === initialized.method;
}

function isRequest(message: unknown, method: string): message is Fields {
  if (typeof message !== "object" || message === null) return false;
  const { jsonrpc, id, method: named, params: _, ...more } = message as Fields;
  const isId = typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id));
  return jsonrpc === "2.0" && isId && named === method && Object.keys(more).length === 0;
}

function hasForm(value: unknown, form: Form): boolean {
  if (form === "string" || form === "boolean") return typeof value === form;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  if (form === "objects") return Object.values(value).every((entry) => typeof entry === "object" && entry !== null);
  return Object.entries(value).every(([name, member]) => {
    const inner = Object.hasOwn(form, name) ? form[name] : undefined;
    return inner !== undefined && hasForm(member, inner);
  });
}

function hasAll(value: unknown, names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(value as object, name));
}
