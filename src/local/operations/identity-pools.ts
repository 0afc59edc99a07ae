import type {
  CreateIdentityPoolInput,
  DeleteIdentityPoolInput,
  DescribeIdentityPoolInput,
  IdentityPool,
  ListIdentityPoolsInput,
  ListIdentityPoolsResponse,
} from "@aws-sdk/client-cognito-identity";
import { operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import {
  arns,
  boolean,
  cognitoProviders,
  developerProviderName,
  identityPoolId,
  identityPoolName,
  limit,
  loginProviders,
  optional,
  pageToken,
  required,
  tags,
} from "../protocol/shapes.ts";
import { checkTags, type Pool, type PoolConfiguration } from "../state/store.ts";

const settings = {
  IdentityPoolName: required(identityPoolName),
  AllowUnauthenticatedIdentities: required(boolean),
  AllowClassicFlow: optional(boolean),
  SupportedLoginProviders: optional(loginProviders),
  DeveloperProviderName: optional(developerProviderName),
  OpenIdConnectProviderARNs: optional(arns),
  CognitoIdentityProviders: optional(cognitoProviders),
  SamlProviderARNs: optional(arns),
  IdentityPoolTags: optional(tags),
};

export const createIdentityPool = operation<CreateIdentityPoolInput, IdentityPool>({
  signed: true,
  input: settings,
  run(input, { region, store, newId }) {
    const pool = store.addPool(region, `${region}:${newId()}`, toConfiguration(input));
    return toResponse(pool);
  },
});

export const describeIdentityPool = operation<DescribeIdentityPoolInput, IdentityPool>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId) },
  run: ({ IdentityPoolId }, { region, store }) => toResponse(store.pool(region, IdentityPoolId)),
});

/**
 * Replaces the configuration: members missing from the input are reset to their defaults. There are two exceptions: the
 * developer provider name, which cannot be changed once set
 * (https://github.com/hashicorp/terraform-provider-aws/pull/49985), and the tags, for which AWS's behavior is not
 * known.
 */
export const updateIdentityPool = operation<
  CreateIdentityPoolInput & { IdentityPoolId: string | undefined },
  IdentityPool
>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId), ...settings },
  run({ IdentityPoolId, ...input }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    const { developerProvider = pool.developerProvider, ...replaced } = toConfiguration(input);
    if (pool.developerProvider !== undefined && developerProvider !== pool.developerProvider)
      throw errors.invalid("The developer provider name cannot be changed once it has been set");
    store.updatePool(pool, { ...replaced, developerProvider, tags: input.IdentityPoolTags ?? pool.tags });
    return toResponse(pool);
  },
});

export const deleteIdentityPool = operation<DeleteIdentityPoolInput, object>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId) },
  run({ IdentityPoolId }, { region, store }) {
    store.removePool(store.pool(region, IdentityPoolId));
    return {};
  },
});

export const listIdentityPools = operation<ListIdentityPoolsInput, ListIdentityPoolsResponse>({
  signed: true,
  input: { MaxResults: required(limit), NextToken: optional(pageToken) },
  run({ MaxResults, NextToken }, { region, store, pageTokens }) {
    const { page, ...next } = pageTokens.pageOf(`pools of ${region}`, store.poolsOf(region), MaxResults, NextToken);
    return { IdentityPools: page.map(({ id, name }) => ({ IdentityPoolId: id, IdentityPoolName: name })), ...next };
  },
});

/**
 * The documented quota of user pool providers (https://docs.aws.amazon.com/cognito/latest/developerguide/limits.html).
 */
const MAX_USER_POOLS = 50;

type Settings = { [Member in keyof CreateIdentityPoolInput]: CreateIdentityPoolInput[Member] };

const cognitoProvider = /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[\w-]+_\w+$/;

function toConfiguration(input: Settings): PoolConfiguration {
  const userPools = input.CognitoIdentityProviders ?? [];
  if (userPools.length > MAX_USER_POOLS) throw errors.tooManyUserPools(MAX_USER_POOLS);
  if (
    userPools.some(({ ProviderName = "", ClientId }) => !cognitoProvider.test(ProviderName) || ClientId === undefined)
  )
    throw errors.invalidCognitoProvider();
  checkTags(input.IdentityPoolTags ?? {});
  return {
    name: input.IdentityPoolName ?? "",
    guests: input.AllowUnauthenticatedIdentities ?? false,
    classicFlow: input.AllowClassicFlow,
    loginProviders: input.SupportedLoginProviders ?? {},
    developerProvider: input.DeveloperProviderName,
    oidcProviders: input.OpenIdConnectProviderARNs ?? [],
    cognitoProviders: userPools,
    samlProviders: input.SamlProviderARNs ?? [],
    tags: input.IdentityPoolTags ?? {},
  };
}

/** Omits members that are not set. */
function toResponse(pool: Pool): IdentityPool {
  return {
    IdentityPoolId: pool.id,
    IdentityPoolName: pool.name,
    AllowUnauthenticatedIdentities: pool.guests,
    ...(pool.classicFlow !== undefined && { AllowClassicFlow: pool.classicFlow }),
    ...(Object.keys(pool.loginProviders).length > 0 && { SupportedLoginProviders: { ...pool.loginProviders } }),
    ...(pool.developerProvider !== undefined && { DeveloperProviderName: pool.developerProvider }),
    ...(pool.oidcProviders.length > 0 && { OpenIdConnectProviderARNs: [...pool.oidcProviders] }),
    ...(pool.cognitoProviders.length > 0 && { CognitoIdentityProviders: [...pool.cognitoProviders] }),
    ...(pool.samlProviders.length > 0 && { SamlProviderARNs: [...pool.samlProviders] }),
    ...(Object.keys(pool.tags).length > 0 && { IdentityPoolTags: { ...pool.tags } }),
  };
}
