import { findTool } from "../call/catalogue.ts";
import type { AnyTool } from "../call/types.ts";

/** Codes of JSON-RPC 2.0 and of MCP. */
const codes = { params: -32602, internal: -32603, notFound: -32002 };

/** A JSON-RPC error in the place of a result, with our own message. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly kind: keyof typeof codes;
  readonly code: number;

  constructor(kind: keyof typeof codes, message: string) {
    super(message);
    this.kind = kind;
    this.code = codes[kind];
  }
}

/**
 * Raises RequestError for a tool that does not exist: MCP has that as an error of the protocol, in each of its revisions ("Error
 * Handling" of its page on tools). A tool that the operator denies exists, and a call of it is refused in its result.
 */
export function requireTool(name: string, tools: readonly AnyTool[]): void {
  const found = findTool(name, tools);
  if ("reason" in found) throw new RequestError("params", `${found.reason} ${found.next}`);
}
