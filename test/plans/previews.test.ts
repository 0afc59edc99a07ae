/** What a plan says beforehand, held to what the service then does, for many pools and changes. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalService, type LocalService } from "../../src/local/service.ts";
import type { Read } from "../../src/plans/command.ts";
import type { Plan } from "../../src/plans/plan.ts";
import { readArguments } from "../../src/tools/arguments.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { isGated } from "../../src/tools/kinds.ts";
import { arnOf } from "../support/client.ts";
import { report } from "../support/figures.ts";
import { anyCase, type Case, google, setting, tagging } from "./pool-cases.ts";
import { create, type Input, only, post, providersOf, type Setting, type State, stateOf } from "./pool-states.ts";

/** Equal for equal values, whatever the order of their keys. */
function text(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(text).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "absent";
  return `{${Object.entries(value)
    .map(([key, entry]) => `${JSON.stringify(key)}:${text(entry)}`)
    .sort()
    .join()}}`;
}

/** Every leaf under its path; a list is a leaf. */
function leavesOf(value: unknown, path: string, leaves = new Map<string, unknown>()): Map<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    for (const [key, entry] of Object.entries(value)) leavesOf(entry, path ? `${path}.${key}` : key, leaves);
  else if (value !== undefined) leaves.set(path, value);
  return leaves;
}

