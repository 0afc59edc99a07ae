import { type BeforeRetry, LostAnswerError } from "../aws/attempts.ts";
import { driftRefusal } from "../guards/approval/clearance.ts";
import type { Approval } from "../guards/approval/confirm.ts";
import type { PlanContext } from "../guards/refusal.ts";
import { fingerprint } from "../plans/fingerprint.ts";
import type { Plan } from "../plans/plan.ts";
import { refuseIfSecret } from "./plan-answers.ts";
import { RefusalError } from "./refusal-error.ts";
import type { CallState } from "./types.ts";

/** AWS's answer was lost, and the account is now as the approved plan says. */
export class GoalReachedError extends Error {
  override readonly name = "GoalReachedError";
}

/**
 * Reads the account again before an approved call is sent again, because somebody else may have changed it since the last attempt.
 * The call goes on only if the plan is still the approved one. The credentials cannot have changed: they are fixed for the call.
 */
export function createRetryCheck(
  state: CallState,
  approval: Pick<Approval, "fingerprint">,
  context: PlanContext,
  readPlan: () => Promise<Plan | undefined>,
): BeforeRetry {
  return async (wasLost) => {
    const plan = await readPlan().catch((error: unknown) => {
      if (wasLost) throw new LostAnswerError();
      // AWS has carried out none of the attempts.
      state.sent = false;
      throw error;
    });
    if (plan && fingerprint(plan) === approval.fingerprint) return;
    if (!wasLost) throw new RefusalError(refuseIfSecret(driftRefusal(plan, context), state.services.screen));
    throw plan?.changes.length === 0 ? new GoalReachedError() : new LostAnswerError();
  };
}
