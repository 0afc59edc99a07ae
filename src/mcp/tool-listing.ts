/** The tools as `tools/list` shows them. */
import type { Tool as ListedTool, ToolAnnotations } from "@modelcontextprotocol/sdk/types.js";
import type { AnyTool } from "../call/types.ts";
import { inputSchema, outputSchema } from "../tools/json-schema.ts";
import { canLink } from "../tools/kinds.ts";
import type { Effect } from "../tools/tool.ts";

/** The annotations of a tool, derived from its effect. A tool that can merge identities is destructive in addition. */
const hints: Readonly<Record<Effect, ToolAnnotations>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: true },
  create: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
  update: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true },
  delete: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: true },
  vend: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true },
};

/** A cache, because generating a schema takes a while. */
const listed = new WeakMap<AnyTool, ListedTool>();

/** A tool as `tools/list` shows it. */
export function listTool(tool: AnyTool): ListedTool {
  const entry = listed.get(tool) ?? entryFor(tool);
  listed.set(tool, entry);
  return entry;
}

function entryFor(tool: AnyTool): ListedTool {
  return {
    name: tool.name,
    title: titleOf(tool.name),
    description: tool.summary,
    inputSchema: inputSchema(tool),
    outputSchema: outputSchema(tool),
    annotations: { ...hints[tool.effect], ...(canLink(tool) && { destructiveHint: true }) },
  };
}

function titleOf(name: string): string {
  const words = name.replaceAll("-", " ").replace("open id", "OpenID");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
