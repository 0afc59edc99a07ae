/** The names of a pool's providers in API calls. */
import type { Pool } from "../state/store.ts";

/** The provider names of the pool's public providers in `Logins`. */
export function providersOf(pool: Pool): string[] {
  return [
    ...Object.keys(pool.loginProviders),
    ...pool.cognitoProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...pool.oidcProviders.map(oidcHost),
    ...pool.samlProviders,
  ];
}

/** The valid keys of a role mapping: user pool and client, provider ARN, or public provider name. */
export function mappableProviders(pool: Pool): string[] {
  return [
    ...pool.cognitoProviders.map(({ ProviderName, ClientId }) => `${ProviderName}:${ClientId}`),
    ...pool.oidcProviders,
    ...pool.samlProviders,
    ...Object.keys(pool.loginProviders),
  ];
}

/** The part of an OpenID Connect provider's ARN that names it in `Logins`. */
function oidcHost(arn: string): string {
  return arn.split(":oidc-provider/")[1] ?? arn;
}

/** The ARN of the OpenID Connect provider with this name in `Logins`, if the pool has one. */
export function oidcArnOf(pool: Pool, provider: string): string | undefined {
  return pool.oidcProviders.find((arn) => oidcHost(arn) === provider);
}

/**
 * The names of the pool's providers in the operations for principal tags. An OpenID Connect provider goes by its ARN
 * (https://github.com/hashicorp/terraform-provider-aws/pull/25964).
 */
export function taggableProviders(pool: Pool): string[] {
  return [
    ...Object.keys(pool.loginProviders),
    ...pool.cognitoProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...pool.oidcProviders,
    ...pool.samlProviders,
    ...(pool.developerProvider === undefined ? [] : [pool.developerProvider]),
  ];
}

/** The mapping of a provider's claims to session tags. Empty if none is configured. */
export function principalTagsFor({ principalTags }: Pool, provider: string): Pool["principalTags"][string] {
  return findOwn(principalTags, provider) ?? { useDefaults: false, tags: {} };
}

/** The mapping that applies to a login of this provider. State files of earlier versions name a host. */
export function principalTagsOfLogin(pool: Pool, provider: string): Pool["principalTags"][string] {
  const arn = oidcArnOf(pool, provider);
  return (arn && findOwn(pool.principalTags, arn)) || principalTagsFor(pool, provider);
}

function findOwn<Value>(map: Readonly<Record<string, Value>>, key: string): Value | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

/** What the pool, its identities and its principal tags name, and the pool does not have any more, in alphabetical order. */
export function formerProviders(pool: Pool): string[] {
  const logins = new Set(Array.from(pool.identities, ({ logins }) => [...logins.keys()]).flat());
  const without = (names: Iterable<string>, present: readonly string[]) =>
    [...names].filter((name) => !present.includes(name));
  const former = [
    ...without(logins, providersOf(pool)),
    ...without(Object.keys(pool.roleMappings), mappableProviders(pool)),
    ...without(Object.keys(pool.principalTags), taggableProviders(pool)),
  ];
  return [...new Set(former)].sort();
}
