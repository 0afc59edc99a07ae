/** Codes of JSON-RPC 2.0 and of MCP. */
const codes = { params: -32602, internal: -32603, notFound: -32002 };

/** A JSON-RPC error for a request that is not a tool call, with our own message. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: number;

  constructor(kind: keyof typeof codes, message: string) {
    super(message);
    this.code = codes[kind];
  }
}
