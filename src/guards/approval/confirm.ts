/** Decides whether a gated call may run: it needs the approval that its level requires; otherwise it is refused with its plan. */
import { digest, fingerprint } from "../../plans/fingerprint.ts";
import type { Plan } from "../../plans/plan.ts";
import type { Level } from "../policy.ts";
import { type PlanContext, type Refusal, refuse, showPlan } from "../refusal.ts";
import type { Question } from "./ask-by-return.ts";
import { askPerson, type PersonRequest, type SingleUse, singleUse } from "./ask-person.ts";
import type { PlanTokens } from "./plan-tokens.ts";
import type { DecidedBy } from "./queue.ts";

/** Who can approve, and what the approval is bound to. */
export interface ConfirmRequest extends Omit<PersonRequest, "level"> {
  readonly level: Level;
  /** The token that came with the call, at level `two-step`. */
  readonly planToken: unknown;
  readonly planTokens: PlanTokens;
}

/** By whom or what a plan was approved. */
export type Approver = DecidedBy | "plan token" | "policy (level off)";

declare const approved: unique symbol;

/** The approval of one plan. Only this module makes one. */
export interface Approval {
  readonly [approved]: true;
  readonly kind: "approval";
  readonly by: Approver;
  readonly fingerprint: string;
  /** Whose AWS credentials the approved call is signed with, as in `PlanContext`. */
  readonly caller: string;
  readonly use: SingleUse;
}

/** Gets the approval that the level requires, or the question with which to get it. Anything but a clear yes is a refusal with the plan. */
export async function confirm(plan: Plan, request: ConfirmRequest): Promise<Approval | Refusal | Question> {
  const { tool, input, context, level } = request;
  const shown = fingerprint(plan);
  switch (level) {
    case "off":
      return approve("policy (level off)", shown, context, singleUse());
    case "two-step":
      return confirmInTwoSteps(
        plan,
        request,
        shown,
        digest({ tool, input, region: context.region, caller: context.caller, shown }),
      );
    case "human":
    case "passkey": {
      const answer = await askPerson(plan, { ...request, level });
      return answer.kind === "yes" ? approve(answer.by, shown, context, answer.use) : answer;
    }
    case "deny":
      // A denied tool is refused before its plan is made. This line only makes the function safe on its own.
      return refuse(
        "The operator has denied this. Nothing was changed.",
        "The operator can change this rule where it is set: --policy, COGNITO_IDENTITY_MCP_POLICY or the policy file.",
      );
  }
}

/**
 * The approval for the plan as it is now. Where the operator's policy approves, nobody decided on a plan: what others have changed since is no
 * reason to refuse, and the change is made to what is there. Any other approval is for its own plan alone.
 */
export function forLatest(approval: Approval, latest: Plan): Approval {
  const now = fingerprint(latest);
  return approval.by !== "policy (level off)" || approval.fingerprint === now
    ? approval
    : { ...approval, fingerprint: now };
}

function confirmInTwoSteps(plan: Plan, request: ConfirmRequest, shown: string, binding: string): Approval | Refusal {
  const { context, planToken, planTokens } = request;
  let reason = "This tool requires two calls: the first one shows the plan.";
  if (typeof planToken === "string") {
    const checked = planTokens.check(planToken, binding);
    if ("consume" in checked) return approve("plan token", shown, context, checked);
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

function approve(by: Approver, shown: string, { caller }: PlanContext, use: SingleUse): Approval {
  return { kind: "approval", by, fingerprint: shown, caller, use } as Approval;
}
