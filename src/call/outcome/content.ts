/** An outcome as the one JSON object that a client gets. */
import type { ShownPlan } from "../../guards/refusal.ts";
import type { Outcome } from "../types.ts";
import { shortPlan } from "./short-answers.ts";

export function contentOf(outcome: Outcome): object {
  switch (outcome.kind) {
    case "success":
      return outcome.content;
    case "refusal": {
      const { reason, next, plan, planToken } = outcome;
      return {
        refused: reason,
        next,
        ...(plan && { plan: shownPlanOf(plan) }),
        ...(planToken !== undefined && { planToken }),
      };
    }
    case "question":
      return contentOf(outcome.refusal);
    case "failure": {
      const { message, hint, aws, code, requestId, logins = [], unknown } = outcome;
      return {
        failed: message,
        ...(aws !== undefined && { aws }),
        ...(logins.length > 0 && { logins }),
        next: hint,
        code,
        ...(requestId !== undefined && { requestId }),
        ...(unknown && { outcome: "unknown" }),
      };
    }
  }
}

/** A plan for several pools names each of them once, in its groups. */
function shownPlanOf(shown: ShownPlan): object {
  const { target: _, changes: __, ...plan } = shown;
  return plan.groups ? plan : shortPlan(shown);
}
