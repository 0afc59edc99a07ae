import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Outcome } from "./dispatch.ts";
import { visibleThroughout } from "./guards/untrusted-text.ts";

/** An outcome as MCP carries it: one compact JSON object, as text and as the same structured content. */
export function resultOf(outcome: Outcome): CallToolResult {
  const structuredContent = visibleThroughout(contentOf(outcome)) as Record<string, unknown>;
  return {
    content: [{ type: "text", text: JSON.stringify(structuredContent) }],
    structuredContent,
    ...(outcome.kind !== "output" && { isError: true }),
  };
}

function contentOf(outcome: Outcome): object {
  switch (outcome.kind) {
    case "output":
      return outcome.content;
    case "refusal":
      return { refused: outcome.reason, next: outcome.next, ...(outcome.plan && { plan: outcome.plan }) };
    case "failure": {
      const { what, next, code, requestId, logins = [] } = outcome;
      const about = logins.length > 0 && { logins };
      return { failed: what, ...about, next, code, ...(requestId !== undefined && { requestId }) };
    }
  }
}
