import { createPlanTokens } from "../guards/approval/plan-tokens.ts";
import { createIdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import type { Session } from "./types.ts";

/** The state of a client that connects now. Plan tokens of one session are not accepted in another. */
export function createSession(): Session {
  return { planTokens: createPlanTokens(), identityPools: createIdentityPoolIndex() };
}
