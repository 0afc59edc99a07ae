/** The update that undoes an update, entry by entry: others may have added to the same maps and lists since. */
import { canonicalJson, type Fields, isRecord } from "../../util/json.ts";
import { ImpossibleChangeError } from "../plan.ts";
import { emptyToUndefined } from "../undo.ts";
import { merge } from "./merge.ts";
import { type InsertRules, nameOf as nameOfRule, rulesOf } from "./rules.ts";

/** What an update says of one member. */
interface Part {
  readonly given?: unknown;
  readonly remove?: readonly unknown[];
  readonly replace?: readonly string[];
  readonly isCleared?: boolean;
  readonly insertRules?: InsertRules | undefined;
}

/**
 * Arguments of a merging update that turn `after` into `before`. An entry that was added is in `remove`; one that was lost or changed is given.
 * A list or a role mapping for which this does not restore `before` is replaced whole. Providers that a list gets back stand at its end: their
 * order has no meaning. That of rules has.
 */
export function inverseUpdateArguments(before: Fields, after: Fields): Fields {
  const parts = [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((member): [string, Part][] => {
    const [old, now] = [emptyToUndefined(before[member]), emptyToUndefined(after[member])];
    return canonicalJson(old) === canonicalJson(now) ? [] : [[member, inverseOf(member, old, now)]];
  });
  const given = parts.flatMap(([member, part]) => (part.given === undefined ? [] : [[member, part.given]]));
  const remove = parts.flatMap(([member, part]) => (part.remove?.length ? [[member, part.remove]] : []));
  const replace = parts.flatMap(([, part]) => part.replace ?? []);
  const clear = parts.flatMap(([member, part]) => (part.isCleared ? member : []));
  const insertRules = parts.find(([, part]) => part.insertRules !== undefined)?.[1].insertRules;
  return {
    ...Object.fromEntries(given),
    ...(remove.length > 0 && { remove: Object.fromEntries(remove) }),
    ...(replace.length > 0 && { replace }),
    ...(insertRules !== undefined && { insertRules }),
    ...(clear.length > 0 && { clear }),
  };
}

function inverseOf(member: string, old: unknown, now: unknown): Part {
  const part = entryByEntry(member, old, now);
  if (part && restores(member, part, old, now)) return part;
  return { given: old, isCleared: old === undefined || typeof old === "object" };
}

/** Undefined for a value that is no map or list, and if no entry differs: then only the order does. */
function entryByEntry(member: string, old: unknown, now: unknown): Part | undefined {
  if (isMap(old) && isMap(now))
    return (member === "RoleMappings" ? inverseOfMappings : inverseOfMap)(old ?? {}, now ?? {});
  if (isList(old) && isList(now)) return inverseOfList(old ?? [], now ?? []);
  return undefined;
}

function isMap(value: unknown): value is Fields | undefined {
  return value === undefined || isRecord(value);
}

function isList(value: unknown): value is readonly unknown[] | undefined {
  return value === undefined || Array.isArray(value);
}

function inverseOfMap(old: Fields, now: Fields): Part {
  const lost = Object.entries(old).filter(
    ([key, value]) => !Object.hasOwn(now, key) || canonicalJson(now[key]) !== canonicalJson(value),
  );
  return {
    remove: Object.keys(now).filter((key) => !Object.hasOwn(old, key)),
    ...(lost.length > 0 && { given: Object.fromEntries(lost) }),
  };
}

function inverseOfList(old: readonly unknown[], now: readonly unknown[]): Part | undefined {
  const known = new Set(old.map(canonicalJson));
  const names = new Set(old.map((entry) => canonicalJson(nameOf(entry))));
  const present = new Set(now.map(canonicalJson));
  const added = now.filter((entry) => !known.has(canonicalJson(entry))).map(nameOf);
  const remove = added.filter((name) => !names.has(canonicalJson(name)));
  const lost = old.filter((entry) => !present.has(canonicalJson(entry)));
  if (added.includes(undefined) || added.length + lost.length === 0) return undefined;
  return { remove, ...(lost.length > 0 && { given: lost }) };
}

/** How `remove` names an entry of a list; undefined if it cannot. */
function nameOf(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const { ProviderName, ClientId } = entry;
  return ProviderName === undefined || ClientId === undefined ? undefined : { ProviderName, ClientId };
}

function inverseOfMappings(old: Fields, now: Fields): Part {
  const { remove = [], given } = inverseOfMap(old, now);
  const keys = Object.keys(isRecord(given) ? given : {});
  const parts = keys.map((key): [string, Part] => [key, inverseOfMapping(key, old[key], now[key])]);
  // One call has one place for rules, which holds for every mapping that it gives.
  const places = parts.some(([, { insertRules }]) => insertRules !== undefined);
  const isAlone = parts.filter(([, part]) => part.given !== undefined).length === 1;
  const chosen = parts.map(([key, part]): [string, Part] =>
    places && !isAlone && Object.hasOwn(now, key) ? [key, replacement(key, old[key])] : [key, part],
  );
  const mappings = chosen.flatMap(([key, part]) => (part.given === undefined ? [] : [[key, part.given]]));
  return {
    remove: [...remove, ...chosen.flatMap(([, part]) => part.remove ?? [])],
    ...(mappings.length > 0 && { given: Object.fromEntries(mappings) }),
    replace: chosen.flatMap(([, part]) => part.replace ?? []),
    insertRules: chosen.find(([, part]) => part.insertRules !== undefined)?.[1].insertRules,
  };
}

function replacement(key: string, old: unknown): Part {
  return { given: old, replace: [`RoleMappings.${key}`] };
}

/** `given` is one mapping here, and not the member. */
function inverseOfMapping(key: string, old: unknown, now: unknown): Part {
  if (now === undefined || !isRecord(old) || !isRecord(now)) return { given: old };
  const [oldRules, nowRules] = [rulesOf(old), rulesOf(now)];
  const [oldNames, nowNames] = [oldRules.map(nameOfRule), nowRules.map(nameOfRule)];
  const present = new Set(nowRules.map(canonicalJson));
  const rules = oldRules.filter((rule) => !present.has(canonicalJson(rule)));
  const { RulesConfiguration: _, ...settings } = old;
  const isGiven = rules.length > 0 || ["Type", "AmbiguousRoleResolution"].some((member) => old[member] !== now[member]);
  const part = {
    remove: nowRules
      .filter((rule) => !oldNames.includes(nameOfRule(rule)))
      .map(({ Claim, MatchType, Value }) => ({ provider: key, Claim, MatchType, Value })),
    ...(isGiven && { given: { ...settings, ...(rules.length > 0 && { RulesConfiguration: { Rules: rules } }) } }),
    insertRules: placeOfLost(oldNames, nowNames),
  };
  const whole = { ...part, ...(isGiven && { given: { [key]: part.given } }) };
  return restores("RoleMappings", whole, { [key]: old }, { [key]: now }) ? part : replacement(key, old);
}

/** Where the rules that were lost stood among those that remained. Undefined for the end, and if none was lost. */
function placeOfLost(old: readonly string[], now: readonly string[]): InsertRules | undefined {
  const first = old.findIndex((name) => !now.includes(name));
  if (first < 0 || old.slice(first).every((name) => !now.includes(name))) return undefined;
  return first === 0 ? "first" : { after: now.indexOf(old[first - 1] ?? "") + 1 };
}

/** Whether the part of an update makes `old` of `now`. */
function restores(member: string, part: Part, old: unknown, now: unknown): boolean {
  const { given, remove = [], replace = [], insertRules } = part;
  try {
    const { merged } = merge(
      { [member]: now },
      { ...(given !== undefined && { [member]: given }) },
      { remove: { [member]: remove }, replace, insertRules },
    );
    return sortedJson(emptyToUndefined(merged[member])) === sortedJson(old);
  } catch (error) {
    if (error instanceof ImpossibleChangeError) return false;
    throw error;
  }
}

/** The JSON of a value; of a list, without the order of its entries. */
function sortedJson(value: unknown): string {
  return Array.isArray(value) ? canonicalJson(value.map(canonicalJson).sort()) : canonicalJson(value);
}
