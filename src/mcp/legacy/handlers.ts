/** Registers resources, prompts and completion with the SDK's server, which speaks the era of `initialize`. */
import type { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CompleteRequestSchema,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { ResourcesAndPrompts } from "../resources-and-prompts.ts";

export function registerResourcesAndPrompts(server: Server, offered: ResourcesAndPrompts): void {
  server.setRequestHandler(ListResourceTemplatesRequestSchema, () => offered.listResourceTemplates());
  server.setRequestHandler(ListResourcesRequestSchema, () => offered.listResources());
  server.setRequestHandler(ReadResourceRequestSchema, ({ params }, { signal }) =>
    offered.readResource(params.uri, signal),
  );
  server.setRequestHandler(ListPromptsRequestSchema, () => offered.listPrompts());
  server.setRequestHandler(GetPromptRequestSchema, ({ params }) => offered.getPrompt(params));
  server.setRequestHandler(CompleteRequestSchema, ({ params }, { signal }) => offered.complete(params, signal));
}
