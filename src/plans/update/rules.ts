/** Role mappings: a provider's rules are an ordered list, and of those that match the first decides. */
import { canonicalJson, type Fields, isRecord } from "../../util/json.ts";
import { quote } from "../../util/visible-text.ts";
import { ImpossibleChangeError } from "../plan.ts";

/** Where rules go that are added: first, last, or beside a present rule, counted from 1. */
export type InsertRules = "first" | "last" | { readonly before: number } | { readonly after: number };

/** The documented quota (https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html); the service model allows 400. */
export const RULES_A_PROVIDER = 25;

/** The members by which a rule is known. Its role is what it gives. */
const ruleNames = ["Claim", "MatchType", "Value"] as const;

type Mapping = Fields;
type Rule = Fields;

interface Controls {
  /** `RoleMappings.KEY` for a mapping that is replaced whole. */
  readonly replace?: readonly string[] | undefined;
  readonly insertRules?: InsertRules | undefined;
}

/** What a call says of the mapping of one provider. */
interface Named {
  readonly given: Mapping | undefined;
  /** Each names the rules that have all its members. */
  readonly removals: readonly Fields[];
  readonly insertRules: InsertRules | undefined;
}

/**
 * The present mappings with the given ones merged in, and without the removed ones. A removal is the key of a provider, or has the key as
 * `provider` and names rules of it. Raises ImpossibleChangeError for a mapping that AWS does not accept.
 */
export function mergeMappings(
  presentValue: unknown,
  givenValue: unknown,
  removals: readonly unknown[],
  { replace = [], insertRules }: Controls,
): { merged: Readonly<Record<string, Mapping>>; facts: string[] } {
  const present = new Map(Object.entries(mappingsOf(presentValue)));
  const given = new Map(Object.entries(mappingsOf(givenValue)));
  const ruleRemovals = removals.filter(isRecord);
  const facts: string[] = [];
  for (const key of removals.filter((removal) => typeof removal === "string"))
    if (!present.delete(key)) facts.push(`Not there, so not removed: the role mapping of ${quote(key)}.`);
  for (const { provider } of ruleRemovals)
    if (typeof provider === "string" && !present.has(provider) && !given.has(provider))
      facts.push(`Not there, so not removed: rules of ${quote(provider)}, which has no role mapping.`);

  const merged = [...new Set([...present.keys(), ...given.keys()])].map((key): [string, Mapping] => {
    const old = present.get(key) ?? {};
    const named = {
      given: given.get(key),
      removals: ruleRemovals.filter(({ provider }) => provider === key),
      insertRules,
    };
    if (!named.given && named.removals.length === 0) return [key, old];
    const isReplaced = replace.includes(`RoleMappings.${key}`);
    const made = isReplaced && named.given ? named.given : mergeMapping(key, old, named, facts);
    refuseIncomplete(key, made);
    return [key, made];
  });
  return { merged: Object.fromEntries(merged), facts };
}

function mergeMapping(
  key: string,
  old: Mapping,
  { given = {}, removals, insertRules }: Named,
  facts: string[],
): Mapping {
  const rules = rulesOf(old);
  const added = rulesOf(given);
  // Rules decide nothing for the type Token. Whoever gives that type without rules takes them away.
  const dropsRules = given["Type"] === "Token" && old["Type"] === "Rules" && added.length === 0;
  const { RulesConfiguration: _, ...others } = { ...old, ...given };
  if (dropsRules) return others;
  for (const removal of removals)
    if (!rules.some((rule) => isNamedBy(rule, removal)))
      facts.push(`Not there, so not removed: a rule of ${quote(key)} with ${describe(removal)}.`);
  const result = insert(key, rules, added, removals, insertRules, facts);
  if (rules.length > 0 && result.length === 0 && others["Type"] === "Rules")
    throw new ImpossibleChangeError(
      `No rule would be left in the role mapping of ${quote(key)}, and AWS takes none of the type Rules without one. Nothing was sent.`,
      "Give another rule in the same call, or remove the whole role mapping: remove {RoleMappings: [KEY]}.",
    );
  return { ...others, ...(result.length > 0 && { RulesConfiguration: { Rules: result } }) };
}

