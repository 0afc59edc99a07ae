import { type ElicitRequestFormParams, ElicitResultSchema } from "@modelcontextprotocol/sdk/types.js";
import {
  ANSWER_FIELD,
  type ApprovalQuestion,
  type ElicitationAnswer,
  type Prompter,
} from "../guards/approval/confirm.ts";
import { quote } from "../util/visible-text.ts";
import { reportWaiting } from "./progress.ts";
import type { RequestContext } from "./request-context.ts";

/**
 * Asks the person at the client in a form. A form that fails in any way counts as no answer, and so as no approval. `closing` withdraws
 * the form when the server ends.
 */
export function formPrompter(context: RequestContext, answerWithinMs: number, closing: AbortSignal): Prompter {
  return {
    async prompt(question): Promise<ElicitationAnswer> {
      const signal = AbortSignal.any([context.signal, closing]);
      const stop = reportWaiting(context);
      try {
        const { action, content } = await context.sendRequest(
          { method: "elicitation/create", params: formFor(question) },
          ElicitResultSchema,
          { timeout: answerWithinMs, signal },
        );
        return action === "accept" ? { action, content } : { action };
      } catch (error) {
        return { action: "none", why: signal.aborted ? "it was withdrawn" : whyNoAnswer(error, answerWithinMs) };
      } finally {
        stop();
      }
    },
  };
}

/** The SDK's JSON-RPC code for a request that timed out. */
const REQUEST_TIMEOUT = -32001;

function whyNoAnswer(error: unknown, answerWithinMs: number): string {
  const timedOut = error instanceof Error && "code" in error && error.code === REQUEST_TIMEOUT;
  return timedOut ? `nobody answered within ${answerWithinMs / 1000} seconds` : "the client could not show it";
}

function formFor({ text, confirmation }: ApprovalQuestion): ElicitRequestFormParams {
  const answer =
    confirmation.by === "choice"
      ? { type: "string" as const, title: "Approve?", enum: ["no", "yes"] }
      : { type: "string" as const, title: `Type ${quote(confirmation.expected)} to approve` };
  return {
    mode: "form",
    message: text,
    requestedSchema: { type: "object", properties: { [ANSWER_FIELD]: answer }, required: [ANSWER_FIELD] },
  };
}
