/** The MCP server: connects the tools, resources and prompts of `mcp/` to a transport. One server has one client. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { type CallToolRequest, ErrorCode, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "./call/dispatch.ts";
import { createSession } from "./call/session.ts";
import type { Call, Services } from "./call/types.ts";
import type { Asking } from "./guards/approval/ways.ts";
import { denialForTool } from "./guards/policy.ts";
import { createForms } from "./mcp/forms.ts";
import { instructionsFor } from "./mcp/instructions.ts";
import { countReporter, reportWaiting } from "./mcp/progress.ts";
import { redactingTransport } from "./mcp/redacting-transport.ts";
import type { RequestContext } from "./mcp/request-context.ts";
import { capabilities, registerResourcesAndPrompts } from "./mcp/resources-and-prompts.ts";
import { resultOf } from "./mcp/result.ts";
import { screeningTransport } from "./mcp/screening-transport.ts";
import { listTool } from "./mcp/tool-listing.ts";

const CALL: CallToolRequest["method"] = "tools/call";

/** Has the code and the text that the SDK answers an unknown method with. */
class UnknownMethodError extends Error {
  readonly code = ErrorCode.MethodNotFound;
  constructor() {
    super("Method not found");
  }
}

export interface McpServerOptions {
  readonly services: Services;
  readonly version: string;
  readonly asking: Asking;
}

export interface McpServer {
  connect(transport: Transport): Promise<void>;
  /** Withdraws every form, and resolves when the calls in progress have been answered. */
  drain(): Promise<void>;
}

export function createMcpServer({ services, version, asking }: McpServerOptions): McpServer {
  const { tools, policy, reveal } = services;
  const instructions = instructionsFor({ tools, policy, reveals: reveal !== undefined });
  const server = new Server(
    { name: "cognito-identity", version },
    { capabilities: { tools: {}, ...capabilities }, instructions },
  );
  const session = createSession();
  const inProgress = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const forms = createForms(asking.answerWithinMs, closing.signal);
  const resources = registerResourcesAndPrompts(server, { services, session, track });

  async function track<Result>(work: Promise<Result>): Promise<Result> {
    inProgress.add(work);
    try {
      return await work;
    } finally {
      inProgress.delete(work);
    }
  }

  function formsOf(context: RequestContext): Call["form"] {
    if (!asking.ways.has("form")) return "The operator has turned forms off (--ask).";
    return server.getClientCapabilities()?.elicitation?.form ? forms.viewFor(context) : undefined;
  }

  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: services.tools.filter((tool) => !denialForTool(tool, services.policy)).map(listTool),
  }));

  // The SDK calls this for methods without a handler. A registered handler for tools/call would check each call against the protocol's schema
  // a second time (mcp/stdio did it already) and copy each answer, which takes a twentieth of a call's time.
  server.fallbackRequestHandler = async (request, context) => {
    if (request.method !== CALL) throw new UnknownMethodError();
    const { name: tool, arguments: given } = request.params as CallToolRequest["params"];
    const call: Call = {
      tool,
      arguments: given,
      signal: context.signal,
      form: formsOf(context),
      answerBy: Date.now() + asking.callWaitMs,
      onWait: () => reportWaiting(context),
      onCount: countReporter(context),
    };
    const outcome = await track(dispatch(call, services, session));
    await resources.afterCall(tool, outcome);
    return resultOf(outcome, services.onFault);
  };

  return {
    connect: (transport) => server.connect(screeningTransport(redactingTransport(transport, services), services)),
    async drain() {
      closing.abort();
      while (inProgress.size > 0) await Promise.allSettled(inProgress);
    },
  };
}