/** What of `list` is not in `other`, an entry as often as it is there. */
function without(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const rest = other.map(text);
  return list.filter((entry) => {
    const at = rest.indexOf(text(entry));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** The difference of two states as a plan should list it, in texts and sorted. */
function differenceOf(before: Input, after: Input): string[] {
  const [old, next] = [leavesOf(before, ""), leavesOf(after, "")];
  const differing = [...new Set([...old.keys(), ...next.keys()])].filter(
    (path) => text(old.get(path)) !== text(next.get(path)),
  );
  return differing
    .flatMap((path): object[] => {
      const [was, will] = [old.get(path), next.get(path)];
      if (!Array.isArray(was ?? will)) return [{ path, before: was, after: will }];
      // The order of rules decides: a plan has all of them.
      if (path.endsWith(".Rules")) return [{ path, before: was, after: will }];
      const [from, to] = [(was ?? []) as unknown[], (will ?? []) as unknown[]];
      const entries = [
        ...without(from, to).map((entry) => ({ path, before: entry })),
        ...without(to, from).map((entry) => ({ path, after: entry })),
      ];
      return entries.length > 0 ? entries : [{ path, before: was, after: will }];
    })
    .map(listed)
    .sort();
}

function listed(change: object): string {
  return Object.entries({ path: "", before: undefined, after: undefined, ...change })
    .map(([key, value]) => `${key}: ${text(value)}`)
    .join(", ");
}

/** The members of a pool that a call of the tool could reach, and the principal tags that none may. */
function apart({ pool, roles, maps: { [google]: map, ...others } }: State, tool: string) {
  return tool === tagging
    ? { members: { ...pool, ...roles, ...map }, others }
    : { members: { ...pool, ...roles }, others: { ...others, ...(map && { [google]: map }) } };
}

/** What a tool is about: the part of the state that its changes tell of, and the target of its calls. */
interface Subject {
  readonly target: (id: string) => Input;
  readonly part: (state: State) => Input;
  /** The request that names the same and merges nothing, as AWS would have to be sent it; none where AWS merges. */
  readonly naive?: (named: Input, before: State) => Input;
}

const subjects: Readonly<Record<string, Subject>> = {
  "update-identity-pool": {
    target: (IdentityPoolId) => ({ IdentityPoolId }),
    part: ({ pool }) => pool,
    naive: (named, { pool: { IdentityPoolName, AllowUnauthenticatedIdentities } }) => ({
      IdentityPoolName,
      AllowUnauthenticatedIdentities,
      ...named,
    }),
  },
  "set-identity-pool-roles": {
    target: (IdentityPoolId) => ({ IdentityPoolId }),
    part: ({ roles }) => roles,
    naive: (named) => ({ Roles: {}, ...named }),
  },
  [tagging]: {
    target: (IdentityPoolId) => ({ IdentityPoolId, IdentityProviderName: google }),
    part: ({ maps }) => maps[google] ?? {},
    naive: (named) => named,
  },
  "tag-resource": {
    target: (id) => ({ ResourceArn: arnOf(id) }),
    part: ({ pool: { IdentityPoolTags } }) => ({ Tags: IdentityPoolTags }),
  },
  "untag-resource": {
    target: (id) => ({ ResourceArn: arnOf(id) }),
    part: ({ pool: { IdentityPoolTags } }) => ({ Tags: IdentityPoolTags }),
  },
};

/** The tool's plan for the call, made from the service. */
async function planOf(service: LocalService, { tool: name, input }: Case, id: string): Promise<Plan> {
  const tool = catalogue.find((found) => found.name === name);
  if (!tool || !isGated(tool)) throw new Error(`no gated tool ${name}`);
  const read = readArguments(tool, { ...subjects[name]?.target(id), ...input });
  if (!("input" in read)) throw new Error(read.problems.join(" "));
  const reader: Read = (command, request) =>
    post(service, command.replace(/Command$/, ""), request) as Promise<object> as Promise<never>;
  return await tool.plan(read.input, reader);
}

/** The call as AWS would take it of somebody who names the same and knows no more. */
async function sendNaively(service: LocalService, { tool: name, input }: Case, id: string): Promise<void> {
  const { target, naive } = subjects[name] ?? {};
  const tool = catalogue.find((found) => found.name === name);
  if (!target || !naive || !tool) return;
  const { clear: _, remove: __, replace: ___, ...named } = input;
  const request = { ...target(id), ...naive(named, await stateOf(service, id)) };
  await post(service, tool.command.replace(/Command$/, ""), request);
}

/** The call, with role mappings and principal tags for providers that the pool has, or else AWS refuses it. */
function fitting({ tool, input }: Case, { pool }: Setting): { given: Case; pool: Input } {
  const domains = { [google]: "a", ...((pool["SupportedLoginProviders"] ?? {}) as Input) };
  const able = tool === tagging ? { ...pool, SupportedLoginProviders: domains } : pool;
  const { RoleMappings, ...rest } = input;
  const mappings = RoleMappings ? { RoleMappings: only(RoleMappings as Input, providersOf(pool).mappable) } : {};
  return { given: { tool, input: { ...rest, ...mappings } }, pool: able };
}

/** Members that a call may change: those it names or clears. */
function touchedBy({ tool, input: { clear = [], remove = {}, replace: _, ...named } }: Case): string[] {
  if (tool.endsWith("tag-resource") || tool === "untag-resource") return ["IdentityPoolTags"];
  // The one excludes the other.
  if (tool === tagging) return ["UseDefaults", "PrincipalTags"];
  return [...Object.keys(named), ...(clear as string[]), ...Object.keys(remove as object)];
}

/** Entries that must be there still: those of a map or list that is added to and not cleared. */
function keptEntries(
  before: Input,
  { tool, input: { clear = [], remove = {}, replace = [], ...named } }: Case,
): [string, unknown][] {
  const gone = (remove as Readonly<Record<string, unknown[]>>) ?? {};
  const defaults = before["UseDefaults"] === true || named["UseDefaults"] === true;
  if (!subjects[tool]?.naive || (tool === tagging && defaults)) return [];
  const emptied = [...(clear as string[]), ...(replace as string[])];
  return [...new Set([...Object.keys(named), ...Object.keys(gone)])]
    .filter((member) => !emptied.includes(member))
    .flatMap((member) => {
      const old = before[member];
      const [value, names] = [named[member], gone[member] ?? []];
      if (Array.isArray(old)) {
        const replaced = ((value ?? []) as unknown[]).map(idOf);
        return old
          .filter((entry) => !replaced.includes(idOf(entry)) && !names.includes(entry))
          .map((entry): [string, unknown] => [member, entry]);
      }
      if (typeof old !== "object" || old === null) return [];
      return Object.entries(old)
        .filter(([key]) => !Object.hasOwn(value ?? {}, key) && !names.includes(key))
        .map(([key, entry]): [string, unknown] => [`${member}.${key}`, entry]);
    });
}

/** A user pool's client is the same entry whatever its token check says. */
function idOf(entry: unknown): string {
  return text(typeof entry === "object" && entry !== null ? { ...entry, ServerSideTokenCheck: undefined } : entry);
}

/** What a note lists between its colon and its first full stop. */
const membersIn = (note: string | undefined) =>
  note
    ?.replace(/^[^:]*: /, "")
    .replace(/\..*$/, "")
    .split(", ") ?? [];

/** Two equal pools: the one gets what the tool would send, the other what somebody would who knows no better. */
async function holds(any: Case, made: Setting): Promise<void> {
  const service = createLocalService();
  const { given, pool } = fitting(any, made);
  const subject = subjects[given.tool];
  if (!subject) throw new Error(`no subject ${given.tool}`);
  const [id, twin] = [await create(service, { ...made, pool }), await create(service, { ...made, pool })];
  const before = await stateOf(service, id);
  const plan = await planOf(service, given, id);
  expect(text(await stateOf(service, id))).toBe(text(before));

  const tool = catalogue.find(({ name }) => name === given.tool);
  await post(service, tool?.command.replace(/Command$/, "") ?? "", plan.request);
  const after = await stateOf(service, id);

  // Every leaf that differs is listed, and nothing else is.
  expect(plan.changes.map(listed).sort()).toEqual(differenceOf(subject.part(before), subject.part(after)));

  // Nothing differs but what was named.
  const touched = touchedBy(given);
  const [{ members: old, others }, { members: next, others: othersNext }] = [
    apart(before, given.tool),
    apart(after, given.tool),
  ];
  for (const member of new Set([...Object.keys(old), ...Object.keys(next)]))
    if (!touched.includes(member)) expect(`${member}: ${text(next[member])}`).toBe(`${member}: ${text(old[member])}`);
  // A provider that comes along has no tags to keep.
  for (const [provider, map] of Object.entries(othersNext))
    if (provider in others) expect(text(map)).toBe(text(others[provider]));
  const leaves = leavesOf(next, "");
  for (const [member, entry] of keptEntries(old, given)) {
    const list = leaves.get(member);
    if (Array.isArray(list)) expect(list.map(text)).toContain(text(entry));
    else for (const [path, leaf] of leavesOf(entry, member)) expect(text(leaves.get(path))).toBe(text(leaf));
  }

  // What AWS would have reset is named.
  await sendNaively(service, given, twin);
  const { members: reset } = apart(await stateOf(service, twin), given.tool);
  const lost = Object.keys(old).filter(
    (member) => !touched.includes(member) && text(reset[member]) !== text(old[member]),
  );
  const untouched = plan.notes.find((note) => note.startsWith("These members stay as they are"));
  const named = /AWS would reset (.*), because/.exec(untouched ?? "")?.[1]?.split(", ") ?? [];
  // Roles is not named: a request must have it.
  if (subject.naive) expect(named.sort()).toEqual(lost.filter((member) => member !== "Roles").sort());
  for (const member of membersIn(untouched)) {
    expect(touched).not.toContain(member);
    expect(old).toHaveProperty([member]);
  }
}

describe("for any pool and any update", () => {
  const numRuns = process.env["LONG"] ? 10_000 : 500;

  it("the plan lists all that then differs, nothing else does, and what AWS would have reset is named", async () => {
    await fc.assert(fc.asyncProperty(anyCase, setting, holds), { numRuns });
    report(
      12,
      `${numRuns} generated pools and updates`,
      "every changed or reset field listed; only named fields change",
    );
  }, 900_000);
});
