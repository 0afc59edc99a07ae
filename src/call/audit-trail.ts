/** Records a call in the audit: its intent before it is sent, and its outcome. */
import { targetIn } from "../audit/target.ts";
import type { AuditIntent, AuditOutcome, AuditStep, AuditTarget } from "../audit/types.ts";
import type { Refusal } from "../guards/refusal.ts";
import { readArguments } from "../tools/arguments.ts";
import type { Fields } from "../util/json.ts";
import { REDACTED } from "../util/redacted.ts";
import { undoFor } from "./response.ts";
import { hideTokens } from "./tokens.ts";
import type { Approved, CallState, Ended, Outcome } from "./types.ts";

/** Writes the intent to disk before AWS is called, so that every attempt is recorded. Rejects if it cannot be written. */
export async function recordIntent(
  state: CallState,
  input: Fields,
  region: string,
  approved?: Approved,
  step?: AuditStep,
): Promise<void> {
  if (state.tool.effect === "read") return;
  state.auditId = await state.services.audit?.recordIntent({
    ...intentOf(state, input, region, approved),
    ...(step && { step }),
  });
}

/** Writes the intent of a call that is carried out in steps, and gives its id in the audit. Of identities, `ids` is the list. */
export async function recordBatch(
  state: CallState,
  input: Fields,
  region: string,
  approved: Approved,
  batch: { readonly count: number; readonly digest?: string },
  ids?: Iterable<string>,
): Promise<string | undefined> {
  const { audit } = state.services;
  const intent = { ...intentOf(state, input, region, approved), batch };
  return await (ids ? audit?.recordBatch(intent, ids) : audit?.recordIntent(intent));
}

/** Records the end of such a call. */
export async function recordBatchEnd(state: CallState, of: string | undefined, outcome: AuditOutcome): Promise<void> {
  if (of !== undefined) await state.services.audit?.recordOutcome(of, outcome);
}

function intentOf(state: CallState, input: Fields, region: string, approved: Approved | undefined): AuditIntent {
  const { tool, services } = state;
  return {
    tool: tool.name,
    effect: tool.effect,
    region,
    arguments: hideTokens(state, input, REDACTED),
    ...(services.reveal && tool.effect === "vend" && { revealed: true }),
    ...(approved && {
      approved: {
        by: approved.by,
        account: approved.account,
        action: approved.plan.action,
        target: approved.plan.target,
        changes: approved.plan.changes,
        ...undoFor(approved.plan),
      },
    }),
  };
}

/** Records the outcome of the call, or, if no intent was recorded, why it was not sent. */
export async function recordEnd(state: CallState, ended: Outcome, unprocessed = ""): Promise<void> {
  const { tool, services, auditId } = state;
  const outcome = ended.kind === "question" ? ended.refusal : ended;
  const { audit } = services;
  if (tool.effect === "read") return;
  if (auditId !== undefined)
    await audit?.recordOutcome(auditId, { ...auditOutcome(outcome), ...(unprocessed !== "" && { unprocessed }) });
  else if (outcome.kind === "refusal") {
    const unsent = { tool: tool.name, effect: tool.effect, reason: outcome.reason, ...targetOf(state, outcome) };
    await (ended.kind === "question" ? audit?.recordQuestion(unsent) : audit?.recordRejection(unsent));
  }
}

/** What a refused call was for: the target of its plan, or else the ids in its arguments. Other arguments can hold tokens. */
function targetOf({ tool, call }: CallState, refusal: Refusal): { target?: AuditTarget } {
  if (refusal.plan) return { target: refusal.plan.target };
  const read = readArguments(tool, call.arguments);
  const target = "input" in read ? targetIn(read.input) : undefined;
  return target === undefined ? {} : { target };
}

function auditOutcome(outcome: Ended): AuditOutcome {
  if (outcome.kind === "success") return { outcome: "done" };
  if (outcome.kind === "refusal") return { outcome: "refused" };
  const { code, requestId, unknown } = outcome;
  return { outcome: unknown ? "unknown" : "failed", code, ...(requestId !== undefined && { requestId }) };
}
