/** A plan as a person reads it before a yes: every change in full. */
import type { Change, Named } from "../../plans/plan.ts";
import { isRecord } from "../../util/json.ts";
import {
  escapeInvisible,
  isolate,
  isolateQuoted,
  quote,
  quoteUnlessIds,
  quoteUnlessToken,
} from "../../util/visible-text.ts";
import type { ShownPlan } from "../refusal.ts";
import { FORM_COLUMNS, widthOf } from "./form-limit.ts";

/**
 * The plan as text: what is done to what, notes, then the changes, those that grant the most first. Nothing is cut. Every part is
 * escaped here, whatever wrote it: no text of a service or caller begins a line or holds an invisible character.
 */
export function planText({ action, target, into, region, account, changes, notes, reversible }: ShownPlan): string {
  const what = `${sentence(action)}${nameAndId(target)}${into ? ` into developer user${nameAndId(into)}` : ""}`;
  return [
    `${what} in ${sentence(region)}, ${sentence(account)}.${reversible ? "" : " This cannot be undone."}`,
    ...notes.map(sentence),
    ...[...changes].sort(byGrant).flatMap(linesOf),
  ].join("\n");
}

/** On one line, with each text in quotes isolated. */
function sentence(text: string): string {
  return isolateQuoted(escapeInvisible(text));
}

/** ` "NAME" (ID)`. */
function nameAndId({ name, id }: Named): string {
  return `${name === undefined ? "" : ` ${isolate(quote(name))}`} (${isolate(quoteUnlessIds(id))})`;
}

/** The members of AWS in the order of what they grant. A member that is not here could grant anything, and comes first. */
const groups: readonly (readonly string[])[] = [
  [
    "CognitoIdentityProviders",
    "OpenIdConnectProviderARNs",
    "SamlProviderARNs",
    "SupportedLoginProviders",
    "DeveloperProviderName",
  ],
  ["RoleMappings", "Roles"],
  ["AllowUnauthenticatedIdentities"],
  ["AllowClassicFlow"],
  ["UseDefaults", "PrincipalTags"],
  ["IdentityPoolName"],
  ["IdentityPoolTags", "Tags"],
];

/** By group; within a group removals before replacements before additions. */
function byGrant(one: Change, other: Change): number {
  return groupOf(one) - groupOf(other) || severity(other) - severity(one);
}

function groupOf({ path }: Change): number {
  const [member = ""] = path.split(".", 1);
  return groups.findIndex((members) => members.includes(member));
}

function severity(change: Change): number {
  if (!("after" in change)) return 2;
  return "before" in change ? 1 : 0;
}

/** One line; for a replacement that does not fit on one, both values on lines of their own, one below the other. */
function linesOf(change: Change): string[] {
  const path = isolate(quoteUnlessToken(change.path));
  if (!("after" in change)) return [`- ${path}: ${literal(change.before)}`];
  if (!("before" in change)) return [`+ ${path}: ${literal(change.after)}`];
  const [before, after] = [literal(change.before), literal(change.after)];
  const line = `~ ${path}: ${before} → ${after}`;
  return widthOf(line) <= FORM_COLUMNS ? [line] : [`~ ${path}:`, `  - ${before}`, `  + ${after}`];
}

/** A JSON value as text, with each string in it isolated: its neighbours stay where they are. */
function literal(value: unknown): string {
  if (typeof value === "string") return isolate(quote(value));
  if (Array.isArray(value)) return `[${value.map(literal).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${literal(key)}:${literal(member)}`)
    .join(",")}}`;
}
