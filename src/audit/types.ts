import type { Approver } from "../guards/approval/confirm.ts";
import type { Change, ToolCall } from "../plans/plan.ts";
import type { Effect } from "../tools/tool.ts";

/** What is kept of a call before it is sent: enough to know later what may have been done, at whose word, and the way back. */
export interface Intent {
  readonly tool: string;
  readonly effect: Effect;
  readonly region: string;
  /** The arguments after validation, their secrets taken out. */
  readonly arguments: object;
  /** Of a vend whose secrets are shown to the model. */
  readonly revealed?: true;
  /** Of a gated call. */
  readonly approved?: {
    readonly by: Approver;
    readonly account: string;
    readonly action: string;
    readonly target: { readonly id: string; readonly name?: string | undefined };
    readonly changes: readonly Change[];
    readonly undo?: readonly ToolCall[] | undefined;
    readonly kept?: object | undefined;
  };
}

/** How a call ended: `unknown` when the answer was lost, `refused` when a guard stopped it after all. */
export interface Ending {
  readonly outcome: "done" | "failed" | "unknown" | "refused";
  readonly code?: string;
  readonly requestId?: string;
}

/** A call that was not let through. */
export interface Turned {
  readonly tool: string;
  readonly effect: Effect;
  readonly reason: string;
}

/** One record before and one after every call that is not a read. */
export interface Audit {
  /** Resolves, with the call's number in the audit, once the record is on disk. Rejects when it cannot be. */
  intent(intent: Intent): Promise<string>;
  ending(call: string, ending: Ending): Promise<void>;
  refused(turned: Turned): Promise<void>;
}
