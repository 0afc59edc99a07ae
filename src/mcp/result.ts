import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { contentOf } from "../call/outcome/content.ts";
import type { Outcome, Services } from "../call/types.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { refuse } from "../guards/refusal.ts";
import { truncateToLimit } from "../guards/response-size.ts";

/** The outcome that a result presents: what must be told of the call even if the result is withheld. */
const outcomes = new WeakMap<object, Outcome>();

/** The outcome from which `resultOf` made exactly this object. */
export function outcomeOf(result: object): Outcome | undefined {
  return outcomes.get(result);
}

/** What a result depends on besides the outcome: the maximum bytes of its JSON, and who is told of a fault. */
type Presentation = Partial<Pick<Services, "onFault" | "maxAnswerBytes">>;

/**
 * An outcome as an MCP result: one compact JSON object, as text and as structured content. Where that fails, the result still tells
 * how the call ended, and `onFault` is told why. `members` are the members that results of the protocol have besides these.
 */
export function resultOf(outcome: Outcome, presentation: Presentation = {}, members: object = {}): CallToolResult {
  const result = { ...presentSafely(outcome, presentation), ...members };
  outcomes.set(result, outcome);
  return result;
}

function presentSafely(outcome: Outcome, { onFault, maxAnswerBytes }: Presentation): CallToolResult {
  try {
    return present(outcome, maxAnswerBytes);
  } catch (error) {
    onFault?.(error);
    return present(withoutContent(outcome), maxAnswerBytes);
  }
}

/** The outcome without anything that came from outside. */
function withoutContent(outcome: Outcome): Outcome {
  switch (outcome.kind) {
    case "success":
      return { kind: "success", content: { notes: ["The call succeeded. Its answer cannot be shown."] } };
    case "refusal":
      return refuse("The call was refused. The reason cannot be shown.", "Nothing was changed.");
    case "question":
      return withoutContent(outcome.refusal);
    case "failure": {
      const { kind, code, message, hint, unknown } = outcome;
      return { kind, code, message, hint, ...(unknown && { unknown }) };
    }
  }
}

function present(outcome: Outcome, maxBytes: number | undefined): CallToolResult {
  const content = escapeInvisibleDeep(contentOf(outcome)) as object;
  const structuredContent = truncateToLimit(content, maxBytes) as Record<string, unknown>;
  return {
    content: textOf(structuredContent),
    structuredContent,
    ...((outcome.kind !== "success" || outcome.incomplete) && { isError: true }),
  };
}

/** The same object as text, for hosts that show only text. */
export function textOf(structuredContent: object): CallToolResult["content"] {
  return [{ type: "text", text: JSON.stringify(structuredContent) }];
}
