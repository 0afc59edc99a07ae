/** Reads what the tree needs of an account. What cannot be read is named, with the permission that is missing. */
import { maskProviderSecret } from "../../plans/provider-secrets.ts";
import type { PoolConfiguration } from "../../selections/pool-filters.ts";
import type { PoolRoles } from "../pool-rules.ts";
import type { Readers } from "../report.ts";
import { readDeniedAccess, roleNameOf } from "./denied-access.ts";
import {
  type Asked,
  type Facts,
  kindsOf,
  type Mapping,
  notAsked,
  type PoolFacts,
  type Read,
  type RolesFacts,
  valueIn,
} from "./facts.ts";
import { candidatesOf, mappingsOf, providerOfMapping } from "./roles-of.ts";

/** Something that was not read. */
export interface NotRead {
  readonly what: string;
  readonly id?: string;
  /** The IAM action that reading it takes. */
  readonly permission: string;
  /** AWS's error code, or why this server did not ask. */
  readonly reason: string;
}

export interface ReadCase {
  readonly facts: Facts;
  readonly read: readonly string[];
  readonly notRead: readonly NotRead[];
}

interface Case {
  readonly poolId: string | undefined;
  readonly identityId: string | undefined;
  readonly asked: Asked;
}

/** Providers whose tags are read, and user pools. */
const MAX_PROVIDERS = 10;

/** No read begins after this many milliseconds: many clients give up after a minute. */
const TIME_MS = 25_000;

const missing = new Set(["NoSuchEntityException", "NoSuchEntity", "ResourceNotFoundException"]);

/** Errors that end the report: a defect, or the end of the call. */
const fatal = new Set(["TypeError", "RangeError", "ReferenceError", "AbortError"]);

/** Reads step by step, only what the case needs. Raises errors that are about this server and not about one thing that it reads. */
export async function readFacts(
  { poolId: given, identityId, asked }: Case,
  readers: Readers,
  now: number,
): Promise<ReadCase> {
  const read: string[] = [];
  const notRead: NotRead[] = [];
  const started = performance.now();

  async function attempt<Value>(
    what: string,
    id: string | undefined,
    permission: string,
    work: () => Promise<Value>,
  ): Promise<Read<Value>> {
    const name = id === undefined ? what : `${what} ${id}`;
    const failed = (reason: string) => {
      notRead.push({ what, ...(id !== undefined && { id }), permission, reason });
      return { state: "not readable", reason } as const;
    };
    if (performance.now() - started > TIME_MS) return failed("there was no time left");
    try {
      const value = await work();
      read.push(name);
      return { state: "read", value };
    } catch (error) {
      const reason = error instanceof Error ? error.name : "UnknownError";
      if (fatal.has(reason)) throw error;
      if (missing.has(reason)) {
        read.push(name);
        return { state: "missing" };
      }
      if (reason === "RefusalError") return failed("the policy of this server does not allow it");
      return failed(/^\w{1,64}$/.test(reason) ? reason : "UnknownError");
    }
  }

  const { cognitoIdentity: cognito, account, region } = readers;
  const identity =
    identityId === undefined
      ? notAsked
      : await attempt("identity", identityId, "cognito-identity:DescribeIdentity", async () => {
          const { Logins = [] } = await cognito("DescribeIdentityCommand", { IdentityId: identityId });
          return { logins: Logins };
        });
  const poolId = given ?? (identityId === undefined ? undefined : readers.poolOf(identityId));
  const pool =
    poolId === undefined
      ? notAsked
      : await attempt("identity pool", poolId, "cognito-identity:DescribeIdentityPool", async () =>
          poolFacts(await cognito("DescribeIdentityPoolCommand", { IdentityPoolId: poolId })),
        );
  const roles =
    poolId === undefined || pool.state === "missing"
      ? notAsked
      : await attempt("roles of the pool", poolId, "cognito-identity:GetIdentityPoolRoles", async () =>
          rolesFacts(await cognito("GetIdentityPoolRolesCommand", { IdentityPoolId: poolId })),
        );

  const tags = new Map<string, Read<readonly string[]>>();
  const found = new Map<string, ReturnType<Facts["role"]>>();
  const policies = new Map<string, ReturnType<Facts["policies"]>>();
  const userPools = new Map<string, ReturnType<Facts["userPool"]>>();
  const facts: Facts = {
    now,
    region,
    poolId,
    identityId,
    asked,
    pool,
    roles,
    identity,
    tagKeys: (provider) => tags.get(provider) ?? notAsked,
    role: (arn) => found.get(arn) ?? notAsked,
    policies: (arn) => policies.get(arn) ?? notAsked,
    userPool: (name) => userPools.get(name) ?? notAsked,
  };
  const kinds = kindsOf(facts);

  if (poolId !== undefined && kinds.some((kind) => kind !== "guest"))
    for (const [provider, name] of taggedProviders(facts))
      tags.set(
        provider,
        await attempt("principal tags of", name, "cognito-identity:GetPrincipalTagAttributeMap", async () => {
          const request = { IdentityPoolId: poolId, IdentityProviderName: name };
          const { PrincipalTags = {}, UseDefaults } = await cognito("GetPrincipalTagAttributeMapCommand", request);
          return UseDefaults ? ["client", "username"] : Object.keys(PrincipalTags);
        }).then((answer) => (answer.state === "missing" ? { state: "read", value: [] } : answer)),
      );

  if (kinds.includes("user"))
    for (const name of userPoolsOf(facts))
      userPools.set(
        name,
        await attempt(
          "user pool",
          name.slice(name.lastIndexOf("/") + 1),
          "cognito-idp:DescribeUserPool, cognito-idp:ListGroups",
          () => account.userPool(name.slice(name.lastIndexOf("/") + 1)),
        ),
      );

  for (const { arn } of candidatesOf(facts).list) if (!found.has(arn)) found.set(arn, await readRole(arn));

  const denied = readDeniedAccess(asked.errorText);
  if (denied)
    for (const { arn } of candidatesOf(facts).list) {
      if (found.get(arn)?.state !== "read" || policies.has(arn)) continue;
      if (denied.role !== undefined && roleNameOf(arn) !== denied.role) continue;
      const permission =
        "iam:ListAttachedRolePolicies, iam:ListRolePolicies, iam:GetRolePolicy, iam:GetPolicy, iam:GetPolicyVersion";
      policies.set(
        arn,
        await attempt("policies of the role", arn, permission, () => account.rolePolicies(roleNameOf(arn))),
      );
    }
  return { facts, read, notRead };

  async function readRole(arn: string): Promise<ReturnType<Facts["role"]>> {
    const role = await attempt("role", arn, "iam:GetRole", () => account.role(roleNameOf(arn)));
    // IAM looks a name up in the account of the credentials: another account can have a role of the same name.
    if (role.state === "read") return role.value.arn === arn ? role : unlessOwn(arn, role.value.arn.split(":")[4]);
    if (role.state !== "missing") return role;
    const own = await attempt("own account", undefined, "sts:GetCallerIdentity", () => account.ownAccount());
    return unlessOwn(arn, valueIn(own));
  }
}

