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
  run(input, { region, accountId, store, newId }) {
    const pool = store.addPool(region, `${region}:${newId("pool")}`, toConfiguration(input, accountId));
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
  run({ IdentityPoolId, ...input }, { region, accountId, store }) {
    const pool = store.pool(region, IdentityPoolId);
    const { developerProvider = pool.developerProvider, ...replaced } = toConfiguration(input, accountId);
    if (pool.developerProvider !== undefined && developerProvider !== pool.developerProvider)
      throw errors.invalid("The developer provider name cannot be changed once it has been set");
    store.updatePool(pool, { ...replaced, developerProvider, tags: input.IdentityPoolTags ?? pool.tags });
    return toResponse(pool);
  },
});

export const deleteIdentityPool = operation<DeleteIdentityPoolInput, undefined>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId) },
  run({ IdentityPoolId }, { region, store }) {
    store.removePool(store.pool(region, IdentityPoolId));
    return undefined;
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

function toConfiguration(input: Settings, accountId: string): PoolConfiguration {
  const userPools = input.CognitoIdentityProviders ?? [];
  if (userPools.length > MAX_USER_POOLS) throw errors.tooManyUserPools(MAX_USER_POOLS);
  if (
    userPools.some(({ ProviderName = "", ClientId }) => !cognitoProvider.test(ProviderName) || ClientId === undefined)
  )
    throw errors.invalidCognitoProvider();
  checkSamlArns(input.SamlProviderARNs ?? [], accountId);
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

/**
 * AWS looks a SAML provider up in the caller's account; whether it exists is known to IAM alone. It does not look up OpenID Connect
 * providers: the Terraform provider's acceptance test names those of another account.
 */
function checkSamlArns(arns: readonly string[], accountId: string): void {
  const ours = new RegExp(`^arn:aws[\\w-]*:iam::${accountId}:saml-provider/.`);
  const foreign = arns.find((arn) => !ours.test(arn));
  if (foreign !== undefined) throw errors.foreignProvider(foreign, accountId);
}

/** Omits members that are not set, except for the tags (https://github.com/aws-amplify/amplify-swift/issues/2842). */
export function toResponse(pool: Pool): IdentityPool {
  return {
    IdentityPoolId: pool.id,
    IdentityPoolName: pool.name,
    AllowUnauthenticatedIdentities: pool.guests,
    ...(pool.classicFlow !== undefined && { AllowClassicFlow: pool.classicFlow }),
    ...(Object.keys(pool.loginProviders).length > 0 && { SupportedLoginProviders: { ...pool.loginProviders } }),
    ...(pool.developerProvider !== undefined && { DeveloperProviderName: pool.developerProvider }),
    ...(pool.oidcProviders.length > 0 && { OpenIdConnectProviderARNs: [...pool.oidcProviders] }),
    ...(pool.cognitoProviders.length > 0 && {
      CognitoIdentityProviders: pool.cognitoProviders.map((provider) => ({
        ...provider,
        ServerSideTokenCheck: provider.ServerSideTokenCheck ?? false,
      })),
    }),
    ...(pool.samlProviders.length > 0 && { SamlProviderARNs: [...pool.samlProviders] }),
    IdentityPoolTags: { ...pool.tags },
  };
}
