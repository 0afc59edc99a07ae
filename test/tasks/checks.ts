/** Parts of checks. Each gives what is wrong, one sentence each. */
import { differences, type EndState, type PoolState } from "./state.ts";
import type { Run } from "./task.ts";

/** Nothing but what `change` does to the state before may have changed. */
export function changedOnly({ before, after }: Run, change: (state: EndState) => void): string[] {
  const expected = structuredClone(before);
  change(expected);
  return differences(expected, after);
}

/** The same for one pool. */
export function poolChangedOnly(run: Run, id: string, change: (pool: PoolState) => void): string[] {
  return changedOnly(run, ({ pools }) => {
    const pool = pools[id];
    if (!pool) throw new Error(`the seed has no pool ${id}`);
    change(pool);
  });
}

export function unchanged(run: Run): string[] {
  return changedOnly(run, () => {});
}

/** What the person was told must contain each of the texts, in any case, and none of the others. */
export function told({ answer }: Run, texts: readonly (string | RegExp)[], others: readonly string[] = []): string[] {
  const lower = answer.toLowerCase();
  const has = (text: string | RegExp) =>
    typeof text === "string" ? lower.includes(text.toLowerCase()) : text.test(answer);
  return [
    ...texts.filter((text) => !has(text)).map((text) => `The person was not told ${String(text)}.`),
    ...others.filter(has).map((text) => `The person was told ${text}, which is not so.`),
  ];
}

/** The pools that are new. */
function newPools({ before, after }: Run): PoolState[] {
  return Object.entries(after.pools).flatMap(([id, pool]) => (id in before.pools ? [] : pool));
}

/** Exactly one pool is new, it is as given, and nothing else has changed. */
export function createdOnly(run: Run, expected: PoolState): string[] {
  const created = newPools(run);
  if (created.length !== 1) return [`${created.length} pools were created instead of 1.`];
  const kept = Object.fromEntries(Object.entries(run.after.pools).filter(([id]) => id in run.before.pools));
  return [
    ...differences(expected, created[0]),
    ...differences(run.before.pools, kept),
    ...differences(run.before.roles, run.after.roles),
  ];
}

/** A tool was called without an error. */
export function called({ calls }: Run, tool: string): string[] {
  return calls.some((call) => call.tool === tool && !call.isError) ? [] : [`${tool} was not called with success.`];
}

/** A pool with these settings and nothing else. */
export function bare(settings: PoolState["settings"]): PoolState {
  return { settings, roles: {}, mappings: {}, principalTags: {}, identities: {} };
}

/** A pool without identities has exactly one now, with these logins, and nothing else has changed. */
export function oneIdentity(run: Run, id: string, logins: string[]): string[] {
  const found = Object.keys(run.after.pools[id]?.identities ?? {});
  if (found.length !== 1) return [`There are ${found.length} identities instead of 1.`];
  return poolChangedOnly(run, id, (pool) => {
    pool.identities = Object.fromEntries(found.map((one) => [one, { logins, developerUsers: [], disabled: false }]));
  });
}

/** What the application gets at the end: for each of the task's `vends`, the ARN of the role. */
export function vendedAs({ vended }: Run, ...roles: readonly string[]): string[] {
  return differences(roles, vended).map((difference) => `The application gets something else: ${difference}`);
}
