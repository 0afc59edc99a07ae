/**
 * Asks a person by the answer of the call: the call ends with a question, and the client makes it again with what the person said. The
 * plan waits in the queue meanwhile, so that it can be decided elsewhere too.
 */
import type { Refusal } from "../refusal.ts";
import { type ApprovalQuestion, type ElicitationAnswer, type FormEnd, readElicitation } from "./question.ts";
import type { ApprovalQueue, QueuedPlan } from "./queue.ts";
import type { RequestState } from "./request-states.ts";

/** A client that can be asked by the answer of this call. */
export interface ReturnedForm {
  /** Why the client is not asked about this plan now, in a sentence; undefined if it can be. */
  unavailable(plan: string): string | undefined;
  /**
   * Notes that the plan is asked about, at most until `ended` aborts. Gives the state that the client sends back with the answer, and
   * how the form ends.
   */
  ask(plan: string, ended: AbortSignal): { readonly state: string; readonly closed: Promise<FormEnd> };
  /** What became of the answer that this call brings; undefined for a call that brings nothing. */
  readonly returned: Returned | undefined;
}

/**
 * What became of an answer. `unanswered`: the client returned the state alone. `unclear`: no decision, for the reason `why`. `void`: the
 * call is refused, whatever became of the plan.
 */
export type Returned =
  | { readonly is: "approved" | "rejected" | "unanswered"; readonly state: RequestState }
  | { readonly is: "unclear"; readonly state: RequestState; readonly why: string }
  | { readonly is: "void"; readonly reason: string; readonly next: string };

/** The client shows an address that is in the answer of the call. Its own answer decides nothing. */
export const RETURNED_LINK = "by the answer";

/** The address of the approval page, which has no authority, for a person to open. */
export interface AskedAddress {
  readonly address: string;
  readonly message: string;
}

/** The call ended with a question, and changed nothing. */
export interface Question {
  readonly kind: "question";
  readonly asked: ApprovalQuestion | AskedAddress;
  /** What the client sends back with the answer; undefined where the answer decides nothing. */
  readonly state: string | undefined;
  /** The same as a refusal, for everybody who reads the outcome but cannot ask. */
  readonly refusal: Refusal;
}

const spent: Returned = {
  is: "void",
  reason:
    "The question has expired or was already answered, or its plan waits no more. One answer counts, in the time of --answer-within. This call changed nothing.",
  next: "Call again to request approval of the plan as it is now.",
};

/**
 * Takes the answer that a call brings, before the call is made: it is for the plan that the person saw, whatever the account has become.
 * `learn` is told of an answer that counts. One that comes after a decision elsewhere says nothing of the client: it may have withdrawn
 * the form for that.
 */
export function takeAnswer(
  state: RequestState,
  answer: ElicitationAnswer | undefined,
  queue: ApprovalQueue,
  learn: (plan: string, answer: ElicitationAnswer, end: FormEnd) => void,
): Returned {
  if (!answer) return { is: "unanswered", state };
  const plan = queue.find((binding) => state.isFor(binding));
  // Before the answer is looked at: of answers that come at the same time, one counts.
  if (!state.consume() || !plan) return spent;
  const read = readElicitation(answer, plan.question.confirmation);
  if (plan.state.is === "waiting") learn(plan.binding, answer, read);
  if (read.answer === "unclear" && plan.state.is === "waiting") return { is: "unclear", state, why: read.why };
  if (read.answer === "yes" || read.answer === "no")
    queue.decide(plan.binding, read.answer === "yes", "a person, in the client");
  return decided(plan, state, read.answer);
}

/** The first decision counts, wherever it was made. That a client closes a form is no decision. */
function decided({ state: decision }: QueuedPlan, state: RequestState, answer: string): Returned {
  if (decision.is === "rejected") return { is: "rejected", state };
  if (decision.is !== "approved") return spent;
  if (answer !== "no") return { is: "approved", state };
  return {
    is: "void",
    reason: `The plan was approved by ${decision.by}, before the answer in the client, which was no. This call changed nothing.`,
    next: "Ask the person which of both answers holds. The approval is kept for the same call for a few minutes.",
  };
}

/** Whether the call brings an answer about another plan: the account has changed since the person saw it. After a no, that does not matter. */
export function isForEarlierPlan(returned: Returned | undefined, binding: string): boolean {
  if (!returned || returned.is === "void" || returned.is === "rejected") return false;
  return !returned.state.isFor(binding);
}
