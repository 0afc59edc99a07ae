/** The queue as the command `approve` sees and answers it. */
import { type ApprovalQuestion, readTyped } from "../guards/approval/question.ts";
import type { ApprovalQueue, PlanState } from "../guards/approval/queue.ts";

/** A plan that waits for a decision. */
export interface PendingPlan {
  /** The four characters with which a person selects the plan. */
  readonly code: string;
  /** What an approval is bound to. Unique. */
  readonly binding: string;
  readonly text: string;
  readonly confirmation: ApprovalQuestion["confirmation"];
}

const results = ["approved", "rejected", "unclear", "gone"] as const;

/** What an answer led to. After `unclear` the person can answer again; `gone`: the plan waits no more. */
export interface TerminalAnswer {
  readonly result: (typeof results)[number];
  /** The same in a sentence or two. */
  readonly outcome: string;
}

/** Whether a server of any version gave such an answer. */
export function isTerminalAnswer(answer: object): answer is TerminalAnswer {
  const { result, outcome } = answer as Partial<TerminalAnswer>;
  return results.some((one) => one === result) && typeof outcome === "string";
}

export interface TerminalView {
  /** The plans that wait, oldest first. */
  waiting(): PendingPlan[];
  /** Answers the plan with this code, which must still be the plan that was shown: the one with this binding. */
  answer(code: string, binding: string, said: string): TerminalAnswer;
  /** Why no plan waits under this code; undefined if this server never had it. */
  whyGone(code: string): string | undefined;
}

interface Options {
  readonly queue: ApprovalQueue | undefined;
  readonly isReadable: (plan: unknown) => boolean;
  readonly onInvalidAnswer: (reason: string) => void;
}

/** A plan that is not readable is not shown. */
export function createTerminalView({ queue, isReadable, onInvalidAnswer }: Options): TerminalView {
  function waiting(): PendingPlan[] {
    const plans = queue?.waiting() ?? [];
    return plans.map(({ code, binding, question }) => ({ code, binding, ...question })).filter(isReadable);
  }

  function invalid(reason: string): TerminalAnswer {
    onInvalidAnswer(reason);
    return { result: "gone", outcome: `${reason} Nothing was approved.` };
  }

  return {
    waiting,
    whyGone(code) {
      const state = queue?.stateOf(code);
      if (state === undefined || state.is === "waiting") return undefined;
      const reason = sentenceOf(code, state);
      onInvalidAnswer(reason);
      return reason;
    },
    answer(code, binding, said) {
      const plan = waiting().find((one) => one.code === code);
      if (!plan) {
        const state = queue?.stateOf(code);
        return invalid(state ? sentenceOf(code, state) : noPlanUnder(code));
      }
      if (plan.binding !== binding)
        return invalid(`The code ${code} now belongs to another plan than the one that was shown.`);
      const reading = readTyped(said, plan.confirmation);
      if (reading.answer === "unclear") return { result: "unclear", outcome: reading.why };
      const isWaitedFor = (queue?.waiting() ?? []).some((one) => one.binding === binding && one.waitingCalls > 0);
      const approved = reading.answer === "yes";
      if (!queue?.decide(binding, approved, "a person, at a terminal"))
        return invalid(`The plan with the code ${code} was decided elsewhere meanwhile.`);
      if (!approved)
        return {
          result: "rejected",
          outcome: "Rejected. Nothing was changed. For 5 minutes, the same call is refused without asking.",
        };
      return {
        result: "approved",
        outcome: isWaitedFor
          ? "Approved. The agent's call was waiting for this, and runs now."
          : "Approved. Nothing was sent yet: tell the agent to make the same call again within the next minutes. The approval is valid for one call.",
      };
    },
  };
}

/** What a person is told who gives a code that no server knows. */
export function noPlanUnder(code: string): string {
  return `No running server has a plan with the code ${code}: the code is wrong, or the server that had it has ended.`;
}

function sentenceOf(code: string, state: PlanState): string {
  const plan = `The plan with the code ${code}`;
  switch (state.is) {
    case "approved":
      return `${plan} was already approved by ${state.by}. The agent must make the same call again.`;
    case "used":
      return `${plan} was approved by ${state.by}, and the approval was used.`;
    case "rejected":
      return `${plan} was rejected by ${state.by}.`;
    case "withdrawn":
      return `${plan} was withdrawn, because the account changed. Run the command again to see the new plan.`;
    case "expired":
      return `${plan} expired: nobody decided within 5 minutes, or the approval was not used. Tell the agent to make the call again.`;
    case "waiting":
      return `${plan} cannot be shown: it holds a part of a secret, or cannot be searched for one.`;
  }
}
