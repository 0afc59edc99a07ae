/** The views of the queue in which a person sees a plan. */
import type { ApprovalQuestion, ElicitationAnswer } from "./question.ts";
import type { ApprovalQueue, DecisionLevel } from "./queue.ts";

/** The forms of one client. */
export interface FormView {
  /** Why no form is opened now, in a sentence; undefined if one can be. */
  unavailable(): string | undefined;
  /** Shows the question until it is answered, `ended` aborts, the call is cancelled or its time is over. Never rejects. */
  open(question: ApprovalQuestion, ended: AbortSignal): Promise<ElicitationAnswer>;
}

/** How the client shows a person the address of the approval page, which has no authority. */
export interface LinkView {
  /** Shows it until `ended` aborts or the call is cancelled. Never rejects. */
  open(address: string, message: string, ended: AbortSignal): Promise<void>;
}

/** Whether a person has the approval page before them; if not, why, in a sentence. */
export interface PageOpening {
  readonly failure?: string | undefined;
  /** Where a person can open it too; undefined if the address alone is not enough. */
  readonly address?: string | undefined;
  /** The command with which a person opens it; undefined while it is open. */
  readonly command?: string | undefined;
}

/** The approval page as a view of the queue. */
export interface PageView {
  /** Whether it is opened for a plan at this level. `inForm`: a form shows the plan. */
  isWanted(level: DecisionLevel, inForm: boolean): boolean;
  /** Opens it in the browser for a plan at this level, unless it is open. Never rejects. */
  open(level: DecisionLevel): Promise<PageOpening>;
}

/** The queue, and the terminal and the page as views of it. */
export interface Approvals {
  readonly queue: ApprovalQueue;
  /** Undefined if there is no browser, or if the operator does not want the page. */
  readonly page?: PageView | undefined;
  /** The command with which a person decides at a terminal, which from now on finds the plan; undefined if none can. */
  terminal(): Promise<string | undefined>;
}

/** Asks a person at the terminal where the call is made, and gives what they type; undefined if they give no answer. */
export type TerminalPrompt = (
  question: ApprovalQuestion,
) => Promise<{ readonly typed: string } | { readonly why: string }>;
