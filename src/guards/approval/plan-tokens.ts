import type { SingleUse } from "./ask-person.ts";
import { createSignedTokens, defaultTokenOptions, type TokenOptions } from "./signed-tokens.ts";

/**
 * Tokens for the level `two-step`: the answer of the first call contains one with the plan, and the second call returns it. Such
 * a token proves that the plan was shown, not that a person approved it.
 */
export interface PlanTokens {
  /** A token for the plan with this binding. */
  issue(binding: string): string;
  /** The use of the token by one call; or why the token is not valid for this plan. */
  check(token: string, binding: string): SingleUse | { readonly rejectionReason: string };
}

const invalidToken = { rejectionReason: "The planToken was not issued by this server." };
const expiredToken = {
  rejectionReason: "The planToken has expired or was already used. It is valid for 5 minutes and for one call.",
};
const mismatchedToken = {
  rejectionReason: "The planToken is for another call, or the account changed after it was issued.",
};

export function createPlanTokens(options: TokenOptions = defaultTokenOptions()): PlanTokens {
  const tokens = createSignedTokens("plan token", options);
  return {
    issue: (binding) => tokens.issue({ binding }),
    check(token, binding) {
      const opened = tokens.open(token);
      if (!opened) return invalidToken;
      if (!opened.isCurrent()) return expiredToken;
      return opened.isFor({ binding }) ? { isLeft: opened.isCurrent, consume: opened.consume } : mismatchedToken;
    },
  };
}
