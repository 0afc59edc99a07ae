/** The queue as the command `approve` sees and answers it. */
import { type ApprovalQuestion, readTyped } from "../guards/approval/question.ts";
import {
  type ApprovalQueue,
  type DecisionLevel,
  type PlanState,
  questionOf,
  withDetails,
} from "../guards/approval/queue.ts";

/** A plan that waits for a decision. */
export interface PendingPlan {
  /** The four characters with which a person selects the plan. */
  readonly code: string;
  /** What an approval is bound to. Unique. */
  readonly binding: string;
  /** The id of what would be changed. Absent in the answer of an older server. */
  readonly target?: string;
  /** What a yes takes. Absent in the answer of an older server. */
  readonly level?: DecisionLevel;
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
  readonly queue: ApprovalQueue;
  /** Whether a terminal decides on plans. Otherwise it only shows them. */
  readonly decides?: boolean;
  readonly isReadable: (plan: unknown) => boolean;
  readonly onInvalidAnswer: (reason: string) => void;
}

/** A plan that is not readable is not shown. */
export function createTerminalView({ queue, decides = true, isReadable, onInvalidAnswer }: Options): TerminalView {
  function waiting(): PendingPlan[] {
    return queue
      .waiting()
      .map((plan) => ({
        code: plan.code,
        binding: plan.binding,
        target: plan.about.target.id,
        level: plan.level,
        ...withDetails({ ...plan, question: questionOf(plan) }),
      }))
      .filter(isReadable);
  }

  function invalid(reason: string): TerminalAnswer {
    onInvalidAnswer(reason);
    return { result: "gone", outcome: `${reason} Nothing was approved.` };
  }

  return {
    waiting,
    whyGone(code) {
      const state = queue.stateOf(code);
      if (state === undefined || state.is === "waiting") return undefined;
      const reason = sentenceOf(code, state);
      onInvalidAnswer(reason);
      return reason;
    },
    answer(code, binding, said) {
      const plan = waiting().find((one) => one.code === code);
      if (!plan) {
        const state = queue.stateOf(code);
        return invalid(state ? sentenceOf(code, state) : noPlanUnder(code));
      }
      if (plan.binding !== binding)
        return invalid(`The code ${code} now belongs to another plan than the one that was shown.`);
      if (!decides) return invalid("The operator has turned decisions at a terminal off (--ask). Use approve --page.");
      const reading = readTyped(said, plan.confirmation);
      if (reading.answer === "unclear") return { result: "unclear", outcome: reading.why };
      const isWaitedFor = queue.waiting().some((one) => one.binding === binding && one.waitingCalls > 0);
      const approved = reading.answer === "yes";
      if (approved && plan.level === "passkey")
        return invalid(`The plan with the code ${code} takes a passkey, which only the approval page takes.`);
      if (!queue.decide(binding, approved, "a person, at a terminal"))
        return invalid(`The plan with the code ${code} was decided elsewhere meanwhile.`);
      if (!approved)
        return {
          result: "rejected",
          outcome:
            "Rejected. Nothing was changed. For 5 minutes, every call that would make the same change is refused without asking.",
        };
      return {
        result: "approved",
        outcome: isWaitedFor
          ? "Approved. The agent's call was waiting for this, and goes on now, if the account has not changed."
          : `Approved. Nothing was sent yet: tell the agent to make the same call again within ${minutesLeft(queue, binding)}. The approval is valid for one call.`,
      };
    },
  };
}

/** For how long an approval is valid, in whole minutes. */
function minutesLeft(queue: ApprovalQueue, binding: string): string {
  const minutes = Math.max(1, Math.floor(queue.approvedFor(binding) / 60_000));
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
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
      return `${plan} was withdrawn, because the account changed. If the agent has made the call again, run the command again to see the new plan.`;
    case "expired":
      return `${plan} expired: nobody decided within 5 minutes, or the approval was not used. Tell the agent to make the call again.`;
    case "waiting":
      return `${plan} cannot be shown: it holds a part of a secret, or cannot be searched for one.`;
  }
}
