/** Decides whether a gated call may run: it needs the approval that its level requires; otherwise it is refused with its plan. */
import { digest, fingerprint } from "../../plans/fingerprint.ts";
import type { Confirmation, Plan } from "../../plans/plan.ts";
import { withoutDirectionMarks } from "../../util/visible-text.ts";
import type { Level } from "../policy.ts";
import { type PlanContext, type Refusal, refuse, showPlan } from "../refusal.ts";
import { fitsForm, MAX_FORM_LINES } from "./form-limit.ts";
import { planText } from "./plan-text.ts";
import type { PlanTokens } from "./plan-tokens.ts";

/** A question for a person. `text` is shown unchanged; `confirmation` says which answer approves. */
export interface ApprovalQuestion {
  readonly text: string;
  readonly confirmation: Confirmation;
}

/** The answer to a form. Only `accept` with the right content approves. */
export type ElicitationAnswer =
  | { readonly action: "accept"; readonly content: unknown }
  | { readonly action: "decline" | "cancel" }
  | { readonly action: "none"; readonly why: string };

/** Asks a person, and waits for the answer. */
export interface Prompter {
  /** Where the person is. At the client, in a form that can show only a short plan, if undefined. */
  readonly at?: "terminal";
  prompt(question: ApprovalQuestion): Promise<ElicitationAnswer>;
}

/** Plans that a person approves at a terminal, after this call was refused and before the same call is made again. */
export interface PendingApprovals {
  /** Whether the plan with this binding was approved and not carried out yet. */
  isApproved(binding: string): boolean;
  /** Consumes the approval; false if there is none, or if it was consumed already. */
  consume(binding: string): boolean;
  /**
   * Lets the plan wait for an answer. Gives the command with which a person answers it; "full" if too many plans wait already;
   * undefined if nobody can answer.
   */
  enqueue(
    binding: string,
    question: ApprovalQuestion,
    rejectionReason: (answer: string) => string | undefined,
  ): Promise<{ readonly command: string } | "full" | undefined>;
}

/** Who can approve, and what the approval is bound to. */
export interface ConfirmRequest {
  readonly tool: string;
  /** The arguments after validation. */
  readonly input: object;
  readonly context: PlanContext;
  readonly level: Level;
  /** The token that came with the call, at level `two-step`. */
  readonly planToken: unknown;
  readonly planTokens: PlanTokens;
  readonly prompter: Prompter | undefined;
  readonly pendingApprovals: PendingApprovals | undefined;
}

/** By whom or what a plan was approved. */
export type Approver = "a person, in the client" | "a person, at a terminal" | "plan token" | "policy (level off)";

declare const approved: unique symbol;

/** The approval of one plan. Only this module makes one. */
export interface Approval {
  readonly [approved]: true;
  readonly kind: "approval";
  readonly by: Approver;
  readonly fingerprint: string;
  /** Whose AWS credentials the approved call is signed with, as in `PlanContext`. */
  readonly caller: string;
  /** Consumes the approval; false if it was consumed already. */
  readonly consume: () => boolean;
}

/** The field of the form that carries the answer. */
export const ANSWER_FIELD = "answer";

/** Gets the approval that the level requires. Anything but a clear yes is a refusal with the plan. */
export async function confirm(plan: Plan, request: ConfirmRequest): Promise<Approval | Refusal> {
  const { tool, input, context, level } = request;
  const shown = fingerprint(plan);
  const binding = digest({ tool, input, region: context.region, caller: context.caller, shown });
  switch (level) {
    case "off":
      return approve("policy (level off)", shown, context, onlyOnce());
    case "two-step":
      return confirmInTwoSteps(plan, request, shown, binding);
    case "human":
      return await confirmByPerson(plan, request, shown, binding);
    case "deny":
      // A denied tool is refused before its plan is made. This line only makes the function safe on its own.
      return refuse(
        "The operator has denied this. Nothing was changed.",
        "The operator can change this rule with --policy.",
      );
  }
}

