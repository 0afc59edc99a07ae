import { createSignedTokens, defaultTokenOptions, type TokenOptions } from "./signed-tokens.ts";

/**
 * What a client carries from a call that was answered with a question to the call that brings the answer. It says which call and
 * which plan the question was about, holds no secret, and is valid for one answer.
 */
export interface RequestStates {
  /** A state for a call, and for the plan that the question shows. It is valid for so many milliseconds, at most 5 minutes. */
  issue(call: string, plan: string, answerWithinMs: number): string;
  /** Undefined if this process did not issue the state, or issued it for another call. */
  open(state: string, call: () => string): RequestState | undefined;
}

/** A state of this process, for the call that brought it. */
export interface RequestState {
  /** Whether the question was about this plan. */
  isFor(plan: string): boolean;
  /** Uses the state up; false if it has expired, or if another call was first. */
  consume(): boolean;
}

export function createRequestStates(options: TokenOptions = defaultTokenOptions()): RequestStates {
  const tokens = createSignedTokens("request state", options);
  return {
    issue: (call, plan, answerWithinMs) => tokens.issue({ call, plan }, answerWithinMs),
    open(state, call) {
      const opened = tokens.open(state);
      if (!opened?.isFor({ call: call() })) return undefined;
      return {
        isFor: (plan) => opened.isFor({ plan }),
        consume: opened.consume,
      };
    },
  };
}