/** A role that was not found under its ARN: it is missing if the account is its own, or not known. */
function unlessOwn(arn: string, own: string | undefined): { readonly state: "missing" | "other account" } {
  return { state: own === undefined || arn.split(":")[4] === own ? "missing" : "other account" };
}

/** Providers whose tags matter, by the name in Logins and the one that GetPrincipalTagAttributeMap takes: an OIDC provider goes by its ARN. */
function taggedProviders({ pool: read, asked: { provider } }: Facts): [provider: string, name: string][] {
  const pool = valueIn(read);
  if (!pool) return [];
  const arnOf = (name: string) => pool.oidcArns.find((arn) => arn.endsWith(`:oidc-provider/${name}`)) ?? name;
  if (provider !== undefined) return [[provider, arnOf(provider)]];
  const all = [
    ...pool.publicProviders.keys(),
    ...pool.userPools.map(({ name }) => name),
    ...pool.oidcArns,
    ...pool.samlArns,
  ];
  return [...new Set(all)].slice(0, MAX_PROVIDERS).map((name) => [name, name]);
}

/** User pools whose groups or attributes decide about roles. */
function userPoolsOf({ roles: read, pool, asked: { provider } }: Facts): string[] {
  const roles = valueIn(read);
  const mapped = roles ? mappingsOf(roles, provider).map(([key]) => providerOfMapping(key)) : [];
  const own = (valueIn(pool)?.userPools ?? []).map(({ name }) => name).filter((name) => (provider ?? name) === name);
  return [...new Set([...mapped, ...own])]
    .filter((name) => /^cognito-idp\.[\w.-]+\/[\w-]+_\w+$/.test(name))
    .slice(0, MAX_PROVIDERS);
}

function poolFacts(pool: PoolConfiguration): PoolFacts {
  const providers = Object.entries(pool.SupportedLoginProviders ?? {});
  return {
    guests: pool.AllowUnauthenticatedIdentities === true,
    classicFlow: pool.AllowClassicFlow,
    publicProviders: new Map(
      // Where a part is a secret, the rest is not all app ids.
      providers.map(([name, value]) => [
        name,
        maskProviderSecret(value, name) === value ? value.split(";") : undefined,
      ]),
    ),
    developerProvider: pool.DeveloperProviderName,
    userPools: (pool.CognitoIdentityProviders ?? []).map(
      ({ ProviderName = "", ClientId = "", ServerSideTokenCheck }) => ({
        name: ProviderName,
        clientId: ClientId,
        tokenCheck: ServerSideTokenCheck === true,
      }),
    ),
    oidcArns: pool.OpenIdConnectProviderARNs ?? [],
    samlArns: pool.SamlProviderARNs ?? [],
  };
}

function rolesFacts({ Roles = {}, RoleMappings = {} }: PoolRoles): RolesFacts {
  const mappings = Object.entries(RoleMappings).map(
    ([key, { Type = "", AmbiguousRoleResolution, RulesConfiguration }]): [string, Mapping] => [
      key,
      {
        type: Type,
        ambiguous: AmbiguousRoleResolution,
        rules: (RulesConfiguration?.Rules ?? []).map(({ Claim = "", MatchType = "", Value = "", RoleARN = "" }) => ({
          claim: Claim,
          match: MatchType,
          value: Value,
          roleArn: RoleARN,
        })),
      },
    ],
  );
  return {
    authenticated: Roles["authenticated"],
    unauthenticated: Roles["unauthenticated"],
    mappings: new Map(mappings),
  };
}