function confirmInTwoSteps(plan: Plan, request: ConfirmRequest, shown: string, binding: string): Approval | Refusal {
  const { context, planToken, planTokens } = request;
  let reason = "This tool requires two calls: the first one shows the plan.";
  if (typeof planToken === "string") {
    const checked = planTokens.check(planToken, binding);
    if ("consume" in checked) return approve("plan token", shown, context, checked.consume);
    reason = checked.rejectionReason;
  }
  return {
    ...refuse(
      `${reason} Nothing was changed.`,
      "Read the plan. If it is what the person requested, make the same call with planToken added, within 5 minutes. The token proves that the plan was shown, not that a person approved it. If the person would want to decide, ask them first.",
      showPlan(plan, context),
    ),
    planToken: planTokens.issue(binding),
  };
}

/** Asks the person at the client, or queues the plan for approval at a terminal. */
async function confirmByPerson(
  plan: Plan,
  { context, prompter, pendingApprovals }: ConfirmRequest,
  shown: string,
  binding: string,
): Promise<Approval | Refusal> {
  if (pendingApprovals?.isApproved(binding))
    return approve("a person, at a terminal", shown, context, () => pendingApprovals.consume(binding));
  const { confirmation } = plan;
  const question = { text: planText(showPlan(plan, context)), confirmation };
  const tooLong = prompter?.at === undefined && !fitsForm(question.text);
  let reason = "A person must approve this, but this client cannot show a form.";
  if (prompter && tooLong)
    reason = `The plan is too long for a form, which shows at most ${MAX_FORM_LINES} lines, so nobody was asked in one.`;
  else if (prompter) {
    const rejection = rejectionReason(await prompter.prompt(question), confirmation);
    if (rejection === undefined)
      return approve(
        prompter.at === undefined ? "a person, in the client" : "a person, at a terminal",
        shown,
        context,
        onlyOnce(),
      );
    reason = rejection;
  }
  // The client may have declined without showing the form, as some hosts do. So the plan can still be approved at a terminal.
  const waiting = await pendingApprovals?.enqueue(binding, question, (typed) => textRejection(typed, confirmation));
  return refuse(`${reason} Nothing was changed.`, nextStep(waiting, tooLong), showPlan(plan, context));
}

/** What to do with a plan that neither a form nor a terminal can show. */
const SMALLER_CHANGE =
  "Make a smaller change: fewer members, entries or ids in one call. A person can also make this one with the command `call` at a terminal.";

function nextStep(waiting: Awaited<ReturnType<PendingApprovals["enqueue"]>>, tooLong: boolean): string {
  if (waiting === undefined)
    return `Show the plan to the person. ${tooLong ? SMALLER_CHANGE : "A client that supports MCP form elicitation can ask for the approval."}`;
  if (waiting === "full")
    return "Too many plans wait for an approval, so this one does not. Ask the person to answer them, and call again later.";
  return `Show the plan to the person. They can approve it at a terminal of this machine with: ${waiting.command}. After the approval, make the same call again with the same arguments. The approval is valid for one call. Do not repeat the call before the person has approved.`;
}

function approve(by: Approver, shown: string, { caller }: PlanContext, consume: () => boolean): Approval {
  return { kind: "approval", by, fingerprint: shown, caller, consume } as Approval;
}

function onlyOnce(): () => boolean {
  let consumed = false;
  return () => {
    const first = !consumed;
    consumed = true;
    return first;
  };
}

/** Why an answer does not approve; undefined if it does. */
function rejectionReason(answer: ElicitationAnswer, confirmation: Confirmation): string | undefined {
  switch (answer.action) {
    case "decline":
      return "The approval was declined.";
    case "cancel":
      return "The approval request was closed without an answer.";
    case "none":
      return `The approval request got no answer: ${answer.why}.`;
    case "accept": {
      const typed = answerIn(answer.content);
      return typed === undefined ? "The form was returned without a valid answer." : textRejection(typed, confirmation);
    }
  }
}

function textRejection(typed: string, confirmation: Confirmation): string | undefined {
  const answer = withoutDirectionMarks(typed).trim();
  if (confirmation.by === "choice") return answer === "yes" ? undefined : "The answer was not yes.";
  // The text is shown in quotes, and a person may copy them with it. The expected text itself contains none.
  return answer.replace(/^"(.*)"$/, "$1") === confirmation.expected ? undefined : "The typed text does not match.";
}

/** The answer, if the form's content contains nothing else: hosts pass on any content, valid or not. */
function answerIn(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Object.keys(content).length !== 1) return undefined;
  const answer = Object.getOwnPropertyDescriptor(content, ANSWER_FIELD)?.value;
  return typeof answer === "string" ? answer : undefined;
}
