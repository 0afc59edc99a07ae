/** Answers in which a call ends before anything is sent. */
import { planText } from "../guards/approval/plan-text.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import { type PlanContext, type Refusal, refuse, showPlan } from "../guards/refusal.ts";
import { type Screen, screenRefusals } from "../guards/screen.ts";
import type { Plan } from "../plans/plan.ts";
import type { Tool } from "../tools/tool.ts";
import { canonicalJson } from "../util/json.ts";
import type { Success } from "./types.ts";

/**
 * Refuses a plan that holds a piece of a secret of the server, and one of which redaction would hide a part that a person must see
 * to say yes: everything but the old values.
 */
export function refuseIfRedacted(plan: Plan, { redactor, screen }: { redactor: Redactor; screen: Screen }) {
  const { action, target, into, changes, notes, confirmation, undo, recreate, groups = [], already } = plan;
  const shown = { action, target, into, changes, notes, confirmation, undo, recreate, groups, already };
  const refusal = screen.refusalFor(shown);
  if (refusal) return refusal;
  const needed = {
    action,
    target,
    into,
    effect: changes.map(({ path, after }) => ({ path, after })),
    notes,
    confirmation,
    groups: groups.map((group) => ({
      effect: group.changes.map(({ path, after }) => ({ path, after })),
      notes: group.notes,
      pools: group.pools.map(({ id, name }) => ({ id, name })),
    })),
    already,
  };
  if (canonicalJson(redactor.redactDeep(needed)) === canonicalJson(needed)) return undefined;
  return refuse(
    "The change contains text that looks like a secret, so it cannot be shown to a person. Nothing was changed.",
    "Remove the text from the call. If the pool contains it already, change the pool outside of this server.",
  );
}

/**
 * The refusal of a plan whose text as a whole holds a piece of a secret, or cannot be searched, though each part of it passes. A caller can
 * split a guess over neighbouring parts, so a piece that is found counts as a hit. A person must not be asked about a text that they do not
 * get to see.
 */
export function refuseIfUnreadable(plan: Plan, context: PlanContext, screen: Screen): Refusal | undefined {
  const reason = screen.reasonAgainst(planText(showPlan(plan, context)));
  if (reason !== "unreadable") return reason && screenRefusals[reason];
  return refuse(
    "The plan cannot be shown to a person: as a whole it can be read in more ways than are searched for secrets. Nothing was changed.",
    "Make a smaller change: fewer members, entries or ids in one call. If the account contains the text already, change it outside of this server.",
  );
}

/** The refusal, or the one for a secret if its plan holds a piece of one. */
export function refuseIfSecret(refusal: Refusal, screen: Screen): Refusal {
  return screen.refusalFor(refusal) ?? refusal;
}

export function tooManyVended(): Refusal {
  return refuse(
    "This server already keeps about 1,000 secrets that have not expired, so it requests no more from AWS.",
    "Use a handle that is still valid, or call again when earlier credentials have expired.",
  );
}

/** The answer to a call that would change nothing. */
export function unchangedAnswer(tool: Tool, { facts: notes = [], unchanged }: Plan): Success {
  const clear = "remove" in tool.input.shape ? " Updates add to maps and lists. To take entries out, use remove." : "";
  return {
    kind: "success",
    content: {
      unchanged: unchanged ?? `The account is already as requested, so nothing was sent.${clear}`,
      ...(notes.length > 0 && { notes }),
    },
  };
}
