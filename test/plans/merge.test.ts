/** The arithmetic of updates, for any pool and any change: only what is named changes, and the plan lists all of it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../src/plans/compare.ts";
import { merge } from "../../src/plans/merge.ts";
import { canonicalJson } from "../../src/util/json.ts";

const text = fc.string({ minLength: 1, maxLength: 6 });
const map = fc.dictionary(text, text, { maxKeys: 4 });
const list = fc.uniqueArray(text, { maxLength: 4 });

const settings = fc.record(
  {
    name: text,
    guests: fc.boolean(),
    providers: map,
    tags: map,
    arns: list,
  },
  { requiredKeys: [] },
);
const clear = fc.subarray(["guests", "providers", "tags", "arns"]);

type Settings = Record<string, unknown>;

/** The entries of a map or list, one by one, or the value itself. */
function entriesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (typeof value === "object" && value !== null) return Object.entries(value);
  return value === undefined ? [] : [value];
}

describe("merge", () => {
  it("leaves every member alone that is neither named nor cleared", () =>
    fc.assert(
      fc.property(settings, settings, clear, (present: Settings, named: Settings, cleared) => {
        const merged = merge(present, named, cleared);
        for (const member of Object.keys(present))
          if (!(member in named) && !cleared.includes(member)) expect(merged[member]).toEqual(present[member]);
      }),
    ));

  it("keeps every entry of a map or list that is not named, and has every entry that is", () =>
    fc.assert(
      fc.property(settings, settings, (present: Settings, named: Settings) => {
        const merged = merge(present, named);
        for (const member of ["providers", "tags", "arns"]) {
          const after = entriesOf(merged[member]).map(canonicalJson);
          expect(after).toEqual(expect.arrayContaining(entriesOf(named[member]).map(canonicalJson)));
          const keys = new Set(Object.keys(named[member] ?? {}));
          const kept = Array.isArray(present[member])
            ? present[member]
            : Object.entries(present[member] ?? {}).filter(([key]) => !keys.has(key));
          expect(after).toEqual(expect.arrayContaining(kept.map(canonicalJson)));
        }
      }),
    ));

  it("sets a member that is cleared and named to just what is named", () =>
    fc.assert(
      fc.property(settings, map, list, (present: Settings, providers, arns) => {
        const merged = merge(present, { providers, arns }, ["providers", "arns"]);
        expect(merged["providers"]).toEqual(providers);
        expect(merged["arns"]).toEqual(arns);
      }),
    ));

  it("holds two entries for one where it is told to", () => {
    const identify = (entry: unknown) => (entry as { id: number }).id;
    const merged = merge({ list: [{ id: 1 }, { id: 2 }] }, { list: [{ id: 2, on: true }, { id: 3 }] }, [], identify);
    expect(merged["list"]).toEqual([{ id: 1 }, { id: 2, on: true }, { id: 3 }]);
  });
});

describe("compare", () => {
  it("is empty for equal states, and only for them", () =>
    fc.assert(
      fc.property(settings, settings, (before: Settings, after: Settings) => {
        const equal = canonicalJson(normal(before)) === canonicalJson(normal(after));
        expect(compare(normal(before), normal(after)).length === 0).toBe(equal);
        expect(compare(before, before)).toEqual([]);
      }),
    ));

  it("tells enough to make the one state from the other", () =>
    fc.assert(
      fc.property(map, map, list, list, (oldMap, newMap, oldList, newList) => {
        const changes = compare({ map: oldMap, list: oldList }, { map: newMap, list: newList });
        const made = { map: { ...oldMap } as Record<string, unknown>, list: new Set<unknown>(oldList) };
        for (const { path, before, after } of changes) {
          if (path === "list" && Array.isArray(after)) made.list = new Set(after);
          else if (path === "list" && after === undefined) made.list.delete(before);
          else if (path === "list") made.list.add(after);
          else if (after === undefined) delete made.map[path.slice("map.".length)];
          else made.map[path.slice("map.".length)] = after;
        }
        expect(canonicalJson(made.map)).toBe(canonicalJson(newMap));
        expect([...made.list].sort()).toEqual([...newList].sort());
      }),
    ));
});

/** An empty map or list counts as absent: there is nothing in it to lose. */
function normal(state: Settings): Settings {
  return Object.fromEntries(
    Object.entries(state).filter(([, value]) => typeof value !== "object" || Object.keys(value ?? {}).length > 0),
  );
}
