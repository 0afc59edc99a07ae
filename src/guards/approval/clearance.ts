/**
 * Decides which calls may be sent. Only this module makes a ClearedCall. Except for the read commands of plans and reports
 * (`Aws.reader`), nothing else can be sent: every call passes one of the three gates here, `clearUngated`, `clearUnlinking` or
 * `clearApproved` or a batch that was opened with `openBatch` or `openSelection`.
 */

import type { IdentitySet } from "../../plans/batches/identity-set.ts";
import { stateOf } from "../../plans/batches/many.ts";
import { stateOfSelection } from "../../plans/batches/selection.ts";
import type { CommandName } from "../../plans/command.ts";
import { fingerprint } from "../../plans/fingerprint.ts";
import type { LinkingFacts } from "../../plans/linking.ts";
import type { Plan } from "../../plans/plan.ts";
import { canLink } from "../../tools/kinds.ts";
import type { GatedTool, LinkingTool, UngatedTool } from "../../tools/tool.ts";
import { canonicalJson } from "../../util/json.ts";
import { DRIFTED, type PlanContext, type Refusal, refuse, showPlan } from "../refusal.ts";
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
  if (!approval.use.consume()) return usedRefusal;
  // A vend that links is tried again as a deletion is: not after a lost answer.
  const effect = tool.effect === "vend" ? "delete" : tool.effect;
  return seal({ command: tool.command, effect, region: context.region, request: plan.request });
}

/**
 * One approval for many requests. It is used up with the first of them, and then lets exactly the approved steps through, each once.
 * `call` names the request to `giveBack`, which lets a step through again that AWS has rejected without processing it.
 */
export interface Batch<Step> {
  /** Clears a step as `clearApproved` does. Refuses one that was not approved, that was let through before, or that has changed. */
  clear(step: Step, context: PlanContext, record: () => Promise<void>): Promise<ClearedCall | Refusal>;
  /** For a request of this batch that AWS certainly has not processed. */
  giveBack(call: ClearedCall): void;
}

/** Opens the approval of a plan for several pools. `steps` are the plans of which it was made. */
export function openBatch(
  approval: Approval,
  tool: GatedTool,
  plan: Plan,
  steps: readonly Plan[],
): Batch<Plan | undefined> {
  checkWhole(approval, plan, stateOf(steps));
  const left = new Set(steps.map(fingerprint));
  return openFor(approval, tool, {
    take(step: Plan | undefined) {
      const print = step && fingerprint(step);
      if (!step || print === undefined || !left.delete(print)) return undefined;
      return { request: step.request, back: () => left.add(print) };
    },
    refusal: driftRefusal,
  });
}

/** Opens the approval of a plan for the identities of a set: a step is the ids of one request. */
export function openSelection(
  approval: Approval,
  tool: GatedTool,
  plan: Plan,
  set: IdentitySet,
): Batch<readonly string[]> {
  checkWhole(approval, plan, stateOfSelection(set));
  const taken = new Uint8Array(set.size);
  return openFor(approval, tool, {
    take(ids: readonly string[]) {
      const places = ids.map((id) => set.placeOf(id));
      const isLeft = places.every((place, at) => place >= 0 && taken[place] === 0 && places.indexOf(place) === at);
      if (!isLeft || ids.length === 0) return undefined;
      const mark = (value: number) => {
        for (const place of places) taken[place] = value;
      };
      mark(1);
      return { request: { IdentityIdsToDelete: [...ids] }, back: () => mark(0) };
    },
    refusal: () =>
      refuse(
        "Some of these identities were not approved, or were sent before. Nothing was sent.",
        "Call again to request approval of a new plan.",
      ),
  });
}

/** Throws unless the approval is for this plan, and the plan for what it is opened for. */
function checkWhole(approval: Approval, plan: Plan, state: object): void {
  if (approval.fingerprint !== fingerprint(plan)) throw new TypeError("the approval is for another plan");
  if (canonicalJson(plan.state) !== canonicalJson(state)) throw new TypeError("the plan is for other steps");
}

interface Permits<Step> {
  /** Takes the permit of the step; undefined if there is none. */
  take(step: Step): { readonly request: object; readonly back: () => void } | undefined;
  refusal(step: Step, context: PlanContext): Refusal;
}

function openFor<Step>(approval: Approval, tool: GatedTool, permits: Permits<Step>): Batch<Step> {
  let isUsed = false;
  const sent = new WeakMap<object, () => void>();
  return {
    async clear(step, context, record) {
      if (approval.caller !== context.caller) return permits.refusal(step, context);
      // Before the record, so that of two at once one is refused. A failed record gives it back.
      const permit = permits.take(step);
      if (!permit) return permits.refusal(step, context);
      try {
        await record();
      } catch (error) {
        permit.back();
        throw error;
      }
      if (!isUsed && !approval.use.consume()) return usedRefusal;
      isUsed = true;
      const call = seal({
        command: tool.command,
        effect: tool.effect,
        region: context.region,
        request: permit.request,
      });
      sent.set(call, permit.back);
      return call;
    },
    giveBack(call) {
      sent.get(call)?.();
      sent.delete(call);
    },
  };
}

const usedRefusal = refuse(
  "Another call already used the approval, or a person rejected the same change meanwhile. This call changed nothing.",
  "Read the state before you call again, which requests a new approval.",
);

/** The refusal of a call whose approval is not left. Worth asking before a read: the change of the other call would look like a drift. */
export function refusalIfUsed({ use }: Approval): Refusal | undefined {
  return use.isLeft() ? undefined : usedRefusal;
}

/** The refusal when the account changed since the plan was shown, with the plan as it is now; none if the call needs none any more. */
export function driftRefusal(plan: Plan | undefined, context: PlanContext): Refusal {
  return refuse(
    DRIFTED,
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
