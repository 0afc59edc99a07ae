import type {
  GetOpenIdTokenForDeveloperIdentityInput,
  GetOpenIdTokenForDeveloperIdentityResponse,
  LookupDeveloperIdentityInput,
  LookupDeveloperIdentityResponse,
  MergeDeveloperIdentitiesInput,
  MergeDeveloperIdentitiesResponse,
  UnlinkDeveloperIdentityInput,
} from "@aws-sdk/client-cognito-identity";
import { operation } from "../context.ts";
import { errors, ServiceError } from "../errors.ts";
import { absorb, identify, newIdentity, prove } from "../linking.ts";
import { makeToken, readToken } from "../pages.ts";
import {
  developerProviderName,
  developerUser,
  identityId,
  identityPoolId,
  limit,
  logins,
  optional,
  pageToken,
  principalTags,
  required,
  tokenDuration,
} from "../shapes.ts";
import type { Identity, Pool } from "../store.ts";

const TOKEN_SECONDS = 900;
const PAGE = 60;

export const getOpenIdTokenForDeveloperIdentity = operation<
  GetOpenIdTokenForDeveloperIdentityInput,
  GetOpenIdTokenForDeveloperIdentityResponse
>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    IdentityId: optional(identityId),
    Logins: required(logins),
    PrincipalTags: optional(principalTags),
    TokenDuration: optional(tokenDuration),
  },
  async run({ IdentityPoolId, IdentityId, Logins, TokenDuration = TOKEN_SECONDS }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    const provider = pool.developerProvider;
    const { [provider ?? ""]: user, ...others } = Logins;
    if (provider === undefined || user === undefined) throw errors.unsupportedDeveloperProvider();
    const proof = Object.keys(others).length > 0 ? await prove(pool, others, context) : undefined;
    const owner = pool.developerUsers.get(user);
    const named = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, context.store.identity);
    if (named?.disabled) throw errors.identityForbidden(named.id);
    if (owner && named && owner !== named)
      throw new ServiceError(
        "DeveloperUserAlreadyRegisteredException",
        "The provided developer user identifier is already registered with another identity",
      );
    const claimed = owner ?? named;
    const identity = proof
      ? identify(pool, { ...proof, identity: proof.identity ?? claimed }, context)
      : (claimed ?? newIdentity(pool, context));
    if (!owner) {
      identity.developerUsers.add(user);
      pool.developerUsers.set(user, identity);
      identity.modified = context.now();
    }
    const Token = await context.tokens.sign({
      pool: pool.id,
      identity: identity.id,
      amr: ["authenticated", provider, `${provider}:${pool.id}:${user}`],
      seconds: TokenDuration,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** Asked by user, names that user alone; asked by identity, all of its users. */
export const lookupDeveloperIdentity = operation<LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    IdentityId: optional(identityId),
    DeveloperUserIdentifier: optional(developerUser),
    MaxResults: optional(limit),
    NextToken: optional(pageToken),
  },
  run({ IdentityPoolId, IdentityId, DeveloperUserIdentifier, MaxResults = PAGE, NextToken }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    if (IdentityId === undefined && DeveloperUserIdentifier === undefined)
      throw errors.invalid("Either an identity id or a developer user identifier is required");
    const named = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, store.identity);
    if (DeveloperUserIdentifier !== undefined) {
      const owner = userOf(pool, DeveloperUserIdentifier);
      if (named && named !== owner)
        throw errors.conflict("The developer user identifier does not belong to the identity");
      return { IdentityId: owner.id, DeveloperUserIdentifierList: [DeveloperUserIdentifier] };
    }
    const users = [...(named?.developerUsers ?? [])];
    const start = NextToken === undefined ? 0 : readToken(NextToken);
    const end = start + MaxResults;
    return {
      IdentityId,
      DeveloperUserIdentifierList: users.slice(start, end),
      ...(end < users.length && { NextToken: makeToken(end) }),
    };
  },
});

export const mergeDeveloperIdentities = operation<MergeDeveloperIdentitiesInput, MergeDeveloperIdentitiesResponse>({
  signed: true,
  input: {
    SourceUserIdentifier: required(developerUser),
    DestinationUserIdentifier: required(developerUser),
    DeveloperProviderName: required(developerProviderName),
    IdentityPoolId: required(identityPoolId),
  },
  run({ SourceUserIdentifier, DestinationUserIdentifier, DeveloperProviderName, IdentityPoolId }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    if (pool.developerProvider !== DeveloperProviderName) throw errors.unsupportedDeveloperProvider();
    const source = userOf(pool, SourceUserIdentifier);
    const destination = userOf(pool, DestinationUserIdentifier);
    if (source === destination) throw errors.conflict("Both users belong to the same identity already");
    for (const provider of source.logins.keys())
      if (destination.logins.has(provider))
        throw errors.conflict(`Both identities have a login of provider ${provider}`);
    absorb(destination, source, context);
    return { IdentityId: destination.id };
  },
});

export const unlinkDeveloperIdentity = operation<UnlinkDeveloperIdentityInput, object>({
  signed: true,
  input: {
    IdentityId: required(identityId),
    IdentityPoolId: required(identityPoolId),
    DeveloperProviderName: required(developerProviderName),
    DeveloperUserIdentifier: required(developerUser),
  },
  run({ IdentityId, IdentityPoolId, DeveloperProviderName, DeveloperUserIdentifier }, { region, store, now }) {
    const pool = store.pool(region, IdentityPoolId);
    if (pool.developerProvider !== DeveloperProviderName) throw errors.unsupportedDeveloperProvider();
    const identity = identityOf(pool, IdentityId, store.identity);
    if (userOf(pool, DeveloperUserIdentifier) !== identity)
      throw errors.conflict("The developer user identifier does not belong to the identity");
    pool.developerUsers.delete(DeveloperUserIdentifier);
    identity.developerUsers.delete(DeveloperUserIdentifier);
    identity.modified = now();
    return {};
  },
});

function identityOf(pool: Pool, id: string, find: (region: string, id: string) => Identity): Identity {
  const identity = find(pool.region, id);
  if (identity.pool !== pool) throw errors.noIdentity(id);
  return identity;
}

function userOf(pool: Pool, user: string): Identity {
  const identity = pool.developerUsers.get(user);
  if (!identity) throw errors.notFound("Developer user identifier not found.");
  return identity;
}
