/** The forms in which a client shows plans to a person (MCP elicitation), and whether it is worth asking in one. */
import { randomUUID } from "node:crypto";
import { type ElicitRequestFormParams, ElicitResultSchema } from "@modelcontextprotocol/sdk/types.js";
import { ANSWER_FIELD, type ApprovalQuestion, type ElicitationAnswer } from "../guards/approval/question.ts";
import type { FormView, LinkView } from "../guards/approval/views.ts";
import { createShownForms } from "../guards/shown-forms.ts";
import { quote } from "../util/visible-text.ts";
import type { RequestContext } from "./request-context.ts";

/** Forms that a client shows at once. A person answers one after the other. */
const MAX_OPEN_FORMS = 4;

/** The SDK's JSON-RPC code for a request that timed out. */
const REQUEST_TIMEOUT = -32001;

export interface Forms {
  /** The forms of the client that made this request. */
  viewFor(context: RequestContext): FormView;
}

/**
 * How the client that made this request shows an address (MCP elicitation in URL mode). Its answer decides nothing: it says only
 * whether the person wants to open the page. `complete` tells the client that the page is no longer needed.
 */
export function linksFor(context: RequestContext, { answerWithinMs, closing, complete }: LinkOptions): LinkView {
  return {
    async open(url, message, ended) {
      const elicitationId = randomUUID();
      const { signal, release } = untilAnswered(context.signal, closing, ended);
      const params = { mode: "url" as const, message, url, elicitationId };
      try {
        await context
          .sendRequest({ method: "elicitation/create", params }, ElicitResultSchema, {
            timeout: answerWithinMs,
            signal,
          })
          .finally(release);
        if (!ended.aborted) await new Promise((resolve) => ended.addEventListener("abort", resolve, { once: true }));
        await complete(elicitationId);
      } catch {
        // The person did not get the address from the client. The page was opened in the browser too, and the answer names it.
      }
    },
  };
}

/**
 * A signal that aborts with the first of the given ones, until `release`. The SDK sends a cancellation whenever the signal of a request
 * aborts, also after the answer, and MCP allows one only for a request that is in progress.
 */
function untilAnswered(...signals: readonly AbortSignal[]): {
  readonly signal: AbortSignal;
  readonly release: () => void;
} {
  const controller = new AbortController();
  const first = AbortSignal.any([...signals]);
  const abort = () => controller.abort(first.reason);
  if (first.aborted) abort();
  else first.addEventListener("abort", abort, { once: true });
  return { signal: controller.signal, release: () => first.removeEventListener("abort", abort) };
}

interface LinkOptions {
  readonly answerWithinMs: number;
  /** Aborts when the server ends. */
  readonly closing: AbortSignal;
  readonly complete: (elicitationId: string) => Promise<void>;
}

/**
 * The forms of one client. A form that fails in any way counts as no answer, and so as no approval. `closing` withdraws all of them
 * when the server ends.
 */
export function createForms(answerWithinMs: number, closing: AbortSignal): Forms {
  let open = 0;
  const shown = createShownForms();

  return {
    viewFor: (context) => ({
      unavailable() {
        const tooMany = open >= MAX_OPEN_FORMS ? `${MAX_OPEN_FORMS} other forms are open in the client.` : undefined;
        return shown.unavailable() ?? tooMany;
      },
      async open(question, ended) {
        open += 1;
        const begin = performance.now();
        const { signal, release } = untilAnswered(context.signal, closing, ended);
        let timedOut = false;
        let answer: ElicitationAnswer;
        try {
          const { action, content } = await context.sendRequest(
            { method: "elicitation/create", params: formFor(question) },
            ElicitResultSchema,
            { timeout: answerWithinMs, signal },
          );
          answer = action === "accept" ? { action, content } : { action };
        } catch (error) {
          timedOut = error instanceof Error && "code" in error && error.code === REQUEST_TIMEOUT && !signal.aborted;
          answer = signal.aborted
            ? { action: "call ended" }
            : {
                action: "none",
                why: timedOut
                  ? `nobody answered within ${answerWithinMs / 1000} seconds`
                  : "the client could not show it",
              };
        } finally {
          release();
          open -= 1;
        }
        // A cancelled call, or a decision elsewhere, says nothing of the client.
        if (answer.action !== "call ended")
          shown.learn({ accepted: answer.action === "accept", tookMs: performance.now() - begin, timedOut });
        return answer;
      },
    }),
  };
}

/** The form in which a client shows a question. */
export function formFor({ text, confirmation }: ApprovalQuestion): ElicitRequestFormParams {
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
