/** Registers what the server offers in addition to tools: resources, prompts, and completion of their arguments. */

import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "../call/dispatch.ts";
import type { Outcome, Services, Session } from "../call/types.ts";
import { denialForTool } from "../guards/policy.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { truncateToLimit } from "../guards/response-size.ts";
import { complete } from "./completion.ts";
import { approvalSentences } from "./instructions.ts";
import { prompts } from "./prompts/catalogue.ts";
import { type CompletionSource, type Prompt, writePrompt } from "./prompts/prompt.ts";
import { RequestError } from "./request-error.ts";
import { type CallTool, readDocument } from "./resources/documents.ts";
import { contentOrThrow, listResources } from "./resources/listing.ts";
import { changesPools, createPoolNames } from "./resources/pools.ts";
import { MIME_TYPE, parseUri, templates } from "./resources/uri.ts";

interface Options {
  readonly services: Services;
  readonly session: Session;
  /** Tracks the work of a request; the server ends only when no tracked work is left. */
  readonly track: <Result>(work: Promise<Result>) => Promise<Result>;
}

interface Registered {
  /** Must be called after every tool call: if the call changed which resources exist, it notifies the client. */
  afterCall(tool: string, outcome: Outcome): Promise<void>;
}

export const capabilities = { resources: { listChanged: true }, prompts: {}, completions: {} };

/** Keys of MCP and of our documents that are not in a resource or prompt. */
const names =
  "resources resourceTemplates uriTemplate mimeType contents nextCursor messages description completion principalTags";

/** The words of this program that a client reads in resources and prompts. */
export function resourceVocabulary(): string {
  return `${names} ${JSON.stringify([capabilities, templates, prompts.map(listPrompt)])}`;
}

export function registerResourcesAndPrompts(server: Server, { services, session, track }: Options): Registered {
  const poolNames = createPoolNames(services.policy);
  const callerFor =
    (signal: AbortSignal): CallTool =>
    async (tool, input) => {
      const outcome = await dispatch({ tool, arguments: input, signal }, services, session);
      // A completion answers with ids, and so could tell what is in a name that it never shows.
      return outcome.kind === "success" ? (services.screen.refusalFor(outcome.content) ?? outcome) : outcome;
    };
  const can = (name: string): boolean => {
    const tool = services.tools.find((tool) => tool.name === name);
    return tool !== undefined && !denialForTool(tool, services.policy);
  };
  const approvals = approvalSentences(services.tools, services.policy);
  const availablePrompts = () => prompts.filter(({ needs }) => needs.every(can));

  /** Tracks a handler. A defect is reported to the operator; the client gets an error without the defect's message. */
  function tracked<Request, Context, Result>(handle: (request: Request, context: Context) => Result | Promise<Result>) {
    return async (request: Request, context: Context): Promise<Result> => {
      try {
        return await track(Promise.resolve().then(() => handle(request, context)));
      } catch (error) {
        if (error instanceof RequestError) throw error;
        services.onFault(error);
        throw new RequestError(
          "internal",
          "This server has an internal error. Report it with the lines that the server wrote to stderr.",
        );
      }
    };
  }

  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...templates] }));

  server.setRequestHandler(
    ListResourcesRequestSchema,
    tracked(({ params }, { signal }) =>
      listResources({ policy: services.policy, callerFor, cursor: params?.cursor, signal }),
    ),
  );

  server.setRequestHandler(
    ReadResourceRequestSchema,
    tracked(async ({ params: { uri } }, { signal }) => {
      const parsed = parseUri(uri);
      if (!parsed)
        throw new RequestError(
          "notFound",
          `There is no such resource. The resource templates are ${templates.map(({ uriTemplate }) => uriTemplate).join(" and ")}.`,
        );
      const content = contentOrThrow(await readDocument(parsed, callerFor(signal)));
      const text = JSON.stringify(truncateToLimit(escapeInvisibleDeep(content) as object));
      return { contents: [{ uri, mimeType: MIME_TYPE, text }] };
    }),
  );

  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: availablePrompts().map(listPrompt) }));

  server.setRequestHandler(
    GetPromptRequestSchema,
    tracked(({ params: { name, arguments: given = {} } }) => {
      const prompt = promptNamed(name);
      const written = writePrompt(prompt, given, can, approvals);
      if ("problems" in written) throw new RequestError("params", written.problems.join(" "));
      return {
        description: prompt.description,
        messages: [{ role: "user" as const, content: { type: "text" as const, text: written.text } }],
      };
    }),
  );

  server.setRequestHandler(
    CompleteRequestSchema,
    tracked(async ({ params: { ref, argument, context } }, { signal }) => {
      const completes =
        ref.type === "ref/prompt"
          ? promptNamed(ref.name).arguments[argument.name]?.completes
          : completesOf(ref.uri, argument.name);
      const asked = { completes, typed: argument.value, others: context?.arguments ?? {} };
      const known = { policy: services.policy, poolNames, callTool: callerFor(signal) };
      return { completion: await complete(asked, known) };
    }),
  );

  function promptNamed(name: string): Prompt {
    const prompt = availablePrompts().find((prompt) => prompt.name === name);
    if (prompt) return prompt;
    const denied = prompts.find((prompt) => prompt.name === name)?.needs.filter((tool) => !can(tool));
    const reason = denied
      ? `The operator does not allow ${denied.join(", ")}, which the prompt ${name} requires.`
      : "There is no such prompt.";
    const available = availablePrompts().map(({ name }) => name);
    throw new RequestError(
      "params",
      available.length > 0 ? `${reason} The available prompts are ${available.join(", ")}.` : reason,
    );
  }

  return {
    async afterCall(tool, outcome) {
      if (!changesPools(tool, outcome)) return;
      poolNames.forget();
      // Ignored if the client is gone.
      await server.sendResourceListChanged().catch(() => {});
    },
  };
}

function listPrompt({ name, title, description, arguments: taken }: Prompt) {
  return {
    name,
    title,
    description,
    arguments: Object.entries(taken).map(([name, { description, required }]) => ({ name, description, required })),
  };
}

/** The completion source of a parameter in a resource URI. */
function completesOf(uriTemplate: string, name: string): CompletionSource | undefined {
  const template = templates.find((template) => template.uriTemplate === uriTemplate);
  if (!template)
    throw new RequestError(
      "params",
      `There is no such resource template. The resource templates are ${templates.map(({ uriTemplate }) => uriTemplate).join(" and ")}.`,
    );
  if (template.name === "identity-pools" && name === "region") return "region";
  return template.name === "identity-pool" && name === "poolId" ? "pool" : undefined;
}
