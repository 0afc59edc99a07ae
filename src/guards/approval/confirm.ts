/** Whether a gated call may run: the approval that the operator's level demands is there, or the call is refused with its plan. */
import { digest, fingerprint } from "../../plans/fingerprint.ts";
import type { Confirmation, Plan } from "../../plans/plan.ts";
import { withoutDirectionMarks } from "../../util/visible-text.ts";
import type { Level } from "../policy.ts";
import { type PlanContext, type Refusal, refuse, showPlan } from "../refusal.ts";
import { fitsForm, MAX_FORM_LINES } from "./form-limit.ts";
import { planText } from "./plan-text.ts";
import type { PlanTokens } from "./plan-tokens.ts";

/** A question for a person. `text` is shown as it is; `confirmation` says what counts as yes. */
export interface ApprovalQuestion {
  readonly text: string;
  readonly confirmation: Confirmation;
}

/** The answer to a form. Only `accept` with the right content is a yes. */
export type ElicitationAnswer =
  | { readonly action: "accept"; readonly content: unknown }
  | { readonly action: "decline" | "cancel" }
  | { readonly action: "none"; readonly why: string };

/** Asks a person, and waits for the answer. */
export interface Prompter {
  /** Where the person is: at the client, in a form that holds a short plan only, unless it says otherwise. */
  readonly at?: "terminal";
  prompt(question: ApprovalQuestion): Promise<ElicitationAnswer>;
}

/** Plans that a person at this machine answers later: not during this call, but before the same call is made again. */
export interface PendingApprovals {
  /** Whether the plan with this binding was approved, and not yet carried out. */
  isApproved(binding: string): boolean;
  /** Uses the approval up, for good; false when there is none, or none any more. */
  consume(binding: string): boolean;
  /** Lets the plan wait for an answer. Gives the command with which a person answers it; undefined where nobody can. */
  enqueue(
    binding: string,
    question: ApprovalQuestion,
    rejectionReason: (answer: string) => string | undefined,
  ): Promise<string | undefined>;
}

/** Who can be asked, and what an approval is bound to. */
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
export type Approver = "person at the client" | "person at a terminal" | "plan token" | "policy";

declare const approved: unique symbol;

/** A yes to one plan. Only this module makes one. */
export interface Approval {
  readonly [approved]: true;
  readonly kind: "approval";
  readonly by: Approver;
  readonly fingerprint: string;
  /** Uses the approval up; false when it was used up already. */
  readonly consume: () => boolean;
}

/** The field of the form that carries the answer. */
export const ANSWER_FIELD = "answer";

/** Asks for what the operator's level for the tool demands. Anything but a plain yes is a refusal, with the plan. */
export async function confirm(plan: Plan, request: ConfirmRequest): Promise<Approval | Refusal> {
  const { tool, input, context, level } = request;
  const shown = fingerprint(plan);
  const binding = digest({ tool, input, region: context.region, caller: context.caller, shown });
  switch (level) {
    case "off":
      return approve("policy", shown, onlyOnce());
    case "two-step":
      return confirmInTwoSteps(plan, request, shown, binding);
    case "human":
      return await confirmByPerson(plan, request, shown, binding);
    case "deny":
      // A denied tool is refused before its plan is made: should it come this far, nobody is asked.
      return refuse("The operator has denied this. Nothing was changed.", "The operator can change the rule for it.");
  }
}

function confirmInTwoSteps(plan: Plan, request: ConfirmRequest, shown: string, binding: string): Approval | Refusal {
  const { context, planToken, planTokens } = request;
  let reason = "This takes two calls: the first shows the plan.";
  if (typeof planToken === "string") {
    const checked = planTokens.check(planToken, binding);
    if ("consume" in checked) return approve("plan token", shown, checked.consume);
    reason = checked.rejectionReason;
  }
  return {
    ...refuse(
      `${reason} Nothing was changed.`,
      "Read the plan. If it is what was asked for, make the same call with planToken added, within 5 minutes. That proves that the plan was shown, not that a person agreed: ask the person where they would want to be asked.",
      showPlan(plan, context),
    ),
    planToken: planTokens.issue(binding),
  };
}

/** The person at the client, or else somebody at a terminal. */
async function confirmByPerson(
  plan: Plan,
  { context, prompter, pendingApprovals }: ConfirmRequest,
  shown: string,
  binding: string,
): Promise<Approval | Refusal> {
  if (pendingApprovals?.isApproved(binding))
    return approve("person at a terminal", shown, () => pendingApprovals.consume(binding));
  const { confirmation } = plan;
  const question = { text: planText(showPlan(plan, context)), confirmation };
  const tooLong = prompter?.at === undefined && !fitsForm(question.text);
  let reason = "A person must approve this, and this client cannot show a form.";
  if (prompter && tooLong)
    reason = `The plan is too long for a form, which shows at most ${MAX_FORM_LINES} lines, so nobody was asked in one.`;
  else if (prompter) {
    const rejection = rejectionReason(await prompter.prompt(question), confirmation);
    if (rejection === undefined)
      return approve(prompter.at === undefined ? "person at the client" : "person at a terminal", shown, onlyOnce());
    reason = rejection;
  }
  // A no may come from the client and not from a person: some hosts decline without showing anything.
  const command = await pendingApprovals?.enqueue(binding, question, (typed) => textRejection(typed, confirmation));
  const next =
    command === undefined
      ? `Show the plan to the person. ${tooLong ? SMALLER_CHANGE : "A client that supports MCP form elicitation can ask for the approval."}`
      : `Show the plan to the person. They can approve it at a terminal of this machine with: ${command}. After the approval, make the same call again, unchanged; it works once. Do not repeat it before.`;
  return refuse(`${reason} Nothing was changed.`, next, showPlan(plan, context));
}

/** What to do with a plan that neither a form nor a terminal can show. */
const SMALLER_CHANGE =
  "Make a smaller change: fewer members, entries or ids in one call. A person can also make this one with the command `call` at a terminal.";

function approve(by: Approver, shown: string, consume: () => boolean): Approval {
  return { kind: "approval", by, fingerprint: shown, consume } as Approval;
}

function onlyOnce(): () => boolean {
  let consumed = false;
  return () => {
    const first = !consumed;
    consumed = true;
    return first;
  };
}

/** Why an answer is no yes, or undefined when it is one. */
function rejectionReason(answer: ElicitationAnswer, confirmation: Confirmation): string | undefined {
  switch (answer.action) {
    case "decline":
      return "The answer was no.";
    case "cancel":
      return "The question was dismissed without an answer.";
    case "none":
      return `The question got no answer: ${answer.why}.`;
    case "accept": {
      const typed = answerIn(answer.content);
      return typed === undefined
        ? "The form came back without the answer it asked for."
        : textRejection(typed, confirmation);
    }
  }
}

function textRejection(typed: string, confirmation: Confirmation): string | undefined {
  const answer = withoutDirectionMarks(typed).trim();
  if (confirmation.by === "choice") return answer === "yes" ? undefined : "The answer was not yes.";
  // The text is shown in quotes, and a person may copy them with it. The expected text itself contains none.
  return answer.replace(/^"(.*)"$/, "$1") === confirmation.expected ? undefined : "The typed text does not match.";
}

/** The answer in a form's content that holds nothing else: hosts pass on whatever content came, valid or not. */
function answerIn(content: unknown): string | undefined {
  if (typeof content !== "object" || content === null || Object.keys(content).length !== 1) return undefined;
  const answer = Object.getOwnPropertyDescriptor(content, ANSWER_FIELD)?.value;
  return typeof answer === "string" ? answer : undefined;
}
