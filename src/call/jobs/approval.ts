/** Gets the approval of a plan, for whoever carries it out. */
import type { Aws } from "../../aws/clients.ts";
import type { Question } from "../../guards/approval/ask-by-return.ts";
import { type Approval, confirm } from "../../guards/approval/confirm.ts";
import type { Slot } from "../../guards/concurrency.ts";
import { approvalLevelOf } from "../../guards/policy.ts";
import type { Refusal } from "../../guards/refusal.ts";
import type { Plan } from "../../plans/plan.ts";
import { canLink } from "../../tools/kinds.ts";
import type { GatedTool, LinkingTool } from "../../tools/tool.ts";
import type { Fields } from "../../util/json.ts";
import { refuseIfRedacted, refuseIfUnreadable } from "../plan-answers.ts";
import type { CallState } from "../types.ts";

/** The call that a plan is for. */
export interface Asked {
  readonly tool: GatedTool | LinkingTool;
  /** The arguments after validation, without the plan token. */
  readonly asked: Fields;
  readonly planToken: unknown;
  readonly region: string;
  readonly slot: Slot;
  /** What a person finds where there is room for it, on the terminal and on the page, in addition to the plan. */
  readonly details?: readonly string[] | undefined;
}

/** The approval that the operator's level requires; or why there is none. */
export async function approvalFor(
  plan: Plan,
  { tool, asked, planToken, region, slot, details }: Asked,
  { call, services, session }: CallState,
): Promise<Approval | Refusal | Question> {
  const hidden = refuseIfRedacted(plan, services);
  if (hidden) return hidden;
  const shownTo = { region, ...(await callerOf(tool, region, services.aws)) };
  const unreadable = refuseIfUnreadable(plan, shownTo, services.screen);
  if (unreadable) return unreadable;
  const request = {
    tool: tool.name,
    input: asked,
    context: shownTo,
    level: approvalLevelOf(tool, services.policy),
    planToken,
    planTokens: session.planTokens,
    effect: tool.effect,
    terminalPrompt: call.terminalPrompt,
    approvals: services.approvals,
    form: call.form,
    link: call.link,
    answerBy: call.answerBy ?? 0,
    signal: call.signal,
    onWait: call.onWait,
    details,
  };
  // A call that waits for a person must not keep other calls from running.
  return await slot.yieldDuring(() => confirm(plan, request));
}

/** AWS with the credentials of this moment; as it is for a call that AWS takes unsigned, where there are none. */
export async function fixedCredentials(tool: GatedTool | LinkingTool, region: string, aws: Aws) {
  const fixed = aws.withFixedCredentials(region);
  return await (canLink(tool) && tool.unsigned ? fixed.catch(() => aws) : fixed);
}

/** Whose credentials sign the call. AWS takes some calls unsigned: where a server has no credentials, nobody's do. */
export async function callerOf(
  tool: GatedTool | LinkingTool,
  region: string,
  aws: Pick<Aws, "caller">,
): ReturnType<Aws["caller"]> {
  if (!canLink(tool) || !tool.unsigned) return await aws.caller(region);
  return await aws
    .caller(region)
    .catch(() => ({ caller: "unsigned", account: "an unknown account (there are no AWS credentials)" }));
}
