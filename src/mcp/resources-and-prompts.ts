/** What the MCP face offers beside the tools: resources, prompts, and completion of their arguments. */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { dispatch, type House, type Outcome } from "../call/dispatch.ts";
import { permitTool } from "../guards/policy.ts";
import { visibleThroughout } from "../guards/redaction/untrusted-text.ts";
import { fitting } from "../guards/response-size.ts";
import { complete } from "./completion.ts";
import { prompts } from "./prompts/catalogue.ts";
import { type Completes, type Prompt, writePrompt } from "./prompts/prompt.ts";
import { RequestError } from "./request-error.ts";
import { type Ask, documentOf } from "./resources/documents.ts";
import { contentOrError, listResources } from "./resources/listing.ts";
import { changesPools, createPoolNames } from "./resources/pools.ts";
import { MIME_TYPE, readAddress, templates } from "./resources/uri.ts";

/** Waits for the work of a request, and so does the end of the server. */
type Track = <Answer>(work: Promise<Answer>) => Promise<Answer>;

export interface Offers {
  /** To be told of every call: some change what there is to read. */
  called(tool: string, outcome: Outcome): Promise<void>;
}

export const capabilities = { resources: { listChanged: true }, prompts: {}, completions: {} };

/** Names of ours that are on the wire beside those of resources and prompts. */
const names =
  "resources resourceTemplates uriTemplate mimeType contents nextCursor messages description completion principalTags";

/** The words of this program's own that a client meets in what is offered. */
export function offeredWords(): string {
  return `${names} ${JSON.stringify([templates, prompts.map(listPrompt)])}`;
}

export function createOffers(server: Server, house: House, track: Track): Offers {
  const poolNames = createPoolNames(house.policy);
  const asker =
    (signal: AbortSignal): Ask =>
    (tool, input) =>
      dispatch({ tool, arguments: input, signal }, house);
  const can = (name: string): boolean => {
    const tool = house.tools.find((tool) => tool.name === name);
    return tool !== undefined && !permitTool(tool, house.policy);
  };
  const offered = () => prompts.filter(({ needs }) => needs.every(can));

  /** Tracks what a handler does. A fault of ours is reported, and the client told of it without its message. */
  function answering<Request, Extra, Answer>(handle: (request: Request, extra: Extra) => Answer | Promise<Answer>) {
    return async (request: Request, extra: Extra): Promise<Answer> => {
      try {
        return await track(Promise.resolve().then(() => handle(request, extra)));
      } catch (error) {
        if (error instanceof RequestError) throw error;
        house.onFault(error);
        throw new RequestError("internal", "This server has a fault. Report it with what it wrote to stderr.");
      }
    };
  }

  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => ({ resourceTemplates: [...templates] }));

  server.setRequestHandler(
    ListResourcesRequestSchema,
    answering(({ params }, { signal }) =>
      listResources({ policy: house.policy, asker, cursor: params?.cursor, signal }),
    ),
  );

  server.setRequestHandler(
    ReadResourceRequestSchema,
    answering(async ({ params: { uri } }, { signal }) => {
      const address = readAddress(uri);
      if (!address)
        throw new RequestError(
          "notFound",
          `There is no such resource. Resources are ${templates.map(({ uriTemplate }) => uriTemplate).join(" and ")}.`,
        );
      const content = contentOrError(await documentOf(address, asker(signal)));
      // Without secrets before it becomes a text, so that it is JSON still.
      const text = JSON.stringify(house.redactor.throughout(fitting(visibleThroughout(content) as object)));
      return { contents: [{ uri, mimeType: MIME_TYPE, text }] };
    }),
  );

  server.setRequestHandler(ListPromptsRequestSchema, () => ({ prompts: offered().map(listPrompt) }));

  server.setRequestHandler(
    GetPromptRequestSchema,
    answering(({ params: { name, arguments: given = {} } }) => {
      const prompt = promptNamed(name);
      const written = writePrompt(prompt, given, can);
      if ("problems" in written) throw new RequestError("params", written.problems.join(" "));
      return {
        description: prompt.description,
        messages: [{ role: "user" as const, content: { type: "text" as const, text: written.text } }],
      };
    }),
  );

  server.setRequestHandler(
    CompleteRequestSchema,
    answering(async ({ params: { ref, argument, context } }, { signal }) => {
      const completes =
        ref.type === "ref/prompt"
          ? promptNamed(ref.name).arguments[argument.name]?.completes
          : completesOf(ref.uri, argument.name);
      const asked = { completes, typed: argument.value, others: context?.arguments ?? {} };
      const known = { policy: house.policy, poolNames, ask: asker(signal) };
      return { completion: await complete(asked, known) };
    }),
  );

  function promptNamed(name: string): Prompt {
    const prompt = offered().find((prompt) => prompt.name === name);
    if (prompt) return prompt;
    const denied = prompts.find((prompt) => prompt.name === name)?.needs.filter((tool) => !can(tool));
    const reason = denied
      ? `The operator does not allow ${denied.join(", ")}, which ${name} needs.`
      : "There is no such prompt.";
    const left = offered().map(({ name }) => name);
    throw new RequestError("params", left.length > 0 ? `${reason} There are ${left.join(", ")}.` : reason);
  }

  return {
    async called(tool, outcome) {
      if (!changesPools(tool, outcome)) return;
      poolNames.forget();
      // A client that is gone needs to know of no change.
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

/** What a part of a resource's address is completed from. */
function completesOf(uriTemplate: string, name: string): Completes | undefined {
  const template = templates.find((template) => template.uriTemplate === uriTemplate);
  if (!template)
    throw new RequestError(
      "params",
      `There is no such resource template. There are ${templates.map(({ uriTemplate }) => uriTemplate).join(" and ")}.`,
    );
  if (template.name === "identity-pools" && name === "region") return "region";
  return template.name === "identity-pool" && name === "poolId" ? "pool" : undefined;
}
