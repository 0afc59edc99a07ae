/**
 * The service replaces: a member that an update leaves out is reset. These updates merge instead, so that only what was
 * named changes (docs/decisions/0005-updates-merge.md).
 */
import { type Fields, isRecord } from "../util/json.ts";

/**
 * The present with the named members merged in. A map gains or replaces the named keys; a list gains the entries that
 * it has not, `identify` telling which entries are the same one; anything else is replaced. Members in `clear` are
 * emptied first.
 */
export function merge(
  present: Fields,
  named: Fields,
  clear: readonly string[] = [],
  identify: (entry: unknown) => unknown = (entry) => entry,
): Fields {
  const merged: Record<string, unknown> = { ...present };
  for (const member of clear) {
    const empty = emptyOf(merged[member]);
    if (empty === undefined) delete merged[member];
    else merged[member] = empty;
  }
  for (const [member, value] of Object.entries(named)) {
    if (value === undefined) continue;
    // As it is given: merged into an empty list, entries that are the same one would become one.
    merged[member] = clear.includes(member) ? value : mergeValue(merged[member], value, identify);
  }
  return merged;
}

function mergeValue(present: unknown, named: unknown, identify: (entry: unknown) => unknown): unknown {
  if (Array.isArray(present) && Array.isArray(named)) {
    const renewed = new Map(named.map((entry) => [identify(entry), entry]));
    const kept = present.map((entry) => {
      const id = identify(entry);
      const renewal = renewed.get(id) ?? entry;
      renewed.delete(id);
      return renewal;
    });
    return [...kept, ...renewed.values()];
  }
  if (isRecord(present) && isRecord(named)) return { ...present, ...named };
  return named;
}

/** An empty map or list is sent as such: the service keeps tags when the member is merely left out. */
function emptyOf(value: unknown): object | undefined {
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : undefined;
}
