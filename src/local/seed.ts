/** Seeds: pools, their roles and their identities, from a file or from a test. */
import { readFileSync } from "node:fs";
import type { CreateIdentityPoolInput, SetIdentityPoolRolesInput } from "@aws-sdk/client-cognito-identity";
import { isRegion } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { isRecord } from "../util/json.ts";
import { systemCode } from "../util/system-error.ts";
import { UserError } from "../util/user-error.ts";
import { createIdentity, link, MAX_LOGINS } from "./auth/linking.ts";
import { userNamed } from "./auth/login-tokens.ts";
import { mappableProviders, providersOf, taggableProviders } from "./auth/providers.ts";
import type { Context, Operation } from "./context.ts";
import { iamSections, type SeedSection, withTexts } from "./iam/seed.ts";
import { createIdentityPool } from "./operations/identity-pools.ts";
import { replacePrincipalTags } from "./operations/principal-tags.ts";
import { type RoleMaps, replaceRoles } from "./operations/roles.ts";
import { checkInput } from "./protocol/constraints.ts";
import { errors, ServiceError } from "./protocol/errors.ts";
import { problemIn } from "./protocol/plain-problems.ts";
import {
  boolean,
  developerUser,
  identityId,
  identityPoolId,
  logins,
  type Members,
  optional,
  principalTags,
  providerName,
  providerNames,
  roleMappings,
  roles,
  type Shape,
} from "./protocol/shapes.ts";
import type { LocalPrincipalTags, LocalSeedIdentity } from "./public.ts";
import { loginKey, type Pool } from "./state/store.ts";
import { userPoolSection } from "./user-pools/seed.ts";

/** A pool in a seed that was checked. */
type SeedPool = CreateIdentityPoolInput &
  Partial<SetIdentityPoolRolesInput> & {
    readonly Region?: string;
    readonly IdentityPoolId?: string;
    readonly PrincipalTagAttributeMaps?: Readonly<Record<string, LocalPrincipalTags>>;
    readonly Identities?: readonly LocalSeedIdentity[];
    readonly FormerProviders?: readonly string[];
  };

const identity: Members = {
  IdentityId: optional(identityId),
  // An identity has more than a call can link.
  Logins: optional({ ...(logins as Extract<Shape, { type: "map" }>), max: MAX_LOGINS }),
  DeveloperUserIdentifiers: optional({ type: "list", of: developerUser }),
  Disabled: optional(boolean),
  Unlinked: optional(boolean),
};

const tagMaps = optional({
  type: "map",
  key: providerName,
  value: { type: "structure", members: { UseDefaults: optional(boolean), PrincipalTags: optional(principalTags) } },
});

const members: Members = {
  ...createIdentityPool.input,
  Roles: optional(roles),
  RoleMappings: optional(roleMappings),
  IdentityPoolId: optional(identityPoolId),
  Region: optional({ type: "string" }),
  PrincipalTagAttributeMaps: tagMaps,
  Identities: optional({ type: "list", of: { type: "structure", members: identity } }),
  FormerProviders: optional(providerNames),
};

const fixedId = /^([a-z0-9-]+):[0-9a-f-]{1,40}$/;

/** Where a seed comes from, as errors name it: such as `--seed pools.json`. */
interface Source {
  readonly name: string;
  /** The region of pools that do not specify one. */
  readonly region: string;
}

/** The lists of a seed that are not identity pools, in the order in which they are loaded. */
export const sections: Readonly<Record<string, SeedSection>> = { ...iamSections, userPools: userPoolSection };

/**
 * Creates what is in `{"pools": [SeedPool, …], "roles": […], …}`. Returns the number of its identity pools. Raises a UserError that
 * names the invalid entry and the problem; the entries before it were created.
 */
