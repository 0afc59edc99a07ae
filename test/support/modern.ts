/** A client of MCP 2026-07-28 that writes each message itself, to send what a good client never sends. */
import { type Answer, type Raw, startRaw } from "../mcp/stdio/raw.ts";
import { approve, surroundings } from "./client.ts";

export const VERSION = "2026-07-28";
const PREFIX = "io.modelcontextprotocol/";

export const metaKeys = {
  version: `${PREFIX}protocolVersion`,
  capabilities: `${PREFIX}clientCapabilities`,
  clientInfo: `${PREFIX}clientInfo`,
  serverInfo: `${PREFIX}serverInfo`,
  subscription: `${PREFIX}subscriptionId`,
} as const;

type Fields = Record<string, unknown>;

/** The `_meta` of a request, of a client that shows forms or not. */
export const metaOf = (forms = true): Fields => ({
  [metaKeys.version]: VERSION,
  [metaKeys.clientInfo]: { name: "test", version: "0" },
  [metaKeys.capabilities]: forms ? { elicitation: { form: {} } } : {},
});

/** A question as the answer of a call. */
export interface Asked {
  readonly state: string;
  /** The answer that approves it. */
  readonly yes: Fields;
}

export interface Modern extends AsyncDisposable {
  readonly raw: Raw;
  /** Sends a request and gives its answer. */
  ask(method: string, params?: Fields, meta?: Fields): Promise<Answer>;
  /** Sends a request, and gives its id. */
  send(method: string, params?: Fields, meta?: Fields): Promise<number>;
  /** Calls a tool. Gives the result, or the error. */
  call(tool: string, input: object, more?: Fields, meta?: Fields): Promise<Fields>;
}

export function startModern(options: { args?: readonly string[]; env?: Readonly<Record<string, string>> }): Modern {
  const raw = startRaw({
    args: options.args ?? [],
    env: { ...surroundings, COGNITO_IDENTITY_MCP_CALL_WAIT: "0", ...options.env },
  });
  let id = 0;
  async function send(method: string, params: Fields = {}, meta: Fields = metaOf()): Promise<number> {
    id += 1;
    const own = id;
    await raw.write({ jsonrpc: "2.0", id: own, method, params: { ...params, _meta: meta } });
    return own;
  }
  const ask: Modern["ask"] = async (method, params, meta) => await raw.answerTo(await send(method, params, meta));
  return {
    raw,
    ask,
    send,
    async call(tool, input, more = {}, meta = metaOf()) {
      const { result, error } = await ask("tools/call", { name: tool, arguments: input, ...more }, meta);
      return { ...result, ...(error && { error }) };
    },
    [Symbol.asyncDispose]: () => raw[Symbol.asyncDispose](),
  };
}

/** The question in a result. Throws if there is none. */
export async function questionIn(result: Fields): Promise<Asked> {
  const { inputRequests, requestState: state } = result as {
    inputRequests?: { approval: { params: Parameters<typeof approve>[0] } };
    requestState?: string;
  };
  if (!inputRequests || state === undefined) throw new Error(`no question: ${JSON.stringify(result)}`);
  return { state, yes: { ...(await approve(inputRequests.approval.params)) } };
}

/** What a client adds to the call that it makes again. */
export const replying = ({ state }: Pick<Asked, "state">, answer: unknown): Fields => ({
  requestState: state,
  inputResponses: { approval: answer },
});
