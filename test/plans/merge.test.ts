/** The arithmetic of updates, for any pool and any change: only what is named changes, and the plan lists all of it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compare } from "../../src/plans/compare.ts";
import { merge } from "../../src/plans/update/merge.ts";
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
        const { merged } = merge(present, named, { clear: cleared });
        for (const member of Object.keys(present))
          if (!(member in named) && !cleared.includes(member)) expect(merged[member]).toEqual(present[member]);
      }),
    ));

  it("keeps every entry of a map or list that is not named, and has every entry that is", () =>
    fc.assert(
      fc.property(settings, settings, (present: Settings, named: Settings) => {
        const { merged } = merge(present, named);
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
        const members = ["providers", "arns"];
        const { merged } = merge(present, { providers, arns }, { clear: members });
        expect(merge(present, { providers, arns }, { replace: members }).merged).toEqual(merged);
        expect(merged["providers"]).toEqual(providers);
        expect(merged["arns"]).toEqual(arns);
      }),
    ));

  it("takes out what remove names and nothing else, and tells what was not there", () =>
    fc.assert(
      fc.property(
        settings,
        settings,
        fc.subarray(["providers", "tags", "arns"]),
        fc.array(text, { maxLength: 5 }),
        (present: Settings, named: Settings, members, names) => {
          const remove = Object.fromEntries(members.map((member) => [member, names]));
          const { merged, facts } = merge(present, named, { remove });
          for (const member of ["providers", "tags", "arns"]) {
            const value = present[member];
            const isIn = (name: string) =>
              Array.isArray(value) ? value.includes(name) : value !== undefined && Object.hasOwn(value as object, name);
            const rest = Array.isArray(value)
              ? value.filter((entry) => !(members.includes(member) && names.includes(entry)))
              : value &&
                Object.fromEntries(
                  Object.entries(value).filter(([key]) => !(members.includes(member) && names.includes(key))),
                );
            expect(canonicalJson(merged[member])).toBe(
              canonicalJson(merge({ [member]: rest }, { [member]: named[member] }).merged[member]),
            );
            const absent = members.includes(member) && names.some((name) => !isIn(name));
            expect(facts.some((fact) => fact.startsWith(`Not there, so not removed: ${member} `))).toBe(absent);
          }
        },
      ),
    ));

  it("holds two app clients for one if user pool and client id are the same", () => {
    const at = (ClientId: string) => ({ ProviderName: "p", ClientId });
    const on = { ...at("2"), ServerSideTokenCheck: true };
    const { merged } = merge({ list: [at("1"), at("2")] }, { list: [on, at("3")] });
    expect(merged["list"]).toEqual([at("1"), on, at("3")]);
  });

  it("keeps the token check of an app client that is given without it", () => {
    const client = { ProviderName: "p", ClientId: "1" };
    for (const ServerSideTokenCheck of [true, false]) {
      const present = { CognitoIdentityProviders: [{ ...client, ServerSideTokenCheck }] };
      expect(merge(present, { CognitoIdentityProviders: [client] }).merged).toEqual(present);
    }
  });

  it("takes out an app client by its user pool and client id, or all of a user pool", () => {
    const at = (ProviderName: string, ClientId: string) => ({ ProviderName, ClientId, ServerSideTokenCheck: true });
    const CognitoIdentityProviders = [at("p", "1"), at("p", "2"), at("q", "1")];
    const rest = (...names: unknown[]) =>
      merge({ CognitoIdentityProviders }, {}, { remove: { CognitoIdentityProviders: names } });
    expect(rest({ ProviderName: "p", ClientId: "2" }).merged["CognitoIdentityProviders"]).toEqual([
      at("p", "1"),
      at("q", "1"),
    ]);
    expect(rest("p").merged["CognitoIdentityProviders"]).toEqual([at("q", "1")]);
    expect(rest({ ProviderName: "p", ClientId: "3" }).facts).toEqual([
      'Not there, so not removed: CognitoIdentityProviders "p:3". It has "p:1", "p:2", "q:1".',
    ]);
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
