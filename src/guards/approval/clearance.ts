/**
 * Decides which calls may be sent. Only this module makes a ClearedCall. Except for the read commands of plans and reports
 * (`Aws.reader`), nothing else can be sent: every call passes one of the three gates here, `clearUngated`, `clearUnlinking` or
 * `clearApproved`.
 */
import type { CommandName } from "../../plans/command.ts";
import { fingerprint } from "../../plans/fingerprint.ts";
import type { LinkingFacts } from "../../plans/linking.ts";
import type { Plan } from "../../plans/plan.ts";
import { canLink, type GatedTool, type LinkingTool, type UngatedTool } from "../../tools/tool.ts";
import { type PlanContext, type Refusal, refuse, showPlan } from "../refusal.ts";
import type { Approval } from "./confirm.ts";

declare const cleared: unique symbol;

/** A call that the guards cleared for sending. */
export interface ClearedCall {
  readonly [cleared]: true;
  readonly kind: "cleared";
  readonly command: CommandName;
  readonly effect: string;
  readonly region: string;
  readonly request: object;
}

/** Every cleared request that was not sent yet. It exists because the type alone could be forged with a cast. */
const clearedRequests = new WeakMap<object, CommandName>();

/** Lets through a call of a tool that changes nothing that exists. */
export function clearUngated(tool: UngatedTool, region: string, request: object): ClearedCall {
  // The type says so too, unless somebody casts.
  if (canLink(tool)) throw new TypeError("whether the call links was not checked");
  return seal({ command: tool.command, effect: tool.effect, region, request });
}

/** A call of a tool that can link, to be checked. */
export interface Unchecked {
  readonly tool: LinkingTool;
  readonly region: string;
  /** The arguments with names and references in the place of tokens. */
  readonly input: object;
  /** What would be sent. */
  readonly request: object;
  readonly facts: LinkingFacts;
}

/**
 * Lets through a call that neither links logins nor merges identities, checked here and now. Gives the plan of any other call.
 * `record` is the last precondition.
 */
export async function clearUnlinking(
  { tool, region, input, request, facts }: Unchecked,
  record: () => Promise<void>,
): Promise<ClearedCall | { readonly kind: "needs approval"; readonly plan: Plan }> {
  const plan = await tool.planIfLinking(input, facts);
  if (plan) return { kind: "needs approval", plan };
  await record();
  return seal({ command: tool.command, effect: tool.effect, region, request });
}

/** Whether the guards cleared exactly this request for this command, and it was not sent before. From now on it counts as sent. */
export function consumeClearance(command: string, request: object): boolean {
  return clearedRequests.get(request) === command && clearedRequests.delete(request);
}

/**
 * Clears an approved call if `plan`, which was made right before, is the plan that was approved, and `context` names the same
 * caller. `record` is the last precondition: if it rejects, nothing is cleared, and the approval remains valid.
 */
export async function clearApproved(
  approval: Approval,
  tool: GatedTool | LinkingTool,
  context: PlanContext,
  plan: Plan | undefined,
  record: () => Promise<void>,
): Promise<ClearedCall | Refusal> {
  if (!plan || approval.caller !== context.caller || approval.fingerprint !== fingerprint(plan))
    return driftRefusal(plan, context);
  await record();
  // Last, so that a failed precondition does not consume the approval; before the call, so that a lost response does not allow a repeat.
  if (!approval.consume())
    return refuse(
      "Another call already used the approval. This call changed nothing.",
      "Call again to request a new approval.",
    );
  // A vend that links is tried again as a deletion is: not after a lost answer.
  const effect = tool.effect === "vend" ? "delete" : tool.effect;
  return seal({ command: tool.command, effect, region: context.region, request: plan.request });
}

/** The refusal when the account changed since the plan was shown, with the plan as it is now; none if the call needs none any more. */
export function driftRefusal(plan: Plan | undefined, context: PlanContext): Refusal {
  return refuse(
    "The account changed after the plan was shown, or other AWS credentials are in use now. The approval no longer applies, and this call changed nothing.",
    plan
      ? "Show the new plan to the person, then call again to request approval of it."
      : "Call again: as the account is now, the call needs no approval.",
    plan && showPlan(plan, context),
  );
}

/** The same call with tokens instead of login references: an approved plan contains only the references. */
export function withLogins(call: ClearedCall, Logins: unknown): ClearedCall {
  if (Logins === undefined) return call;
  // Without this check, a call that was never cleared would become cleared here.
  if (!consumeClearance(call.command, call.request)) throw new TypeError("the call is not cleared");
  return seal({ ...call, request: { ...call.request, Logins } });
}

function seal(call: Omit<ClearedCall, typeof cleared | "kind">): ClearedCall {
  // A private copy, so that nobody can change a cleared request.
  const request = structuredClone(call.request);
  clearedRequests.set(request, call.command);
  return { kind: "cleared", ...call, request } as ClearedCall;
}
