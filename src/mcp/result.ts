import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import type { Outcome } from "../call/types.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { refuse } from "../guards/refusal.ts";
import { truncateToLimit } from "../guards/response-size.ts";

/** The outcome that a result presents: what must be told of the call even if the result is withheld. */
const outcomes = new WeakMap<object, Outcome>();

/** The outcome from which `resultOf` made exactly this object. */
export function outcomeOf(result: object): Outcome | undefined {
  return outcomes.get(result);
}

/**
 * An outcome as an MCP result: one compact JSON object, as text and as structured content. Where that fails, the result still tells
 * how the call ended, and `onFault` is told why.
 */
export function resultOf(outcome: Outcome, onFault: (error: unknown) => void = () => {}): CallToolResult {
  const result = presentSafely(outcome, onFault);
  outcomes.set(result, outcome);
  return result;
}

function presentSafely(outcome: Outcome, onFault: (error: unknown) => void): CallToolResult {
  try {
    return present(outcome);
  } catch (error) {
    onFault(error);
    return present(withoutContent(outcome));
  }
}

/** The outcome without anything that came from outside. */
function withoutContent(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case "success":
      return { kind: "success", content: { notes: ["The call succeeded. Its answer cannot be shown."] } };
    case "refusal":
      return refuse("The call was refused. The reason cannot be shown.", "Nothing was changed.");
    case "failure": {
      const { kind, code, message, hint, unknown } = outcome;
      return { kind, code, message, hint, ...(unknown && { unknown }) };
    }
  }
}

function present(outcome: Outcome): CallToolResult {
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