export function applySeed(
  document: unknown,
  { name, region }: Source,
  contextFor: (region: string) => Context,
): number {
  const lists = listsIn(document, name);
  for (const [key, section] of Object.entries(sections))
    loadSection(name, section, lists[key] ?? [], contextFor(region));
  const { pools } = lists;
  for (const [index, pool] of pools.entries()) {
    const invalid = (problem: string) =>
      new UserError("state-file", `${name}: pool ${index + 1}: ${problem}`, "Correct this pool.");
    checkPool(pool, invalid);
    try {
      loadPool(pool as SeedPool, region, contextFor);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw invalid(`${error.message.replace(/\.$/, "")}.`);
    }
  }
  return pools.length;
}

function loadSection(
  name: string,
  { what, members, load }: SeedSection,
  entries: readonly unknown[],
  context: Context,
) {
  for (const [index, written] of entries.entries()) {
    const invalid = (problem: string) =>
      new UserError("state-file", `${name}: ${what} ${index + 1}: ${problem}`, `Correct this ${what}.`);
    const entry = withTexts(written);
    const problem = problemIn(members, entry, `the ${what}`);
    if (problem !== undefined || !isRecord(entry)) throw invalid(problem ?? "");
    try {
      load(entry, context);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw invalid(`${error.message.replace(/[.!]$/, "")}.`);
    }
  }
}

/** Checks what the service itself would ignore or report in AWS's words. */
function checkPool(pool: unknown, invalid: (problem: string) => UserError): void {
  const { IdentityPoolId, Region, Identities } = isRecord(pool) ? pool : {};
  const ids = Array.isArray(Identities)
    ? Identities.map((entry) => (isRecord(entry) ? entry["IdentityId"] : undefined))
    : [];
  for (const [member, id] of [
    ["IdentityPoolId", IdentityPoolId] as const,
    ...ids.map((id) => ["IdentityId", id] as const),
  ])
    if (typeof id === "string" && !hasRegion(id, Region))
      throw invalid(`${member} is ${JSON.stringify(id)}; it must be REGION:GUID.`);
  if (typeof Region === "string" && !isRegion(Region) && !String(IdentityPoolId).startsWith(`${Region}:`))
    throw invalid(`Region is ${JSON.stringify(Region)}; it must be a region such as eu-west-1.`);
  const problem = problemIn(members, pool, "a pool");
  if (problem !== undefined) throw invalid(problem);
}

/** Whether the id has a region of AWS, or the region that its pool names: clients can sign for any. */
function hasRegion(id: string, named: unknown): boolean {
  const [, region] = fixedId.exec(id) ?? [];
  return region !== undefined && (region === named || isRegion(region));
}

/** The region of pools in files that do not specify one. */
export const DEFAULT_REGION = "us-east-1";

function loadPool(seed: SeedPool, defaultRegion: string, contextFor: (region: string) => Context) {
  const { Region, IdentityPoolId, Roles, RoleMappings, PrincipalTagAttributeMaps, Identities, ...rest } = seed;
  const { FormerProviders, ...input } = rest;
  const region = Region ?? IdentityPoolId?.split(":", 1)[0] ?? defaultRegion;
  const context = contextFor(region);
  const made = run(createIdentityPool, input, withId(IdentityPoolId, context)) as { IdentityPoolId: string };
  const pool = context.store.pool(region, made.IdentityPoolId);
  const former = FormerProviders ?? [];
  const given = checkInput(loaded, { Roles, RoleMappings, PrincipalTagAttributeMaps }) as Loaded;
  if (given.Roles ?? given.RoleMappings)
    replaceRoles(pool, given, context.store, [...mappableProviders(pool), ...former]);
  const taggable = [...taggableProviders(pool), ...former];
  for (const [provider, map] of Object.entries(given.PrincipalTagAttributeMaps ?? {})) {
    checkNamed(taggable, provider);
    replacePrincipalTags(pool, provider, map, context.store);
  }
  const known = [...providersOf(pool), ...former];
  for (const entry of Identities ?? []) loadIdentity(entry, pool, known, context);
}

/** What is loaded after the pool was created. Without null members. */
const loaded = { Roles: optional(roles), RoleMappings: optional(roleMappings), PrincipalTagAttributeMaps: tagMaps };

