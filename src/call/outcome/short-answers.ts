/** Leaves out of an answer what it says twice. Audit, terminal and approval page show everything. */
import type { Change, Named } from "../../plans/plan.ts";
import { canonicalJson, type Fields, isRecord } from "../../util/json.ts";

/** From this many on, changes with the same values are one entry. */
const MIN_GROUPED = 3;

/** Changes with the same values as one entry with their paths. */
type ShortChange = Change | (Omit<Change, "path"> & { readonly paths: readonly string[] });

/** A plan with each id once: without a target that is the list of what changes, and with changes of the same values together. */
export function shortPlan<P extends { readonly target: Named; readonly changes: readonly Change[] }>({
  target,
  changes,
  ...plan
}: P) {
  const paths = new Set(changes.map(({ path }) => path));
  const ids = target.id.split(", ");
  const repeats = ids.length > 1 && ids.every((id) => paths.has(id));
  return { ...plan, ...(!repeats && { target }), changes: shortChanges(changes) };
}

/** The changes in their order, those of a group at the place of its first. */
function shortChanges(changes: readonly Change[]): ShortChange[] {
  const groups = new Map<string, Change[]>();
  for (const change of changes) {
    const { path: _, ...values } = change;
    const key = canonicalJson({ ...values, adds: !("before" in change), removes: !("after" in change) });
    groups.set(key, [...(groups.get(key) ?? []), change]);
  }
  const together = [...groups.values()].flatMap((group): (ShortChange & { readonly first: Change })[] => {
    const [first] = group;
    if (!first || group.length < MIN_GROUPED) return group.map((change) => ({ ...change, first: change }));
    const { path: _, ...values } = first;
    return [{ paths: group.map(({ path }) => path), ...values, first }];
  });
  return together
    .sort((one, other) => changes.indexOf(one.first) - changes.indexOf(other.first))
    .map(({ first: _, ...change }) => change);
}

/** The answer without the date of the last change where nothing was changed since the creation. */
export function withoutRepeatedDates(answer: Fields): Fields {
  const { Identities } = answer;
  const own = withoutRepeatedDate(answer);
  if (!Array.isArray(Identities)) return own;
  return { ...own, Identities: Identities.map((entry) => (isRecord(entry) ? withoutRepeatedDate(entry) : entry)) };
}

function withoutRepeatedDate(entry: Fields): Fields {
  const { LastModifiedDate, ...rest } = entry;
  return LastModifiedDate !== undefined && LastModifiedDate === entry["CreationDate"] ? rest : entry;
}
