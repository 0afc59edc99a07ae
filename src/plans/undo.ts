import { canonicalJson, type Fields, isRecord, mapStrings } from "../util/json.ts";
import { escapeInvisible } from "../util/visible-text.ts";
import type { ToolCall } from "./plan.ts";

/** Whether a change can be undone, by which calls, and if not, why. */
interface UndoInfo {
  readonly reversible: boolean;
  /** Omitted if the change is not reversible. */
  readonly undo?: readonly ToolCall[];
  readonly obstacles: readonly string[];
}

/** Undo information for the calls `undo`, in this order; not reversible if there are already obstacles. */
export function describeUndo(undo: readonly ToolCall[], known: readonly string[] = []): UndoInfo {
  // Escaping would change the call, so it would restore a different value.
  const obstacles = isShowable(undo)
    ? known
    : [...known, "The undo has characters that this server shows only escaped, so no call can restore the old state."];
  return obstacles.length > 0 ? { reversible: false, obstacles } : { reversible: true, undo, obstacles };
}

/** Whether a value is shown unchanged, without a character written as `\u{…}`. */
export function isShowable(value: unknown): boolean {
  return canonicalJson(mapStrings(value, escapeInvisible)) === canonicalJson(value);
}

/**
 * Arguments of a merging update that turn `after` into `before`, and that leave alone what the change did not touch: others may have added to
 * it since. An entry that was added is in `remove`. A list of which anything else changed is cleared first, because its order counts.
 */
export function inverseUpdateArguments(before: Fields, after: Fields): Fields {
  const given: Record<string, unknown> = {};
  const remove: Record<string, readonly unknown[]> = {};
  const clear: string[] = [];
  const replace: string[] = [];
  for (const member of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [old, now] = [emptyToUndefined(before[member]), emptyToUndefined(after[member])];
    if (canonicalJson(old) === canonicalJson(now)) continue;
    const added = addedTo(old, now);
    if (added === undefined) {
      if (old !== undefined) given[member] = old;
      if (old === undefined || typeof old === "object") clear.push(member);
      continue;
    }
    if (added.length > 0) remove[member] = added;
    const lost = lostFrom(old, now);
    if (lost.length === 0) continue;
    given[member] = Object.fromEntries(lost);
    // The rules of a mapping that is given would join those that are there.
    if (member === "RoleMappings") replace.push(...lost.map(([key]) => `${member}.${key}`));
  }
  return {
    ...given,
    ...(Object.keys(remove).length > 0 && { remove }),
    ...(replace.length > 0 && { replace }),
    ...(clear.length > 0 && { clear }),
  };
}

/** The names of the entries that `now` has and `old` has not; undefined if taking them out, and giving what was lost, does not make `old` of it. */
function addedTo(old: unknown, now: unknown): unknown[] | undefined {
  if (isRecord(now) && (old === undefined || isRecord(old)))
    return Object.keys(now).filter((key) => !Object.hasOwn(old ?? {}, key));
  if (isRecord(old) && now === undefined) return [];
  if (!Array.isArray(now) || !(old === undefined || Array.isArray(old))) return undefined;
  const first: readonly unknown[] = old ?? [];
  if (canonicalJson(now.slice(0, first.length)) !== canonicalJson(first)) return undefined;
  const names = now.slice(first.length).map(nameOf);
  const isNew = (name: unknown) => !first.some((entry) => canonicalJson(nameOf(entry)) === canonicalJson(name));
  return names.every((name) => name !== undefined && isNew(name)) ? names : undefined;
}

/** How `remove` names an entry of a list; undefined if it cannot. */
function nameOf(entry: unknown): unknown {
  if (!isRecord(entry)) return entry;
  const { ProviderName, ClientId } = entry;
  return ProviderName === undefined || ClientId === undefined ? undefined : { ProviderName, ClientId };
}

/** The entries of a map that `now` lacks, or has otherwise. None of a list. */
function lostFrom(old: unknown, now: unknown): [key: string, value: unknown][] {
  const present = isRecord(now) ? now : {};
  return isRecord(old)
    ? Object.entries(old).filter(([key, value]) => canonicalJson(present[key]) !== canonicalJson(value))
    : [];
}

/** The value, or undefined for an empty map or list: the service does not distinguish them. */
export function emptyToUndefined<Value>(value: Value): Value | undefined {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
}
