/**
 * The service replaces: it resets a member that an update omits. These updates merge instead, so that only the given
 * members change (docs/decisions/0005-updates-merge.md).
 */
import { canonicalJson, type Fields, isRecord } from "../../util/json.ts";
import { quote } from "../../util/visible-text.ts";
import { type InsertRules, mergeMappings, refuseIncompleteMappings } from "./rules.ts";

/** How the given members are combined with the present ones. Contradictions are refused when the arguments are read. */
export interface UpdateControls {
  /** Members that are emptied first. One that is also given gets exactly the given value. */
  readonly clear?: readonly string[] | undefined;
  /** Entries that are taken out, by member. */
  readonly remove?: Readonly<Record<string, readonly unknown[] | undefined>> | undefined;
  /** Members, and `RoleMappings.KEY`, whose given value replaces the present one. */
  readonly replace?: readonly string[] | undefined;
  /** Where rules go that join those of a role mapping. */
  readonly insertRules?: InsertRules | undefined;
}

export interface Merged {
  readonly merged: Fields;
  /** Facts on what was named and has no effect, one sentence each. */
  readonly facts: readonly string[];
}

/**
 * Merges the `named` members into `present`. A map gains or replaces the given keys; a list gains the entries that it lacks; a role mapping's
 * rules join those that are there; any other value is replaced. What `remove` names is taken out first. Raises ImpossibleChangeError for role
 * mappings that AWS does not accept.
 */
export function merge(present: Fields, named: Fields, controls: UpdateControls = {}): Merged {
  const { clear = [], remove = {}, replace = [] } = controls;
  const merged: Record<string, unknown> = { ...present };
  const facts: string[] = [];
  for (const member of clear) {
    const empty = emptyOf(merged[member]);
    if (empty === undefined) delete merged[member];
    else merged[member] = empty;
  }
  const isReplaced = (member: string) => clear.includes(member) || replace.includes(member);
  for (const member of new Set([...Object.keys(remove), ...Object.keys(named)])) {
    const [given, removals = []] = [named[member], remove[member]];
    if (given !== undefined && isReplaced(member)) {
      // Taken unchanged: merging into an empty list would remove duplicate entries.
      if (member === "RoleMappings") refuseIncompleteMappings(given);
      merged[member] = given;
    } else if (member === "RoleMappings") {
      const mappings = mergeMappings(merged[member], given, removals, controls);
      if (given !== undefined || merged[member] !== undefined) merged[member] = mappings.merged;
      facts.push(...mappings.facts);
    } else {
      const { rest, absent } = without(merged[member], removals);
      if (absent.length > 0) facts.push(absentFact(member, absent, namesIn(merged[member])));
      if (given !== undefined) merged[member] = mergeValue(rest, given);
      else if (member in merged) merged[member] = rest;
    }
  }
  return { merged, facts };
}

/** `Not there, so not removed: SupportedLoginProviders "a". It has "b".` Names only what a person could have meant. */
function absentFact(member: string, absent: readonly string[], present: readonly string[]): string {
  const has = present.length === 0 ? "It is empty." : `It has ${listed(present)}.`;
  return `Not there, so not removed: ${member} ${listed(absent)}. ${has}`;
}

/** Names that a fact lists. */
const MAX_LISTED = 10;

function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).map(quote).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** The map or list without the named entries, and the names that it does not have. */
function without(value: unknown, removals: readonly unknown[]): { rest: unknown; absent: string[] } {
  const absent = removals.filter((removal) => !has(value, removal)).map(textOf);
  if (Array.isArray(value))
    return { rest: value.filter((entry) => !removals.some((removal) => isNamedBy(entry, removal))), absent };
  if (!isRecord(value)) return { rest: value, absent };
  const keys = new Set(removals);
  return { rest: Object.fromEntries(Object.entries(value).filter(([key]) => !keys.has(key))), absent };
}

function has(value: unknown, removal: unknown): boolean {
  if (Array.isArray(value)) return value.some((entry) => isNamedBy(entry, removal));
  return isRecord(value) && typeof removal === "string" && Object.hasOwn(value, removal);
}

/** Whether an entry of a list is what a removal names: a text by itself, an app client by its user pool or by all members that are given. */
export function isNamedBy(entry: unknown, removal: unknown): boolean {
  if (!isRecord(entry)) return entry === removal;
  if (!isRecord(removal)) return entry["ProviderName"] === removal;
  return Object.entries(removal).every(([member, value]) => entry[member] === value);
}

function textOf(removal: unknown): string {
  if (!isRecord(removal)) return String(removal);
  const { ProviderName, ClientId } = removal;
  return `${ProviderName}:${ClientId}`;
}

function namesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.map(textOf);
  return isRecord(value) ? Object.keys(value) : [];
}

function mergeValue(present: unknown, named: unknown): unknown {
  if (Array.isArray(present) && Array.isArray(named)) {
    const renewed = new Map(named.map((entry) => [identify(entry), entry]));
    const kept = present.map((entry) => {
      const id = identify(entry);
      const given = renewed.get(id) ?? entry;
      renewed.delete(id);
      // An app client keeps ServerSideTokenCheck unless the call names it.
      return isRecord(entry) && isRecord(given) ? { ...entry, ...given } : given;
    });
    return [...kept, ...renewed.values()];
  }
  if (isRecord(present) && isRecord(named)) return { ...present, ...named };
  return named;
}

/** Identifies an entry for merging: app clients by user pool and client id, without ServerSideTokenCheck; all others by themselves. */
function identify(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  return canonicalJson([entry["ProviderName"], entry["ClientId"]]);
}

/** An empty map or list is sent explicitly: the service keeps the tags if the member is omitted. */
function emptyOf(value: unknown): object | undefined {
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : undefined;
}
