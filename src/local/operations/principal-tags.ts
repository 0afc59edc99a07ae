import type {
  GetPrincipalTagAttributeMapInput,
  GetPrincipalTagAttributeMapResponse,
  SetPrincipalTagAttributeMapInput,
  SetPrincipalTagAttributeMapResponse,
} from "@aws-sdk/client-cognito-identity";
import { principalTagsFor, providersOf } from "../auth/providers.ts";
import { operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { boolean, identityPoolId, optional, principalTags, providerName, required } from "../protocol/shapes.ts";
import type { Pool } from "../state/store.ts";

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
  run({ IdentityPoolId, IdentityProviderName, UseDefaults = false, PrincipalTags = {} }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    checkProvider(pool, IdentityProviderName);
    const map = { useDefaults: UseDefaults, tags: UseDefaults ? DEFAULT_TAGS : PrincipalTags };
    store.updatePool(pool, { principalTags: { ...pool.principalTags, [IdentityProviderName]: map } });
    return toResponse(pool, IdentityProviderName);
  },
});

/** AWS does not document its error for a provider that the pool does not have. */
function checkProvider(pool: Pool, provider: string): void {
  if (!providersOf(pool).includes(provider) && provider !== pool.developerProvider)
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
