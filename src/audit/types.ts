import type { Approver } from "../guards/approval/confirm.ts";
import type { PasskeyEvidence } from "../guards/approval/passkey-proof.ts";
import type { DecidedBy, PlanSubject } from "../guards/approval/queue.ts";
import type { Change, ToolCall } from "../plans/plan.ts";
import type { Effect } from "../tools/tool.ts";

/** The record before a call is sent: what may be changed, how it was approved, and how to undo it. */
export interface AuditIntent {
  readonly tool: string;
  readonly effect: Effect;
  readonly region: string;
  /** The validated arguments, without secrets. */
  readonly arguments: object;
  /** Set if the vended secrets are shown to the model. */
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
  /** Set for a call that is carried out in steps, each of which has its own records. */
  readonly batch?: AuditBatch;
  /** Set for a step of such a call. */
  readonly step?: AuditStep;
}

/** How many pools or identities the call is for; for identities also SHA-256 of their list, and the file beside the audit that has it. */
interface AuditBatch {
  readonly count: number;
  readonly digest?: string;
  readonly file?: string;
}

/** The call that the step belongs to, and the lines of its file, such as `1-60,62`, where it has one. */
export interface AuditStep {
  readonly of: string;
  readonly lines?: string;
}

/** The outcome of a call. `unknown`: the answer was lost. `refused`: a guard stopped the call after the intent was recorded. */
export interface AuditOutcome {
  readonly outcome: "done" | "failed" | "unknown" | "refused";
  readonly code?: string;
  readonly requestId?: string;
  /** For a step: the lines that AWS did not process. */
  readonly unprocessed?: string;
  /** For a call that was carried out in steps: how many pools or identities had which end. */
  readonly counts?: Readonly<Record<string, number>>;
}

/** A call that was not sent: it was refused, or it was answered with a question to a person. */
interface AuditUnsent {
  readonly tool: string;
  readonly effect: Effect;
  readonly reason: string;
  /** What the call was for, if its arguments were valid and name it. */
  readonly target?: AuditTarget;
}

/** What a call is for: an identity, a pool or an ARN, several ids with commas between them, or only the name of a new pool. */
export interface AuditTarget {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** A request or an answer that held a piece of a secret of the server: how many there were, and whether it stopped answering. */
interface AuditScreening {
  readonly hits: number;
  readonly closed: boolean;
}

/** A decision of a person on a plan; or an answer that decided nothing, such as one under a wrong code, with the reason. */
type AuditDecision =
  | (PlanSubject & {
      readonly decision: "approved" | "rejected";
      readonly by: DecidedBy;
      /** The digest of the plan, as the evidence names it. */
      readonly plan?: string;
      /** Set if a passkey approved the plan. */
      readonly passkey?: PasskeyEvidence;
    })
  | { readonly decision: "none"; readonly reason: string };
/** Connections to the channel of the person that were rejected since the last such record, and why the last one was. */
interface AuditChannelRejections {
  readonly reason: string;
  readonly count: number;
}

/** Records calls that are not reads: each that is sent, before it is sent and after it ended, and each that is not sent. */
export interface AuditWriter {
  /** Resolves to the call's id in the audit when the record is on disk. Rejects if it cannot be written. */
  recordIntent(intent: AuditIntent): Promise<string>;
  /**
   * The same for a batch of identities, after their list, one id on a line, is on disk in a file beside the audit that only this user
   * can read. `intent.batch` gets the name of the file.
   */
  recordBatch(intent: AuditIntent & { readonly batch: AuditBatch }, ids: Iterable<string>): Promise<string>;
  recordOutcome(call: string, outcome: AuditOutcome): Promise<void>;
  recordRejection(call: AuditUnsent): Promise<void>;
  /** A call that was answered with a question. The call that brings the answer has its own records. */
  recordQuestion(call: AuditUnsent): Promise<void>;
  recordScreening(screening: AuditScreening): Promise<void>;
  recordDecision(decision: AuditDecision): Promise<void>;
  recordChannelRejections(rejections: AuditChannelRejections): Promise<void>;
}

/** A line of an audit file. `call` links an outcome to its intent. */
export type AuditRecord =
  | ({ readonly time: string; readonly call: string; readonly record: "intent" } & AuditIntent)
  | ({ readonly time: string; readonly call: string; readonly record: "outcome" } & AuditOutcome)
  | ({ readonly time: string; readonly call: string; readonly record: "refused" | "question" } & AuditUnsent)
  | ({ readonly time: string; readonly call: string; readonly record: "screened" } & AuditScreening)
  | ({ readonly time: string; readonly call: string; readonly record: "decision" } & AuditDecision)
  | ({ readonly time: string; readonly call: string; readonly record: "rejected" } & AuditChannelRejections);
