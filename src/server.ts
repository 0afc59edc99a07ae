/** The MCP server: connects the tools, resources and prompts of `mcp/` to a transport. One server has one client. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { type CallToolRequest, ErrorCode, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "./call/dispatch.ts";
import { showJobs } from "./call/jobs/show.ts";
import { createSession } from "./call/session.ts";
import type { Call, Services } from "./call/types.ts";
import type { Asking } from "./guards/approval/ways.ts";
import { denialForTool } from "./guards/policy.ts";
import type { ShownJobs } from "./guards/shown-jobs.ts";
import { createForms, linksFor } from "./mcp/forms.ts";
import { instructionsFor } from "./mcp/instructions.ts";
import { registerResourcesAndPrompts } from "./mcp/legacy/handlers.ts";
import { createModernServer } from "./mcp/modern/modern-server.ts";
import { completeMembers } from "./mcp/modern/results.ts";
import { progressOf } from "./mcp/progress.ts";
import { redactingTransport } from "./mcp/redacting-transport.ts";
import type { RequestContext } from "./mcp/request-context.ts";
import { requireTool } from "./mcp/request-error.ts";
import { capabilities, createResourcesAndPrompts } from "./mcp/resources-and-prompts.ts";
import { resultOf } from "./mcp/result.ts";
import { screeningTransport } from "./mcp/screening-transport.ts";
import { splitEras } from "./mcp/split-eras.ts";
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
  /** Whether the fast start has answered a request of the modern era. */
  readonly isModernClient?: boolean | undefined;
}

export interface McpServer {
  connect(transport: Transport): Promise<void>;
  /** The long work of its client. */
  readonly jobs: ShownJobs;
  /** Withdraws every form, and resolves when the calls in progress have been answered. */
  drain(): Promise<void>;
}

export function createMcpServer({ services, version, asking, isModernClient }: McpServerOptions): McpServer {
  const { tools, policy, reveal } = services;
  const instructions = instructionsFor({ tools, policy, reveals: reveal !== undefined });
  const serverInfo = { name: "cognito-identity", version };
  const offers = { capabilities: { tools: {}, ...capabilities }, instructions };
  const server = new Server(serverInfo, offers);
  const session = createSession();
  const inProgress = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const forms = createForms(asking.answerWithinMs, closing.signal);
  const offered = createResourcesAndPrompts({ services, session, track });
  registerResourcesAndPrompts(server, offered);
  let transport: Transport | undefined;
  const modern = createModernServer({
    ...offers,
    services,
    session,
    asking,
    serverInfo,
    offered,
    listTools,
    track,
    // A message that cannot be sent is one that the client does not get.
    send: (message) => void transport?.send(message).catch(() => {}),
  });

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

  function linksOf(context: RequestContext): Call["link"] {
    if (!server.getClientCapabilities()?.elicitation?.url) return undefined;
    const complete = async (elicitationId: string) => {
      await server.notification({ method: "notifications/elicitation/complete", params: { elicitationId } });
    };
    return linksFor(context, { answerWithinMs: asking.answerWithinMs, closing: closing.signal, complete });
  }

  function listTools() {
    return { tools: services.tools.filter((tool) => !denialForTool(tool, services.policy)).map(listTool) };
  }

  server.setRequestHandler(ListToolsRequestSchema, listTools);

  // The SDK calls this for methods without a handler. A registered handler for tools/call would check each call against the protocol's schema
  // a second time (mcp/stdio did it already) and copy each answer, which takes a twentieth of a call's time.
  server.fallbackRequestHandler = async (request, context) => {
    if (request.method !== CALL) throw new UnknownMethodError();
    const { name: tool, arguments: given } = request.params as CallToolRequest["params"];
    requireTool(tool, services.tools);
    const call: Call = {
      tool,
      arguments: given,
      signal: context.signal,
      form: formsOf(context),
      link: linksOf(context),
      answerBy: Date.now() + asking.callWaitMs,
      ...progressOf(context),
    };
    const outcome = await track(dispatch(call, services, session));
    offered.afterCall(tool, outcome);
    return resultOf(outcome, services);
  };

  return {
    jobs: showJobs(session.jobs),
    async connect(given) {
      transport = screeningTransport(redactingTransport(given, services), services, completeMembers(serverInfo));
      await server.connect(splitEras(transport, modern, isModernClient));
    },
    async drain() {
      closing.abort();
      modern.close();
      const stopped = session.jobs.stopAll();
      while (inProgress.size > 0) await Promise.allSettled(inProgress);
      await stopped;
    },
  };
}
