import type {
  GetPrincipalTagAttributeMapInput,
  GetPrincipalTagAttributeMapResponse,
  SetPrincipalTagAttributeMapInput,
  SetPrincipalTagAttributeMapResponse,
} from "@aws-sdk/client-cognito-identity";
import { principalTagsFor, taggableProviders } from "../auth/providers.ts";
import { operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { boolean, identityPoolId, optional, principalTags, providerName, required } from "../protocol/shapes.ts";
import type { Pool, Store } from "../state/store.ts";

/**
 * The mapping that UseDefaults selects
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html).
 */
const DEFAULT_TAGS = { client: "aud", username: "sub" };

export const getPrincipalTagAttributeMap = operation<
  GetPrincipalTagAttributeMapInput,
  GetPrincipalTagAttributeMapResponse
>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId), IdentityProviderName: required(providerName) },
  run({ IdentityPoolId, IdentityProviderName }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    checkProvider(pool, IdentityProviderName);
    return toResponse(pool, IdentityProviderName);
  },
});

/** Replaces the provider's entire map. */
export const setPrincipalTagAttributeMap = operation<
  SetPrincipalTagAttributeMapInput,
  SetPrincipalTagAttributeMapResponse
>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    IdentityProviderName: required(providerName),
    UseDefaults: optional(boolean),
    PrincipalTags: optional(principalTags),
  },
  run({ IdentityPoolId, IdentityProviderName, ...map }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    checkProvider(pool, IdentityProviderName);
    replacePrincipalTags(pool, IdentityProviderName, map, store);
    return toResponse(pool, IdentityProviderName);
  },
});

/** Does not check whether the pool has the provider. */
export function replacePrincipalTags(
  pool: Pool,
  provider: string,
  { UseDefaults, PrincipalTags }: Omit<SetPrincipalTagAttributeMapInput, "IdentityPoolId" | "IdentityProviderName">,
  store: Store,
): void {
  const map = { useDefaults: UseDefaults ?? false, tags: UseDefaults ? DEFAULT_TAGS : (PrincipalTags ?? {}) };
  store.updatePool(pool, { principalTags: { ...pool.principalTags, [provider]: map } });
}

/** AWS does not document its error for a provider that the pool does not have. */
function checkProvider(pool: Pool, provider: string): void {
  if (!taggableProviders(pool).includes(provider))
    throw errors.invalid("The identity provider is not configured for this identity pool");
}

function toResponse(pool: Pool, provider: string): GetPrincipalTagAttributeMapResponse {
  const { useDefaults, tags } = principalTagsFor(pool, provider);
  return {
    IdentityPoolId: pool.id,
    IdentityProviderName: provider,
    UseDefaults: useDefaults,
    ...(Object.keys(tags).length > 0 && { PrincipalTags: { ...tags } }),
  };
}
