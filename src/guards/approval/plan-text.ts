import type { Change } from "../../plans/plan.ts";
import { escapeInvisible, quote } from "../../util/visible-text.ts";
import type { ShownPlan } from "../refusal.ts";

/** The maximum number of changes that a form shows. The answer of the call contains the whole plan. */
const MAX_LINES = 12;

/** The plan as a person reads it in a narrow form, the most severe changes first. */
export function planText({ action, target, region, account, changes, notes, reversible }: ShownPlan): string {
  const name = target.name === undefined ? "" : ` ${quote(target.name)}`;
  const lines = [...changes].sort((a, b) => severity(b) - severity(a)).map(line);
  const more = lines.length - MAX_LINES;
  return [
    `${action}${name} (${escapeInvisible(target.id)}) in ${region}, ${account}.${reversible ? "" : " This cannot be undone."}`,
    ...notes,
    ...lines.slice(0, MAX_LINES),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join("\n");
}

/** Removals before replacements before additions. */
function severity(change: Change): number {
  if (!("after" in change)) return 2;
  return "before" in change ? 1 : 0;
}

function line(change: Change): string {
  const path = quote(change.path).slice(1, -1);
  if (!("after" in change)) return `- ${path}: ${value(change.before)}`;
  if (!("before" in change)) return `+ ${path}: ${value(change.after)}`;
  return `~ ${path}: ${value(change.before)} → ${value(change.after)}`;
}

function value(part: unknown): string {
  return typeof part === "string" ? quote(part) : quote(JSON.stringify(part)).slice(1, -1).replaceAll('\\"', '"');
}
