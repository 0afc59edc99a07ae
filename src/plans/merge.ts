/**
 * The service replaces: it resets a member that an update omits. These updates merge instead, so that only the given
 * members change (docs/decisions/0005-updates-merge.md).
 */
import { type Fields, isRecord } from "../util/json.ts";

/**
 * Merges the `named` members into `present`. A map gains or replaces the given keys; a list gains the entries that
 * it lacks, where `identify` says which entries are the same; any other value is replaced. Members in `clear` are
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
    // Taken unchanged: merging into an empty list would remove duplicate entries.
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

/** An empty map or list is sent explicitly: the service keeps the tags if the member is omitted. */
function emptyOf(value: unknown): object | undefined {
  if (Array.isArray(value)) return [];
  return isRecord(value) ? {} : undefined;
}