interface Loaded extends Partial<RoleMaps> {
  readonly PrincipalTagAttributeMaps?: Readonly<
    Record<string, { readonly UseDefaults?: boolean; readonly PrincipalTags?: Record<string, string> }>
  >;
}

function checkNamed(providers: readonly string[], provider: string): void {
  if (!providers.includes(provider)) throw errors.invalid(`the pool has no provider ${JSON.stringify(provider)}`);
}

/** The context in which the next id is this one, if it is given. Throws for an id of another region, or one that is used. */
function withId(id: string | undefined | null, context: Context): Context {
  const [region, guid] = id?.split(":") ?? [];
  if (guid === undefined) return context;
  if (region !== context.region)
    throw new ServiceError("ValidationException", `the id ${id} is not in region ${context.region}`);
  return { ...context, newId: () => guid };
}

function loadIdentity(
  { IdentityId, Logins, DeveloperUserIdentifiers, Disabled, Unlinked }: LocalSeedIdentity,
  pool: Pool,
  known: readonly string[],
  context: Context,
): void {
  const users = DeveloperUserIdentifiers ?? [];
  const wanted = Object.entries(Logins ?? {}).map(([provider, user]) => ({
    provider,
    user: userNamed(pool, provider, user),
    claims: {},
  }));
  for (const { provider, user } of wanted) {
    checkNamed(known, provider);
    if (pool.logins.has(loginKey(provider, user)))
      throw errors.conflict(`two identities have the same user of provider ${JSON.stringify(provider)}`);
  }
  if (users.length > 0 && pool.developerProvider === undefined)
    throw errors.invalid("an identity has developer users, and the pool has no DeveloperProviderName");
  const taken = users.find((user) => pool.developerUsers.has(user));
  if (taken !== undefined) throw errors.conflict(`two identities have the developer user ${JSON.stringify(taken)}`);
  if ((Disabled || Unlinked) && wanted.length + users.length > 0)
    throw errors.invalid(`an identity that is ${Disabled ? "Disabled" : "Unlinked"} has users`);
  const made = createIdentity(pool, withId(IdentityId, context));
  if (Disabled) context.store.disableIdentity(made, context.now());
  else if (Unlinked) context.store.replaceLinks(made, made, context.now());
  link(made, [], { logins: wanted }, context);
  for (const user of users) link(made, [], { logins: [], developerUser: user }, context);
}

function run(operation: Operation, input: object, context: Context): object | undefined {
  // Both operations of a seed are synchronous.
  return operation.run(checkInput(operation.input, input), context);
}

/** Reads a seed file. Raises UserError. */
export function readSeed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Node's message would repeat a part of the file.
    if (error instanceof SyntaxError)
      throw new UserError("state-file", `--seed ${path} is not valid JSON.`, "Correct the file.");
    throw new UserError(
      "state-file",
      `--seed ${path} cannot be read (${systemCode(error) ?? "unknown reason"}).`,
      "Check the path and the permissions.",
    );
  }
}

type SeedLists = { readonly pools: readonly unknown[] } & Readonly<Record<string, readonly unknown[]>>;

function listsIn(document: unknown, name: string): SeedLists {
  const invalid = (problem: string) => new UserError("state-file", `${name} ${problem}`, "Correct the file.");
  if (!isRecord(document) || !Array.isArray(document["pools"]))
    throw invalid('must contain {"pools": […]}, in which each pool is an input of CreateIdentityPool.');
  const names = ["pools", ...Object.keys(sections)];
  const other = Object.keys(document).find((key) => !names.includes(key));
  if (other !== undefined)
    throw invalid(
      `contains ${JSON.stringify(other)}, which is not a member of a seed file.${didYouMean(other, names)}`,
    );
  const noList = Object.keys(document).find((key) => document[key] !== undefined && !Array.isArray(document[key]));
  if (noList !== undefined) throw invalid(`contains ${JSON.stringify(noList)}, which must be a list.`);
  return document as SeedLists;
}
