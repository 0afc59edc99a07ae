/** The MCP server: connects the tools, resources and prompts of `mcp/` to a transport. One server has one client. */
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { type CallToolRequest, ErrorCode, ListToolsRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "./call/dispatch.ts";
import { createSession } from "./call/session.ts";
import type { Services } from "./call/types.ts";
import type { Prompter } from "./guards/approval/confirm.ts";
import { denialForTool } from "./guards/policy.ts";
import { formPrompter } from "./mcp/elicitation.ts";
import { instructions } from "./mcp/instructions.ts";
import { countReporter } from "./mcp/progress.ts";
import { redactingTransport } from "./mcp/redacting-transport.ts";
import { capabilities, registerResourcesAndPrompts } from "./mcp/resources-and-prompts.ts";
import { resultOf } from "./mcp/result.ts";
import { screeningTransport } from "./mcp/screening-transport.ts";
import { listTool } from "./mcp/tool-listing.ts";

const CALL: CallToolRequest["method"] = "tools/call";

/** Forms that a client shows at once. A person answers one after the other. */
const MAX_OPEN_FORMS = 4;

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
  /** Milliseconds that a person has to answer a form. */
  readonly answerWithinMs: number;
}

export interface McpServer {
  connect(transport: Transport): Promise<void>;
  /** Withdraws every form, and resolves when the calls in progress have been answered. */
  drain(): Promise<void>;
}

export function createMcpServer({ services, version, answerWithinMs }: McpServerOptions): McpServer {
  const server = new Server(
    { name: "cognito-identity", version },
    { capabilities: { tools: {}, ...capabilities }, instructions },
  );
  const session = createSession();
  const inProgress = new Set<Promise<unknown>>();
  const closing = new AbortController();
  const resources = registerResourcesAndPrompts(server, { services, session, track });

  async function track<Result>(work: Promise<Result>): Promise<Result> {
    inProgress.add(work);
    try {
      return await work;
    } finally {
      inProgress.delete(work);
    }
  }

  let openForms = 0;
  /** The same, but a form that is one too many is not shown. */
  function limitForms(prompter: Prompter): Prompter {
    return {
      async prompt(question) {
        if (openForms >= MAX_OPEN_FORMS) return { action: "none", why: `${MAX_OPEN_FORMS} other questions are open` };
        openForms += 1;
        try {
          return await prompter.prompt(question);
        } finally {
          openForms -= 1;
        }
      },
    };
  }

  server.setRequestHandler(ListToolsRequestSchema, () => ({
    tools: services.tools.filter((tool) => !denialForTool(tool, services.policy)).map(listTool),
  }));

  // The SDK calls this for methods without a handler. A registered handler for tools/call would check each call against the protocol's schema
  // a second time (mcp/stdio did it already) and copy each answer, which takes a twentieth of a call's time.
  server.fallbackRequestHandler = async (request, context) => {
    if (request.method !== CALL) throw new UnknownMethodError();
    const prompter = server.getClientCapabilities()?.elicitation?.form
      ? limitForms(formPrompter(context, answerWithinMs, closing.signal))
      : undefined;
    const { name: tool, arguments: given } = request.params as CallToolRequest["params"];
    const call = { tool, arguments: given, signal: context.signal, prompter, onCount: countReporter(context) };
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
