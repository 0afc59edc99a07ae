/** One plan for the same change of several identity pools: a table of what changes where. */
import { canonicalJson } from "../../util/json.ts";
import { digest, fingerprint, intentOf } from "../fingerprint.ts";
import { typedPhrase } from "../phrases.ts";
import type { Change, ChangeGroup, GroupMember, Named, Plan, PoolChange } from "../plan.ts";

/** The plan for one of the pools, and the arguments of the call that would make it alone. */
export interface Step {
  readonly id: string;
  readonly input: object;
  readonly plan: Plan;
}

/** The plans of the pools in which something changes, in one; without changes if there are none. */
export function planMany(all: readonly Step[]): { readonly plan: Plan; readonly steps: readonly Step[] } {
  const [first] = all;
  if (!first) throw new TypeError("a plan for no pools");
  const steps = all.filter(({ plan }) => plan.changes.length > 0);
  const already = all.filter(({ plan }) => plan.changes.length === 0).map(named);
  const count = countPools(steps.length);
  // One name can mean another provider in each pool.
  const [only = first.plan.action, ...others] = new Set(steps.map(({ plan }) => plan.action));
  const isOne = others.length === 0;
  const shared = sharedNotes(steps);
  const reversible = steps.every(({ plan }) => plan.reversible);
  return {
    steps,
    plan: {
      action: isOne ? only.replace(/identity pool$/, count) : `Make the changes that are named below in ${count}`,
      target: { id: steps.map(({ id }) => id).join(", ") },
      changes: steps.flatMap(({ id, plan }) =>
        plan.changes.map((change) => ({ ...change, path: `${id} ${change.path}` })),
      ),
      groups: groupsOf(steps, shared, isOne),
      ...(already.length > 0 && { already }),
      notes: [
        ...shared,
        ...(reversible || steps.every(({ plan }) => !plan.reversible)
          ? []
          : ["In some of the pools the change cannot be undone, as said there."]),
        "The pools are changed one after another. Each is read again right before; the first that differs from this plan, or fails, ends it.",
      ],
      unchanged: "All of these pools are already as requested, so nothing was sent.",
      reversible,
      confirmation: typedPhrase(`update ${count}`),
      state: stateOf(steps.map(({ plan }) => plan)),
      intent: { many: steps.map(({ plan }) => digest(intentOf(plan))).sort() },
      // Never sent: each step has its own.
      request: first.plan.request,
    },
  };
}

/** What binds the approval of the whole to exactly these plans. */
export function stateOf(plans: readonly Plan[]): object {
  return { steps: plans.map(fingerprint) };
}

/** `1 identity pool`, `31 identity pools`. */
function countPools(count: number): `${number} identity ${"pool" | "pools"}` {
  return `${count} identity ${count === 1 ? "pool" : "pools"}`;
}

function named({ id, plan: { target } }: Step): Named {
  return { id, ...(target.name !== undefined && { name: target.name }) };
}

/** The notes that all plans have. */
function sharedNotes(steps: readonly Step[]): string[] {
  const [first, ...others] = steps.map(({ plan }) => plan.notes);
  return (first ?? []).filter((note) => others.every((notes) => notes.includes(note)));
}

/** The pools by what would be done, and what would be in them afterwards. Each group names its action unless there is one for all. */
function groupsOf(steps: readonly Step[], shared: readonly string[], isOne: boolean): ChangeGroup[] {
  const groups = new Map<string, Step[]>();
  for (const step of steps) {
    const { action, changes, notes, reversible } = step.plan;
    const effects = changes.map(({ path, ...change }) => ({
      path,
      removes: !("after" in change),
      adds: !("before" in change),
      after: change.after,
    }));
    const key = canonicalJson({ action, effects, reversible, notes: notes.filter((note) => !shared.includes(note)) });
    groups.set(key, [...(groups.get(key) ?? []), step]);
  }
  return [...groups.values()].map((members) => groupOf(members, shared, isOne));
}

function groupOf(steps: readonly Step[], shared: readonly string[], isOne: boolean): ChangeGroup {
  const [first] = steps;
  if (!first) throw new TypeError("a group of no pools");
  const { action, changes, notes, reversible } = first.plan;
  /** The places at which the old values differ between the pools. */
  const differing = new Set(
    changes.flatMap((change, at) =>
      steps.every(({ plan }) => canonicalJson(plan.changes[at]?.before) === canonicalJson(change.before)) ? [] : at,
    ),
  );
  const own = [
    ...(isOne ? [] : [`${action.replace(/ of identity pool$/, "")}.`]),
    ...notes.filter((note) => !shared.includes(note)),
  ];
  return {
    changes: changes.map((change, at) => (differing.has(at) ? withoutBefore(change) : change)),
    ...(own.length > 0 && { notes: own }),
    reversible,
    pools: steps.map((step): GroupMember => {
      const before = step.plan.changes.flatMap(({ path, before }, at) => (differing.has(at) ? { path, before } : []));
      return { ...named(step), ...(before.length > 0 && { before }) };
    }),
  };
}

function withoutBefore({ path, ...change }: Change): PoolChange {
  return { path, ...("after" in change && { after: change.after }), beforeByPool: true };
}
