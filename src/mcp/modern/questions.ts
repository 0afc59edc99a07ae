/**
 * Questions to a person that are answers of calls. The client shows them in its own time: no request stays open, so that this file keeps
 * account of what a client left unanswered.
 */
import type { ReturnedForm } from "../../guards/approval/ask-by-return.ts";
import type { ElicitationAnswer, FormEnd } from "../../guards/approval/question.ts";
import type { RequestStates } from "../../guards/approval/request-states.ts";
import { createShownForms } from "../../guards/shown-forms.ts";

/** Plans that a client is asked about at once. A person answers one after the other. */
const MAX_OPEN = 4;

/** A question that was asked so often about one plan, and got no answer, is not asked again. */
const MAX_UNANSWERED = 2;

interface OpenQuestion {
  times: number;
  /** Milliseconds on the clock of `performance`. */
  askedAt: number;
  readonly ended: AbortSignal;
  readonly closed: Promise<FormEnd>;
  readonly close: (end: FormEnd) => void;
}

export interface Questions {
  /** The form of a client that makes the call (`call` gives its digest), with what became of the answer that the call brings. */
  formFor(call: () => string, returned: ReturnedForm["returned"]): ReturnedForm;
  /** Notes how the client answered about a plan, and what that means. */
  learn(plan: string, answer: ElicitationAnswer, end: FormEnd): void;
}

/** Asks one client. `states` issues what the client returns with an answer, which counts for `answerWithinMs`. */
export function createQuestions(states: RequestStates, answerWithinMs: number): Questions {
  /** By plan. */
  const open = new Map<string, OpenQuestion>();
  const shown = createShownForms();

  function opened(ended: AbortSignal): OpenQuestion {
    let close = (_: FormEnd) => {};
    const closed = new Promise<FormEnd>((resolve) => {
      close = resolve;
    });
    return { times: 0, askedAt: 0, ended, closed, close };
  }

  function forget(plan: string, question: OpenQuestion): void {
    if (open.get(plan) !== question || performance.now() - question.askedAt < answerWithinMs) return;
    open.delete(plan);
    question.close({
      answer: "unclear",
      why: `The form got no answer: nobody answered within ${answerWithinMs / 1000} seconds.`,
    });
  }

  return {
    formFor: (call, returned) => ({
      returned,
      unavailable(plan) {
        for (const [other, { ended }] of open) if (ended.aborted) open.delete(other);
        const unshown = shown.unavailable();
        if (unshown !== undefined) return unshown;
        const asked = open.get(plan);
        if (asked && asked.times >= MAX_UNANSWERED) return "A form is open in the client.";
        return !asked && open.size >= MAX_OPEN ? `${MAX_OPEN} other forms are open in the client.` : undefined;
      },
      ask(plan, ended) {
        const question = open.get(plan) ?? opened(ended);
        open.set(plan, question);
        question.times += 1;
        question.askedAt = performance.now();
        // Node may fire a timer a little early.
        setTimeout(() => forget(plan, question), answerWithinMs + 1).unref();
        return { state: states.issue(call(), plan, answerWithinMs), closed: question.closed };
      },
    }),
    learn(plan, { action }, end) {
      const question = open.get(plan);
      if (!question) return;
      open.delete(plan);
      question.close(end);
      shown.learn({ accepted: action === "accept", tookMs: performance.now() - question.askedAt });
    },
  };
}
