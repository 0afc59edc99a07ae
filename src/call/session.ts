import { createPlanTokens } from "../guards/approval/plan-tokens.ts";
import { createIdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import type { Session } from "./types.ts";

/** Creates the state of one client. Plan tokens of one session are not accepted in another. */
export function createSession(): Session {
  return { planTokens: createPlanTokens(), identityPools: createIdentityPoolIndex() };
}
