/** What is known of a case: what the caller said, and what was read of the account. */
import type { Fields } from "../../util/json.ts";

/** What was read: its value, that it does not exist, that it could not be read, or that nothing was asked for. */
export type Read<Value> =
  | { readonly state: "read"; readonly value: Value }
  | { readonly state: "missing" }
  | { readonly state: "not readable"; readonly reason: string }
  | { readonly state: "not asked" };

export const notAsked = { state: "not asked" } as const;

export type Kind = "guest" | "user" | "developer";
type Flow = "enhanced" | "classic";

/** What the caller said. */
export interface Asked {
  /** What the application saw. Anybody may have written it. */
  readonly errorText: string | undefined;
  readonly flow: Flow | undefined;
  readonly kind: Kind | undefined;
  /** The provider as in Logins. */
  readonly provider: string | undefined;
  /** The claims of the login token; undefined without a login, and for a token that is no JWT. */
  readonly claims: Fields | undefined;
}

export interface PoolFacts {
  readonly guests: boolean;
  /** Undefined where the pool does not say. */
  readonly classicFlow: boolean | undefined;
  /** Domains of public providers with their app ids; undefined where a part of the value is secret. */
  readonly publicProviders: ReadonlyMap<string, readonly string[] | undefined>;
  readonly developerProvider: string | undefined;
  readonly userPools: readonly { readonly name: string; readonly clientId: string; readonly tokenCheck: boolean }[];
  readonly oidcArns: readonly string[];
  readonly samlArns: readonly string[];
}

interface MappingRule {
  readonly claim: string;
  readonly match: string;
  readonly value: string;
  readonly roleArn: string;
}

export interface Mapping {
  readonly type: string;
  readonly ambiguous: string | undefined;
  readonly rules: readonly MappingRule[];
}

export interface RolesFacts {
  readonly authenticated: string | undefined;
  readonly unauthenticated: string | undefined;
  /** By key, as in RoleMappings. */
  readonly mappings: ReadonlyMap<string, Mapping>;
}

interface IdentityFacts {
  /** Names of providers. */
  readonly logins: readonly string[];
}

interface RoleFacts {
  readonly arn: string;
  /** The trust policy as JSON. */
  readonly trust: string;
  readonly boundary: string | undefined;
}

/** A policy of a role that allows and denies actions. */
export interface AccessPolicy {
  readonly name: string;
  readonly document: string;
}

export interface UserPoolFacts {
  /** Names of custom attributes, with their prefix. */
  readonly customAttributes: readonly string[];
  readonly groups: readonly {
    readonly name: string;
    readonly roleArn: string | undefined;
    readonly precedence: number | undefined;
  }[];
}

/** All that is known. Functions answer for whatever was read. */
export interface Facts {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly region: string;
  readonly poolId: string | undefined;
  readonly identityId: string | undefined;
  readonly asked: Asked;
  readonly pool: Read<PoolFacts>;
  readonly roles: Read<RolesFacts>;
  readonly identity: Read<IdentityFacts>;
  /** The keys of the session tags of a provider. */
  tagKeys(provider: string): Read<readonly string[]>;
  role(arn: string): Read<RoleFacts> | { readonly state: "other account" };
  /** The policies of a role; false at `complete` where there were more than were read. */
  policies(arn: string): Read<{ readonly list: readonly AccessPolicy[]; readonly complete: boolean }>;
  /** By provider name. */
  userPool(name: string): Read<UserPoolFacts>;
}

/** The value, if it was read. */
export function valueIn<Value>(read: Read<Value>): Value | undefined {
  return read.state === "read" ? read.value : undefined;
}

/** The kinds that the case is about: as the caller said, as the identity is, or all that the pool serves. */
export function kindsOf({ asked, identity, pool }: Facts): readonly Kind[] {
  if (asked.kind) return [asked.kind];
  const poolFacts = valueIn(pool);
  const logins = valueIn(identity)?.logins;
  if (logins) {
    if (logins.length === 0) return ["guest"];
    const developer = poolFacts?.developerProvider;
    return [developer !== undefined && logins.includes(developer) ? "developer" : "user"];
  }
  if (!poolFacts) return [];
  return [
    ...(poolFacts.guests ? (["guest"] as const) : []),
    ...(providersOf(poolFacts).length > 0 ? (["user"] as const) : []),
    ...(poolFacts.developerProvider === undefined ? [] : (["developer"] as const)),
  ];
}

/** The names of the pool's providers as in Logins, without the developer provider. */
export function providersOf({ publicProviders, userPools, oidcArns, samlArns }: PoolFacts): string[] {
  const hosts = oidcArns.map((arn) => arn.slice(arn.indexOf("oidc-provider/") + "oidc-provider/".length));
  return [...new Set([...publicProviders.keys(), ...userPools.map(({ name }) => name), ...hosts, ...samlArns])];
}
