import type { Approver } from "../guards/approval/confirm.ts";
import type { Change, ToolCall } from "../plans/plan.ts";
import type { Effect } from "../tools/tool.ts";

/** What is recorded before a call is sent: enough to know later what may have been done, who approved it, and how to undo it. */
interface AuditIntent {
  readonly tool: string;
  readonly effect: Effect;
  readonly region: string;
  /** The arguments after validation, without their secrets. */
  readonly arguments: object;
  /** Set for a vend whose secrets are shown to the model. */
  readonly revealed?: true;
  /** Set for a gated call. */
  readonly approved?: {
    readonly by: Approver;
    readonly account: string;
    readonly action: string;
    readonly target: { readonly id: string; readonly name?: string | undefined };
    readonly changes: readonly Change[];
    readonly undo?: readonly ToolCall[] | undefined;
    readonly recreate?: object | undefined;
  };
}

/** How a call ended: `unknown` when the answer was lost, `refused` when a guard stopped it after all. */
export interface AuditOutcome {
  readonly outcome: "done" | "failed" | "unknown" | "refused";
  readonly code?: string;
  readonly requestId?: string;
}

/** A call that was not let through. */
interface AuditRejection {
  readonly tool: string;
  readonly effect: Effect;
  readonly reason: string;
}

/** A request or an answer that held a piece of a secret of the server: how many there were, and whether it stopped answering. */
interface AuditScreening {
  readonly hits: number;
  readonly closed: boolean;
}

/** Records every call that is not a read, before it is sent and after it ended. */
export interface AuditWriter {
  /** Resolves, with the call's id in the audit, once the record is on disk. Rejects when it cannot be written. */
  recordIntent(intent: AuditIntent): Promise<string>;
  recordOutcome(call: string, outcome: AuditOutcome): Promise<void>;
  recordRejection(rejection: AuditRejection): Promise<void>;
  recordScreening(screening: AuditScreening): Promise<void>;
}

/** A line of an audit file. `call` ties an outcome to its intent. */
export type AuditRecord =
  | ({ readonly time: string; readonly call: string; readonly record: "intent" } & AuditIntent)
  | ({ readonly time: string; readonly call: string; readonly record: "outcome" } & AuditOutcome)
  | ({ readonly time: string; readonly call: string; readonly record: "refused" } & AuditRejection)
  | ({ readonly time: string; readonly call: string; readonly record: "screened" } & AuditScreening);
