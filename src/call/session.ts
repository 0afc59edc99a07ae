import { createPlanTokens } from "../guards/approval/plan-tokens.ts";
import { createRequestStates } from "../guards/approval/request-states.ts";
import { defaultTokenOptions } from "../guards/approval/signed-tokens.ts";
import { createIdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import { fingerprint } from "../plans/fingerprint.ts";
import type { Plan } from "../plans/plan.ts";
import { createJobTable } from "./jobs/table.ts";
import type { Session } from "./types.ts";

/** Plans of a client that are remembered as shown: as many as may wait for a person. */
const MAX_SHOWN = 32;

/** Creates the state of one client. Plan tokens and request states of one session are not accepted in another. */
export function createSession(): Session {
  const options = defaultTokenOptions();
  return {
    planTokens: createPlanTokens(options),
    requestStates: createRequestStates(options),
    identityPools: createIdentityPoolIndex(),
    shownPlans: new Set(),
    jobs: createJobTable(),
  };
}

/** Remembers that the client has the plan from an answer. The oldest is forgotten first. */
export function rememberShown(plan: Plan, { shownPlans }: Session): void {
  shownPlans.add(fingerprint(plan));
  const [oldest] = shownPlans;
  if (shownPlans.size > MAX_SHOWN && oldest !== undefined) shownPlans.delete(oldest);
}
