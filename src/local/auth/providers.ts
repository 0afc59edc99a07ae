/** The names of a pool's providers in API calls. */
import type { Pool } from "../state/store.ts";

/** The provider name of tokens that this service issued. */
export function ownProvider(region: string): string {
  return region.startsWith("cn-") ? `cognito-identity.${region}.amazonaws.com.cn` : "cognito-identity.amazonaws.com";
}

/** The provider names of the pool's public providers in `Logins`. */
export function providersOf(pool: Pool): string[] {
  return [
    ...Object.keys(pool.loginProviders),
    ...pool.cognitoProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...pool.oidcProviders.map((arn) => arn.split(":oidc-provider/")[1] ?? arn),
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

/** The mapping of a provider's claims to session tags. Empty if none is configured. */
export function principalTagsFor({ principalTags }: Pool, provider: string): Pool["principalTags"][string] {
  const none = { useDefaults: false, tags: {} };
  return Object.hasOwn(principalTags, provider) ? (principalTags[provider] ?? none) : none;
}
