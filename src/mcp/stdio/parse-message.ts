import { isUtf8 } from "node:buffer";
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  InitializeRequestSchema,
  type JSONRPCMessage,
  JSONRPCMessageSchema,
  JSONRPCRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  PingRequestSchema,
  ReadResourceRequestSchema,
  type RequestId,
} from "@modelcontextprotocol/sdk/types.js";
import { isRecord } from "../../util/json.ts";
import { isModern } from "../era.ts";
import { createJsonSkeleton } from "./json-skeleton.ts";
import { type Line, MAX_LINE_BYTES } from "./lines.ts";

/** Codes of JSON-RPC 2.0. */
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;
const INVALID_PARAMS = -32602;

/**
 * The maximum number of values in a message. A parsed value can take fifty times the size of its text. The largest call that AWS accepts
 * has a few hundred values.
 */
const MAX_VALUES = 10_000;

/** Shorter lines cannot contain too many values. */
const MIN_CHECKED_BYTES = 16 * 1024;

/** The content of a line. An empty line is `nothing`. */
export type ParsedLine =
  | { readonly kind: "message"; readonly message: JSONRPCMessage }
  | ProtocolError
  | { readonly kind: "nothing" };

/** Why a line is rejected, and the id of the request, if it can be read: a string or a safe integer. */
export interface ProtocolError {
  readonly kind: "error";
  readonly id: RequestId | null;
  readonly code: number;
  readonly message: string;
}

/** The requests that the server answers. The SDK checks them too, but reports invalid requests as errors of the server. */
const requests = new Map(
  [
    CallToolRequestSchema,
    CompleteRequestSchema,
    GetPromptRequestSchema,
    InitializeRequestSchema,
    ListPromptsRequestSchema,
    ListResourcesRequestSchema,
    ListResourceTemplatesRequestSchema,
    ListToolsRequestSchema,
    PingRequestSchema,
    ReadResourceRequestSchema,
  ].map((schema) => [schema.shape.method.value as string, schema]),
);

export function parseLine(line: Line): ParsedLine {
  if (line.kind === "long") {
    const sizes = `is ${line.size} bytes long, and the maximum is ${MAX_LINE_BYTES}`;
    return protocolError(
      INVALID_REQUEST,
      `The line ${sizes}. Send a smaller message.`,
      requestIdOf(parse(line.skeleton)),
    );
  }
  if (!isUtf8(line.bytes)) return protocolError(PARSE_ERROR, "The line is not valid UTF-8.");
  if (line.bytes.length > MIN_CHECKED_BYTES) {
    const skeleton = createJsonSkeleton();
    skeleton.add(line.bytes);
    if (skeleton.values() > MAX_VALUES) {
      const many = `The line contains more than ${MAX_VALUES} values. Send a smaller message.`;
      return protocolError(INVALID_REQUEST, many, requestIdOf(parse(skeleton.text())));
    }
  }
  const text = line.bytes.toString();
  if (text.trim() === "") return { kind: "nothing" };
  const value = parse(text);
  if (value === undefined) return protocolError(PARSE_ERROR, "The line is not valid JSON.");
  if (Array.isArray(value))
    return protocolError(INVALID_REQUEST, "Batches are not supported. Send one message per line.");
  return readMessage(withoutNullParams(value));
}

/** A notification whose params are null as one without params: Zed sends such a one after `initialize`. */
function withoutNullParams(value: unknown): unknown {
  if (!isRecord(value) || "id" in value || value["params"] !== null) return value;
  const { params: _, ...message } = value;
  return message;
}

/** For a request with the id of a request that is still in progress. */
export function idInUse(id: RequestId): ProtocolError {
  return protocolError(INVALID_REQUEST, "A request with this id is still in progress. Use each id once.", id);
}

function readMessage(value: unknown): ParsedLine {
  const read = JSONRPCMessageSchema.safeParse(value);
  const id = requestIdOf(value);
  if (!read.success) {
    const request = JSONRPCRequestSchema.safeParse(value);
    const paths = request.error?.issues.map(({ path }) => path) ?? [];
    if (id !== null && paths.every(([member]) => member === "params"))
      return protocolError(INVALID_PARAMS, `The params of the request are not valid in MCP: ${named(paths)}.`, id);
    return protocolError(INVALID_REQUEST, "The line is not a JSON-RPC 2.0 message.", id);
  }
  const message = read.data;
  // The modern era has its own checks: the version comes first.
  if ("method" in message && "id" in message && !isModern(message)) {
    const issues = requests.get(message.method)?.safeParse(message).error?.issues;
    if (issues) {
      const paths = issues.map(({ path }) => path);
      return protocolError(INVALID_PARAMS, `The params of ${message.method} are invalid: ${named(paths)}.`, id);
    }
    // A server without tasks must answer such a request normally; the SDK would reject it.
    delete message.params?.["task"];
  }
  return { kind: "message", message };
}

/** The invalid members, only to the depth that MCP itself defines. */
function named(paths: readonly (readonly PropertyKey[])[]): string {
  return [...new Set(paths.map((path) => path.slice(0, 2).join(".")))].join(", ");
}

function protocolError(code: number, message: string, id: RequestId | null = null): ProtocolError {
  return { kind: "error", id, code, message };
}

/** The id of a request. The id of a response does not count: it belongs to a request that the server made. */
function requestIdOf(value: unknown): RequestId | null {
  if (typeof value !== "object" || value === null || !("id" in value)) return null;
  if (!("method" in value) && ("result" in value || "error" in value)) return null;
  const { id } = value;
  return typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id)) ? id : null;
}

/** The value of a JSON text, or undefined. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
