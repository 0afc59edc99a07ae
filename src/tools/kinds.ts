/** Tells the kinds of tools apart, without what defines tools: the start of the program needs no more. */
import type { GatedTool, LinkingTool, Tool } from "./tool.ts";

/** Whether the tool updates or deletes, and therefore needs an approval unless the operator chose otherwise. */
export function isGated(tool: Pick<Tool, "effect">): tool is GatedTool {
  return tool.effect === "update" || tool.effect === "delete";
}

/** Whether some calls of the tool may link logins to an identity, or merge identities. */
export function canLink(tool: { readonly name: string; readonly links?: boolean | undefined }): tool is LinkingTool {
  return tool.links === true;
}
