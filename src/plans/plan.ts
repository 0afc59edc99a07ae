import { createHash } from "node:crypto";
import type { CommandName, Request, Response } from "../tools/tool.ts";

/** The commands a plan may send: those that change nothing. */
export const readCommands = [
  "DescribeIdentityCommand",
  "DescribeIdentityPoolCommand",
  "GetIdentityPoolRolesCommand",
  "GetPrincipalTagAttributeMapCommand",
  "ListIdentitiesCommand",
  "ListTagsForResourceCommand",
  "LookupDeveloperIdentityCommand",
] as const satisfies readonly CommandName[];

type ReadCommand = (typeof readCommands)[number];

/** Reads the live account, in the region of the call. Raises the SDK's errors. */
export type Read = <C extends ReadCommand>(command: C, request: Request<C>) => Promise<Response<C>>;

/** One value that the call would add (`was` is absent), remove (`will` is absent) or replace. */
export interface Change {
  /** Where, in AWS's names: `Roles.authenticated`. */
  readonly member: string;
  readonly was?: unknown;
  readonly will?: unknown;
}

/** How a person says yes: by choosing it, or by typing `expected` out. */
export type Confirmation = { readonly by: "choice" } | { readonly by: "typing"; readonly expected: string };

/** A call of one of this server's own tools. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a gated call would do to the account as it is now. */
export interface Plan<C extends CommandName = CommandName> {
  /** What it does, as a short imperative in our own words: `Delete identity pool`. */
  readonly action: string;
  /** What it is done to, in the account's words: untrusted. */
  readonly target: { readonly id: string; readonly name?: string | undefined };
  readonly changes: readonly Change[];
  /** What else a person should know before saying yes, one sentence each; names from the account are quoted. */
  readonly notes: readonly string[];
  /** Whether another call can put the old state back. */
  readonly reversible: boolean;
  /** The calls that put the old state back, in the order in which to make them. */
  readonly undo?: readonly ToolCall[] | undefined;
  /** Of what is deleted for good: what it takes to make its like. */
  readonly kept?: object | undefined;
  readonly confirmation: Confirmation;
  /** All that was read, so that a change of any of it is noticed. */
  readonly state: unknown;
  /** The whole request that would be sent. May hold secrets; it is never shown. */
  readonly request: Request<C>;
}

/** What `before` and `after` differ in. Maps are compared key by key; of lists, the entries that come and go. */
export function compare(before: object, after: object): Change[] {
  const old = new Map(Object.entries(before));
  const next = new Map(Object.entries(after));
  return [...new Set([...old.keys(), ...next.keys()])].flatMap((member) =>
    compareMember(member, old.get(member), next.get(member)),
  );
}

function compareMember(member: string, was: unknown, will: unknown): Change[] {
  if (canonical(was) === canonical(will)) return [];
  if (Array.isArray(was ?? []) && Array.isArray(will ?? [])) return compareLists(member, listOf(was), listOf(will));
  if (isMap(was ?? {}) && isMap(will ?? {}))
    return compare(mapOf(was), mapOf(will)).map((change) => ({ ...change, member: `${member}.${change.member}` }));
  return [{ member, ...(was !== undefined && { was }), ...(will !== undefined && { will }) }];
}

function compareLists(member: string, was: readonly unknown[], will: readonly unknown[]): Change[] {
  if (was.length + will.length === 0) return [];
  const gone = without(was, will).map((entry) => ({ member, was: entry }));
  const come = without(will, was).map((entry) => ({ member, will: entry }));
  // The same entries in another order: the order is the change.
  return gone.length + come.length > 0 ? [...gone, ...come] : [{ member, was, will }];
}

/** What `list` has more than `other`: an entry that is there twice in the one and once in the other remains once. */
function without(list: readonly unknown[], other: readonly unknown[]): unknown[] {
  const rest = other.map(canonical);
  return list.filter((entry) => {
    const at = rest.indexOf(canonical(entry));
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function mapOf(value: unknown): object {
  return isMap(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/**
 * The JSON Canonicalization Scheme (RFC 8785): equal values give equal texts, whatever the order of their keys. An absent
 * member equals an undefined one.
 */
export function canonical(value: unknown): string {
  if (value instanceof Date) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((entry) => canonical(entry ?? null)).join(",")}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? "absent";
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  // By UTF-16 code units, as the scheme has it: that is how JavaScript compares strings.
  const sorted = members.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
}

/** Ties an approval to what was shown: two plans have the same fingerprint only if state, changes and request are equal. */
export function fingerprint(plan: Plan): string {
  return digest(plan);
}

/** Equal for equal values, whatever the order of their keys, and for no others. */
export function digest(value: unknown): string {
  return createHash("sha256").update(canonical(value)).digest("base64url");
}
