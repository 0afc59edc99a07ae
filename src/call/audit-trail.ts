/** What the audit is told of a call: what is about to be sent, and what came of it. */

import type { Ending } from "../audit/types.ts";
import { isPlainReference } from "../guards/logins/references.ts";
import { REDACTED } from "../guards/redaction/secret.ts";
import { mapSensitive } from "../tools/sensitive.ts";
import type { Outcome, Run } from "./dispatch.ts";
import { type Approved, takenBack } from "./response.ts";

type Fields = Readonly<Record<string, unknown>>;

/** On disk before AWS is called, so that whatever happens then is known to have been tried. Rejects when it cannot be. */
export async function recordIntent(run: Run, input: Fields, region: string, approved?: Approved): Promise<void> {
  const { tool, house } = run;
  if (tool.effect === "read") return;
  const shown = mapSensitive(tool.input, input, (value) => (isPlainReference(value) ? value : REDACTED));
  run.audited = await house.audit?.intent({
    tool: tool.name,
    effect: tool.effect,
    region,
    arguments: shown as Fields,
    ...(house.reveal && tool.effect === "vend" && { revealed: true }),
    ...(approved && {
      approved: {
        by: approved.by,
        account: approved.account,
        action: approved.plan.action,
        target: approved.plan.target,
        changes: approved.plan.changes,
        ...takenBack(approved.plan, house),
      },
    }),
  });
}

/** Once the call is over, whatever came of it; of one that was not let through, why. */
export async function recordEnd({ tool, house: { audit }, audited }: Run, outcome: Outcome): Promise<void> {
  if (tool.effect === "read") return;
  if (audited !== undefined) await audit?.ending(audited, endingOf(outcome));
  else if (outcome.kind === "refusal")
    await audit?.refused({ tool: tool.name, effect: tool.effect, reason: outcome.reason });
}

function endingOf(outcome: Outcome): Ending {
  if (outcome.kind === "output") return { outcome: "done" };
  if (outcome.kind === "refusal") return { outcome: "refused" };
  const { code, requestId, unknown } = outcome;
  return { outcome: unknown ? "unknown" : "failed", code, ...(requestId !== undefined && { requestId }) };
}
