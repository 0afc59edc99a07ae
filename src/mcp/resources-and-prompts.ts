/** What the server offers in addition to tools: resources, prompts, and completion of their arguments. */
import type { CompleteRequest, GetPromptRequest } from "@modelcontextprotocol/sdk/types.js";
import { dispatch } from "../call/dispatch.ts";
import type { Outcome, Services, Session } from "../call/types.ts";
import { denialForTool } from "../guards/policy.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { truncateToLimit } from "../guards/response-size.ts";
import { type Completion, complete } from "./completion.ts";
import { approvalSentences } from "./instructions.ts";
import { prompts } from "./prompts/catalogue.ts";
import { type CompletionSource, type Prompt, writePrompt } from "./prompts/prompt.ts";
import { RequestError } from "./request-error.ts";
import { type CallTool, contentOrThrow, readDocument } from "./resources/documents.ts";
import { listRegion, listResources } from "./resources/listing.ts";
import { changesPools, createPoolNames } from "./resources/pools.ts";
import { knownRegions } from "./resources/regions.ts";
import { MIME_TYPE, parseUri, templates } from "./resources/uri.ts";

interface Options {
  readonly services: Services;
  readonly session: Session;
  /** Tracks the work of a request; the server ends only when no tracked work is left. */
  readonly track: <Result>(work: Promise<Result>) => Promise<Result>;
}

/** Answers to requests, the same in both eras. They raise RequestError. */
export interface ResourcesAndPrompts {
  listResourceTemplates(): { readonly resourceTemplates: object[] };
  listResources(): Promise<object>;
  readResource(uri: string, signal: AbortSignal): Promise<{ readonly contents: object[] }>;
  listPrompts(): { readonly prompts: object[] };
  getPrompt(params: GetPromptRequest["params"]): Promise<{ readonly description: string; readonly messages: object[] }>;
  complete(params: CompleteRequest["params"], signal: AbortSignal): Promise<{ readonly completion: Completion }>;
  /** Must be called after every tool call: if the call changed which pools exist, completion reads their names again. */
  afterCall(tool: string, outcome: Outcome): void;
}

export const capabilities = { resources: {}, prompts: {}, completions: {} };

/** Keys of MCP and of our documents that are not in a resource or prompt. */
const names =
  "resources resourceTemplates uriTemplate mimeType contents nextCursor messages description completion principalTags";

/** The words of this program that a client reads in resources and prompts. */
export function resourceVocabulary(): string {
  // A region that the operator set is listed too, and is as public as the others.
  const regions = knownRegions.map(listRegion).flatMap(({ uri, title }) => [uri, title]);
  return `${names} ${JSON.stringify([capabilities, templates, prompts.map(listPrompt), regions])}`;
}

export function createResourcesAndPrompts({ services, session, track }: Options): ResourcesAndPrompts {
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

  /** Tracks the work. A defect is reported to the operator; the client gets an error without the defect's message. */
  async function tracked<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    try {
      return await track(Promise.resolve().then(work));
    } catch (error) {
      if (error instanceof RequestError) throw error;
      services.onFault(error);
      throw new RequestError(
        "internal",
        "This server has an internal error. Report it with the lines that the server wrote to stderr.",
      );
    }
  }

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
    listResourceTemplates: () => ({ resourceTemplates: [...templates] }),
    listResources: () =>
      tracked(() => truncateToLimit({ resources: listResources(services) }, services.maxAnswerBytes)),
    readResource: (uri, signal) =>
      tracked(async () => {
        const parsed = parseUri(uri);
        if (!parsed)
          throw new RequestError(
            "notFound",
            `There is no such resource. The resource templates are ${templates.map(({ uriTemplate }) => uriTemplate).join(" and ")}.`,
          );
        const content = contentOrThrow(await readDocument(parsed, callerFor(signal)));
        const shown = truncateToLimit(escapeInvisibleDeep(content) as object, services.maxAnswerBytes);
        const text = JSON.stringify(shown);
        return { contents: [{ uri, mimeType: MIME_TYPE, text }] };
      }),
    listPrompts: () => ({ prompts: availablePrompts().map(listPrompt) }),
    getPrompt: ({ name, arguments: given = {} }) =>
      tracked(() => {
        const prompt = promptNamed(name);
        const written = writePrompt(prompt, given, can, approvals);
        if ("problems" in written) throw new RequestError("params", written.problems.join(" "));
        return {
          description: prompt.description,
          messages: [{ role: "user" as const, content: { type: "text" as const, text: written.text } }],
        };
      }),
    complete: ({ ref, argument, context }, signal) =>
      tracked(async () => {
        const completes =
          ref.type === "ref/prompt"
            ? promptNamed(ref.name).arguments[argument.name]?.completes
            : completesOf(ref.uri, argument.name);
        const asked = { completes, typed: argument.value, others: context?.arguments ?? {} };
        const known = { policy: services.policy, poolNames, callTool: callerFor(signal) };
        return { completion: await complete(asked, known) };
      }),
    afterCall(tool, outcome) {
      if (changesPools(tool, outcome)) poolNames.forget();
    },
  };
}

/** The prompt as `prompts/list` shows it. */
export function listPrompt({ name, title, description, arguments: taken }: Prompt) {
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
