import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Outcome } from "../call/types.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { truncateToLimit } from "../guards/response-size.ts";

/** An outcome as an MCP result: one compact JSON object, as text and as structured content. */
export function resultOf(outcome: Outcome): CallToolResult {
  const structuredContent = truncateToLimit(escapeInvisibleDeep(contentOf(outcome)) as object) as Record<
    string,
    unknown
  >;
  return {
    content: textOf(structuredContent),
    structuredContent,
    ...(outcome.kind !== "success" && { isError: true }),
  };
}

/** The same object as text, for hosts that show only text. */
export function textOf(structuredContent: object): CallToolResult["content"] {
  return [{ type: "text", text: JSON.stringify(structuredContent) }];
}

export function contentOf(outcome: Outcome): object {
  switch (outcome.kind) {
    case "success":
      return outcome.content;
    case "refusal": {
      const { reason, next, plan, planToken } = outcome;
      return { refused: reason, next, ...(plan && { plan }), ...(planToken !== undefined && { planToken }) };
    }
    case "failure": {
      const { message, hint, code, requestId, logins = [], unknown } = outcome;
      return {
        failed: message,
        ...(logins.length > 0 && { logins }),
        next: hint,
        code,
        ...(requestId !== undefined && { requestId }),
        ...(unknown && { outcome: "unknown" }),
      };
    }
  }
}
