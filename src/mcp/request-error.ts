/** Codes of JSON-RPC 2.0 and of MCP. */
const codes = { params: -32602, internal: -32603, notFound: -32002 };

/** A request other than a tool call that is answered with an error, in words of ours. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly code: number;

  constructor(kind: keyof typeof codes, message: string) {
    super(message);
    this.code = codes[kind];
  }
}
