/** The providers of a pool, under the names by which calls speak of them. */
import type { Pool } from "../state/store.ts";

/** The provider name under which the service's own tokens come back. */
export function ownProvider(region: string): string {
  return region.startsWith("cn-") ? `cognito-identity.${region}.amazonaws.com.cn` : "cognito-identity.amazonaws.com";
}

/** The names under which logins of the pool's public providers come. */
export function providersOf(pool: Pool): string[] {
  return [
    ...Object.keys(pool.loginProviders),
    ...pool.cognitoProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...pool.oidcProviders.map((arn) => arn.split(":oidc-provider/")[1] ?? arn),
    ...pool.samlProviders,
  ];
}

/** The keys that a role mapping may have: a user pool's with its client, a provider's ARN, or a public provider's name. */
export function mappableProviders(pool: Pool): string[] {
  return [
    ...pool.cognitoProviders.map(({ ProviderName, ClientId }) => `${ProviderName}:${ClientId}`),
    ...pool.oidcProviders,
    ...pool.samlProviders,
    ...Object.keys(pool.loginProviders),
  ];
}

/** How the claims of a provider's tokens become session tags; not at all where nothing was set. */
export function principalTagsFor({ principalTags }: Pool, provider: string): Pool["principalTags"][string] {
  const none = { useDefaults: false, tags: {} };
  return Object.hasOwn(principalTags, provider) ? (principalTags[provider] ?? none) : none;
}
