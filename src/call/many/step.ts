/** Sends one step of a batch, as a call of its own: with its own state, and its own records in the audit. */
import type { BeforeRetry } from "../../aws/attempts.ts";
import type { Aws } from "../../aws/clients.ts";
import { type Failure, isThrottled } from "../../aws/errors/explain.ts";
import type { ClearedCall } from "../../guards/approval/clearance.ts";
import type { Refusal } from "../../guards/refusal.ts";
import type { Tool } from "../../tools/tool.ts";
import { recordEnd } from "../audit-trail.ts";
import type { Approved, CallState, Ended, Outcome } from "../types.ts";

/** How calls are sent and end, as `dispatch` does it. */
export interface Ways {
  send(
    state: CallState,
    tool: Tool,
    cleared: ClearedCall,
    approval: { readonly aws: Pick<Aws, "send">; readonly approved: Approved; readonly beforeRetry: BeforeRetry },
  ): Promise<Ended>;
  failed(state: CallState, error: unknown): Promise<Refusal | Failure>;
  withStanding(state: CallState, ended: Outcome): Outcome;
}

/** The state of a step. `signal` is that of its requests: a step that was sent is not given up. */
export function stepState(state: CallState, signal: AbortSignal): CallState {
  return { ...state, call: { ...state.call, signal }, auditId: undefined, sent: false, receipt: {} };
}

/** The outcome of one attempt, with whether AWS has rejected it for its rate alone. */
export interface Attempt {
  readonly ended: Ended;
  readonly isThrottled: boolean;
}

/**
 * Makes one attempt at a step, and records how it ended, with what AWS did not process of it. `attempt` clears the step, records its
 * intent and sends it.
 */
export async function attemptStep(
  state: CallState,
  ways: Ways,
  unprocessed: () => string,
  attempt: () => Promise<Ended>,
): Promise<Attempt> {
  let throttled = false;
  const ended = await attempt().catch(async (error: unknown) => {
    throttled = isThrottled(error);
    return await ways.failed(state, error);
  });
  await recordEnd(state, ways.withStanding(state, ended), unprocessed());
  return { ended, isThrottled: throttled };
}