/** The rules without the removed ones. A given rule takes the place of the one with the same claim, match type and value; others are added. */
function insert(
  key: string,
  rules: readonly Rule[],
  given: readonly Rule[],
  removals: readonly Fields[],
  position: InsertRules | undefined,
  facts: string[],
): Rule[] {
  const kept = rules.map((rule) => (removals.some((removal) => isNamedBy(rule, removal)) ? undefined : rule));
  const added: Rule[] = [];
  let renewed = 0;
  for (const rule of given) {
    const at = kept.findIndex((one) => one !== undefined && nameOf(one) === nameOf(rule));
    if (at < 0) added.push(rule);
    else {
      kept[at] = rule;
      renewed += 1;
    }
  }
  const place = placeIn(key, rules.length, added.length > 0 ? position : undefined);
  if (position !== undefined && renewed > 0)
    facts.push(
      `insertRules places added rules. Rules of ${quote(key)} that are there already stay at their places: to move one, name it in remove and give it again in the same call.`,
    );
  return [...kept.slice(0, place), ...added, ...kept.slice(place)].filter((rule) => rule !== undefined);
}

/** How many of the present rules stand before the added ones. */
function placeIn(key: string, count: number, position: InsertRules | undefined): number {
  if (position === "first") return 0;
  if (position === undefined || position === "last") return count;
  const rule = "before" in position ? position.before : position.after;
  if (rule > count)
    throw new ImpossibleChangeError(
      `insertRules names rule ${rule}, and the role mapping of ${quote(key)} has ${count === 1 ? "1 rule" : `${count} rules`}. Nothing was sent.`,
      "Give the number of a present rule, counted from 1, or first or last. get-identity-pool-roles shows the rules in their order.",
    );
  return "before" in position ? rule - 1 : rule;
}

/** Raises ImpossibleChangeError for mappings of which AWS refuses one, whatever they were before. */
export function refuseIncompleteMappings(mappings: unknown): void {
  for (const [key, mapping] of Object.entries(mappingsOf(mappings))) refuseIncomplete(key, mapping);
}

function refuseIncomplete(key: string, mapping: Mapping): void {
  const { Type, AmbiguousRoleResolution } = mapping;
  const member = `RoleMappings.${key}`;
  const rules = rulesOf(mapping);
  const impossible = (message: string, next: string) => new ImpossibleChangeError(`${message} Nothing was sent.`, next);
  if (AmbiguousRoleResolution === undefined)
    throw impossible(
      `${quote(member)} needs AmbiguousRoleResolution: AWS requires it for the type ${Type === "Rules" ? "Rules" : "Token"}.`,
      'Add AmbiguousRoleResolution: "AuthenticatedRole" gives the authenticated role when nothing else decides, "Deny" gives no credentials. Ask the person which one.',
    );
  if (Type === "Rules" && rules.length === 0)
    throw impossible(
      `${quote(member)} has the type Rules and needs RulesConfiguration with at least one rule.`,
      "Add RulesConfiguration {Rules: [{Claim, MatchType, Value, RoleARN}]}, or use the type Token.",
    );
  if (rules.length > RULES_A_PROVIDER)
    throw impossible(
      `${quote(member)} would have ${rules.length} rules, and AWS allows ${RULES_A_PROVIDER} for each provider.`,
      "Remove rules in the same call, or combine some.",
    );
}

/** Whether the rule has every member that the removal names. */
function isNamedBy(rule: Rule, removal: Fields): boolean {
  return ruleNames.every((name) => removal[name] === undefined || removal[name] === rule[name]);
}

/** What a rule is known by. */
export function nameOf(rule: Rule): string {
  return canonicalJson(ruleNames.map((name) => rule[name]));
}

function describe(removal: Fields): string {
  return ruleNames
    .flatMap((name) => (removal[name] === undefined ? [] : `${name} ${quote(String(removal[name]))}`))
    .join(", ");
}

export function rulesOf(mapping: unknown): readonly Rule[] {
  const configuration = isRecord(mapping) ? mapping["RulesConfiguration"] : undefined;
  const rules = isRecord(configuration) ? configuration["Rules"] : undefined;
  return Array.isArray(rules) ? rules.filter(isRecord) : [];
}

function mappingsOf(value: unknown): Readonly<Record<string, Mapping>> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, Fields] => isRecord(entry[1])));
}
