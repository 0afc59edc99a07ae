/**
 * Resolves the IAM role of an identity
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html).
 */
import type { MappingRule, RoleMapping } from "@aws-sdk/client-cognito-identity";
import { errors } from "../protocol/errors.ts";
import type { Identity, Pool } from "../state/store.ts";
import type { Login } from "./proof.ts";
import { oidcArnOf } from "./providers.ts";

/**
 * Returns the ARN of the role: from the role mapping of the login's provider, or else the pool's role for authenticated
 * or unauthenticated identities. Throws InvalidIdentityPoolConfigurationException if no role is configured, and
 * NotAuthorizedException if the mapping denies access.
 */
export function resolveRole(identity: Identity, logins: readonly Login[], customRole: string | undefined): string {
  const { pool, authenticated } = identity;
  const role = mappedRole(pool, logins, customRole) ?? pool.roles[authenticated ? "authenticated" : "unauthenticated"];
  if (role === undefined) throw errors.noRoleConfigured();
  return role;
}

/** The role of the first login with a mapping. Undefined if the pool's role applies. */
function mappedRole(pool: Pool, logins: readonly Login[], customRole: string | undefined): string | undefined {
  for (const login of logins) {
    const key = mappingKeyOf(pool, login);
    const mapping = Object.hasOwn(pool.roleMappings, key) ? pool.roleMappings[key] : undefined;
    if (mapping) return applyMapping(key, mapping, login.claims, customRole);
  }
  if (customRole !== undefined) throw errors.roleNotInToken();
  return undefined;
}

function applyMapping(key: string, mapping: RoleMapping, claims: Login["claims"], customRole: string | undefined) {
  if (customRole !== undefined) {
    const offered = mapping.Type === "Token" ? rolesOf(claims) : ruleRoles(mapping, claims);
    if (!offered.includes(customRole)) throw errors.roleNotInToken();
    return customRole;
  }
  const role = mapping.Type === "Token" ? tokenRole(claims) : ruleRoles(mapping, claims)[0];
  if (role === undefined && mapping.AmbiguousRoleResolution === "Deny") throw errors.ambiguousRole(key);
  return role;
}

/** The role mapping key of a login: user pool and client, OIDC provider ARN, or provider name. */
function mappingKeyOf(pool: Pool, { provider, claims }: Login): string {
  if (pool.cognitoProviders.some(({ ProviderName }) => ProviderName === provider))
    return `${provider}:${[claims.aud].flat()[0]}`;
  return oidcArnOf(pool, provider) ?? provider;
}

function rolesOf(claims: Login["claims"]): string[] {
  const roles = claims["cognito:roles"];
  return Array.isArray(roles) ? roles.map(String) : [];
}

/** The preferred role, or the only role. Undefined if the token is ambiguous. */
function tokenRole(claims: Login["claims"]): string | undefined {
  const preferred = claims["cognito:preferred_role"];
  if (typeof preferred === "string") return preferred;
  const [only, ...more] = rolesOf(claims);
  return more.length === 0 ? only : undefined;
}

/**
 * The roles of the matching rules, in order: the first one applies, unless the caller names another one. That a caller can
 * name one was reported, and is not recorded.
 */
function ruleRoles({ RulesConfiguration }: RoleMapping, claims: Login["claims"]): string[] {
  return (RulesConfiguration?.Rules ?? []).flatMap((rule) => (matches(rule, claims) ? (rule.RoleARN ?? []) : []));
}

/** A rule never matches if the token lacks its claim, including NotEqual rules. */
function matches({ Claim = "", MatchType, Value = "" }: MappingRule, claims: Login["claims"]): boolean {
  if (!Object.hasOwn(claims, Claim)) return false;
  const values = [claims[Claim]].flat().map(String);
  switch (MatchType) {
    case "Equals":
      return values.includes(Value);
    case "Contains":
      return values.some((value) => value.includes(Value));
    case "StartsWith":
      return values.some((value) => value.startsWith(Value));
    case "NotEqual":
      return !values.includes(Value);
    default:
      return false;
  }
}
