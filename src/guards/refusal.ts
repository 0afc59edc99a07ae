import type { Change, ChangeGroup, Named, Plan } from "../plans/plan.ts";

/** A call that a guard refused, the reason, and what to do next. The call changed nothing. */
export interface Refusal {
  readonly kind: "refusal";
  readonly reason: string;
  readonly next: string;
  readonly plan?: ShownPlan;
  /** At level `two-step`: the token that the second call must contain. */
  readonly planToken?: string;
}

/** Why an approval or an answer is void when the plan is made again and differs. */
export const DRIFTED =
  "The account changed after the plan was shown, or other AWS credentials are in use now. The approval no longer applies, and this call changed nothing.";

/** Where a plan would be carried out, and with whose credentials. */
export interface PlanContext {
  readonly region: string;
  /** The account or access key of the AWS credentials: equal for equal accounts. */
  readonly caller: string;
  /** The same in words, for people. */
  readonly account: string;
}

/** A plan as a client sees it: without the request, which may hold secrets. */
export interface ShownPlan {
  readonly action: string;
  readonly target: Named;
  readonly into?: Named | undefined;
  readonly region: string;
  readonly account: string;
  readonly reversible: boolean;
  readonly notes: readonly string[];
  readonly changes: readonly Change[];
  /** Set for several pools: the same changes by pools. */
  readonly groups?: readonly ChangeGroup[] | undefined;
  readonly already?: readonly Named[] | undefined;
}

export function refuse(reason: string, next: string, plan?: ShownPlan): Refusal {
  return { kind: "refusal", reason, next, ...(plan && { plan }) };
}

export function showPlan(
  { action, target, into, reversible, notes, changes, groups, already }: Plan,
  { region, account }: PlanContext,
): ShownPlan {
  return {
    action,
    target,
    ...(into && { into }),
    region,
    account,
    reversible,
    notes,
    // The groups have them.
    changes: groups ? [] : changes,
    ...(groups && { groups }),
    ...(already && { already }),
  };
}
