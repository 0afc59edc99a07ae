/** Records a call in the audit: its intent before it is sent, and its outcome. */
import { targetIn } from "../audit/target.ts";
import type { AuditOutcome, AuditTarget } from "../audit/types.ts";
import type { Refusal } from "../guards/refusal.ts";
import { readArguments } from "../tools/arguments.ts";
import type { Fields } from "../util/json.ts";
import { REDACTED } from "../util/redacted.ts";
import { undoFor } from "./response.ts";
import { hideTokens } from "./tokens.ts";
import type { Approved, CallState, Outcome } from "./types.ts";

/** Writes the intent to disk before AWS is called, so that every attempt is recorded. Rejects if it cannot be written. */
export async function recordIntent(
  state: CallState,
  input: Fields,
  region: string,
  approved?: Approved,
): Promise<void> {
  const { tool, services } = state;
  if (tool.effect === "read") return;
  state.auditId = await services.audit?.recordIntent({
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
        ...undoFor(approved.plan, services),
      },
    }),
  });
}

/** Records the outcome of the call, or the reason of the refusal if no intent was recorded. */
export async function recordEnd(state: CallState, outcome: Outcome): Promise<void> {
  const { tool, services, auditId } = state;
  const { audit } = services;
  if (tool.effect === "read") return;
  if (auditId !== undefined) await audit?.recordOutcome(auditId, auditOutcome(outcome));
  else if (outcome.kind === "refusal")
    await audit?.recordRejection({
      tool: tool.name,
      effect: tool.effect,
      reason: outcome.reason,
      ...targetOf(state, outcome),
    });
}

/** What a refused call was for: the target of its plan, or else the ids in its arguments. Other arguments can hold tokens. */
function targetOf({ tool, call }: CallState, refusal: Refusal): { target?: AuditTarget } {
  if (refusal.plan) return { target: refusal.plan.target };
  const read = readArguments(tool, call.arguments);
  const target = "input" in read ? targetIn(read.input) : undefined;
  return target === undefined ? {} : { target };
}

function auditOutcome(outcome: Outcome): AuditOutcome {
  if (outcome.kind === "success") return { outcome: "done" };
  if (outcome.kind === "refusal") return { outcome: "refused" };
  const { code, requestId, unknown } = outcome;
  return { outcome: unknown ? "unknown" : "failed", code, ...(requestId !== undefined && { requestId }) };
}
