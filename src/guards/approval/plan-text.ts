/** A plan as a person reads it before a yes: every change in full. */
import { isOfRules } from "../../plans/compare.ts";
import type { Change, ChangeGroup, GroupMember, Named, PoolChange } from "../../plans/plan.ts";
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
export function planText(plan: ShownPlan): string {
  const { action, target, into, region, account, changes, notes, reversible, groups } = plan;
  if (groups) return tableText(plan, groups);
  const what = `${sentence(action)}${nameAndId(target)}${into ? ` into developer user${nameAndId(into)}` : ""}`;
  return [
    `${what} in ${sentence(region)}, ${sentence(account)}.${reversible ? "" : " This cannot be undone."}`,
    ...notes.map(sentence),
    ...orderedChanges(changes).flatMap(linesOf),
  ].join("\n");
}

/** A plan for several pools: for each set of equal changes, the pools in which they are made, one on a line. */
function tableText(
  { action, region, account, notes, reversible, already = [] }: ShownPlan,
  given: readonly ChangeGroup[],
) {
  const ordered = orderedGroups(given);
  return [
    `${sentence(action)} in ${sentence(region)}, ${sentence(account)}.${reversible ? "" : " This cannot be undone."}`,
    ...notes.map(sentence),
    ...ordered.flatMap((group) => [
      `In ${poolCount(group.pools.length)}:${group.reversible || !reversible ? "" : " this cannot be undone."}`,
      ...(group.notes ?? []).map(sentence),
      ...group.changes.flatMap(linesOf),
      ...group.pools.map(memberLine),
    ]),
    ...(already.length > 0 ? [`Already as requested, so not changed, ${poolCount(already.length)}:`] : []),
    ...already.map(memberLine),
  ].join("\n");
}

function poolCount(count: number): string {
  return count === 1 ? "1 pool" : `${count} pools`;
}

/** `* "NAME" (ID)`, with the old values of this pool alone. */
export function memberLine({ name, id, before = [] }: GroupMember): string {
  const pool = name === undefined ? isolate(quoteUnlessIds(id)) : nameAndId({ name, id }).trimStart();
  const old = before.map((one) => `${isolate(quoteUnlessToken(one.path))}: ${literal(one.before)}`);
  return `* ${pool}${old.length > 0 ? ` before: ${old.join("; ")}` : ""}`;
}

/** The groups, and the changes in each, those that grant the most first. */
export function orderedGroups(given: readonly ChangeGroup[]): ChangeGroup[] {
  const rank = ({ changes: [first] }: ChangeGroup) => (first ? groupOf(first) : groups.length);
  return given
    .map((group) => ({ ...group, changes: orderedChanges(group.changes) }))
    .sort((one, other) => rank(one) - rank(other));
}

/** The changes, those that grant the most first. */
export function orderedChanges<Item extends Change>(changes: readonly Item[]): Item[] {
  return [...changes].sort(byGrant);
}

/** On one line, with each text in quotes isolated. */
export function sentence(text: string): string {
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
function byGrant(one: PoolChange, other: PoolChange): number {
  return groupOf(one) - groupOf(other) || severity(other) - severity(one);
}

function groupOf({ path }: Change): number {
  const [member = ""] = path.split(".", 1);
  return groups.findIndex((members) => members.includes(member));
}

function severity(change: PoolChange): number {
  if (!("after" in change)) return 2;
  return "before" in change || change.beforeByPool ? 1 : 0;
}

/** One line; for a replacement that does not fit on one, both values on lines of their own, one below the other. */
function linesOf(change: PoolChange): string[] {
  const path = isolate(quoteUnlessToken(change.path));
  if (change.beforeByPool && !("after" in change)) return [`- ${path}: as it is in each pool`];
  if (isOfRules(change)) return ruleLines(path, change, change.beforeByPool !== undefined);
  if (change.beforeByPool) return [`~ ${path}: → ${literal(change.after)}`];
  if (!("after" in change)) return [`- ${path}: ${literal(change.before)}`];
  if (!("before" in change)) return [`+ ${path}: ${literal(change.after)}`];
  const [before, after] = [literal(change.before), literal(change.after)];
  const line = `~ ${path}: ${before} → ${after}`;
  return widthOf(line) <= FORM_COLUMNS ? [line] : [`~ ${path}:`, `  - ${before}`, `  + ${after}`];
}

/** The rules of a mapping in their order, before and after. `differs`: the rules before stand with each pool. */
function ruleLines(path: string, { before, after }: Change, differs: boolean): string[] {
  const [old, next] = [rulesAsText(before), rulesAsText(after)];
  const sign = after === undefined ? "-" : before === undefined && !differs ? "+" : "~";
  return [
    `${sign} ${path}, the first match decides:`,
    ...old.map((rule) => `  - ${rule}`),
    ...next.map((rule) => `  + ${rule}`),
  ];
}

/** A value of the change as text. Rules are one below the other, numbered in their order. */
export function valueAsText(change: Change, value: unknown): string {
  return isOfRules(change) ? rulesAsText(value).join("\n") : literal(value);
}

/** One line for each rule, numbered. */
function rulesAsText(rules: unknown): string[] {
  if (rules === undefined) return [];
  return Array.isArray(rules) ? rules.map((rule, index) => `${index + 1}. ${ruleAsText(rule)}`) : [literal(rules)];
}

/** `Claim "role" Equals "admin" → "arn:…"`. A rule that has other members is shown as it is. */
function ruleAsText(rule: unknown): string {
  const { Claim, MatchType, Value, RoleARN, ...others } = isRecord(rule) ? rule : {};
  const isPlain =
    [Claim, Value, RoleARN].every((text) => typeof text === "string") && /^\w{1,32}$/.test(String(MatchType));
  if (!isPlain || Object.keys(others).length > 0) return literal(rule);
  return `Claim ${literal(Claim)} ${String(MatchType)} ${literal(Value)} → ${literal(RoleARN)}`;
}

/** A JSON value as text, with each string in it escaped and isolated: its neighbours stay where they are. */
function literal(value: unknown): string {
  if (typeof value === "string") return isolate(quote(value));
  if (Array.isArray(value)) return `[${value.map(literal).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([key, member]) => `${literal(key)}:${literal(member)}`)
    .join(",")}}`;
}
