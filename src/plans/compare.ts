import { canonicalJson, isRecord } from "../util/json.ts";
import type { Change } from "./plan.ts";

/** The changes from `before` to `after`. Maps are compared key by key; of lists, the entries that are added and removed. */
export function compare(before: object, after: object): Change[] {
  const old = new Map(Object.entries(before));
  const next = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((path) =>
    compareMember(path, old.get(path), next.get(path)),
  );
}

function compareMember(path: string, before: unknown, after: unknown): Change[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  if (Array.isArray(before ?? []) && Array.isArray(after ?? []))
    return compareLists(path, listOf(before), listOf(after));
  if (isRecord(before ?? {}) && isRecord(after ?? {}))
    return compare(mapOf(before), mapOf(after)).map((change) => ({ ...change, path: `${path}.${change.path}` }));
  return [{ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) }];
}

/** The member with a role mapping's rules: of those the first match wins. The order of other lists has no effect. */
const RULES = "Rules";

/**
 * Whether a change is of a role mapping's rules, whose values are whole lists: the order decides, so a person sees all of it. A key of
 * another map can end in the same way, so that the member and the values tell too.
 */
export function isOfRules({ path, before, after }: Change): boolean {
  const isRules = path.startsWith("RoleMappings.") && path.endsWith(`.RulesConfiguration.${RULES}`);
  return isRules && [before, after].every((value) => value === undefined || Array.isArray(value));
}

function compareLists(path: string, before: readonly unknown[], after: readonly unknown[]): Change[] {
  if (before.length + after.length === 0) return [];
  if (path !== RULES) return entryChanges(path, before, after);
  return [{ path, ...(before.length > 0 && { before }), ...(after.length > 0 && { after }) }];
}

/** The entries that are removed and added; the whole lists if they differ in their order alone. */
function entryChanges(path: string, before: readonly unknown[], after: readonly unknown[]): Change[] {
  const removed = without(before, after);
  const added = without(after, before);
  if (removed.length + added.length === 0) return [{ path, before, after }];
  return [...removed.map((entry) => ({ path, before: entry })), ...added.map((entry) => ({ path, after: entry }))];
}

/** The changes of rules as what is removed and added, whatever else the list holds; the whole list if its order changes otherwise. */
export function effectOfRules(change: Change): Change[] {
  const [before, after] = [listOf(change.before), listOf(change.after)];
  const removed = without(before, after);
  const added = without(after, before);
  const isMoved = canonicalJson([...without(before, removed), ...added]) !== canonicalJson(after);
  return isMoved ? [change] : entryChanges(change.path, before, after);
}

/** The entries of `list` that `other` lacks: one that is twice in `list` and once in `other` remains once. */
function without(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const rest = new Map<string, number>();
  for (const entry of other.map(canonicalJson)) rest.set(entry, (rest.get(entry) ?? 0) + 1);
  return list.filter((entry) => {
    const key = canonicalJson(entry);
    const count = rest.get(key) ?? 0;
    rest.set(key, count - 1);
    return count <= 0;
  });
}

function mapOf(value: unknown): object {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
