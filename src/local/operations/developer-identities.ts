import type {
  GetOpenIdTokenForDeveloperIdentityInput,
  GetOpenIdTokenForDeveloperIdentityResponse,
  LookupDeveloperIdentityInput,
  LookupDeveloperIdentityResponse,
  MergeDeveloperIdentitiesInput,
  MergeDeveloperIdentitiesResponse,
  UnlinkDeveloperIdentityInput,
} from "@aws-sdk/client-cognito-identity";
import { link, newIdentity, ownersOf, unlinkUser } from "../auth/linking.ts";
import { proves, publicLogins } from "../auth/proof.ts";
import { operation } from "../context.ts";
import { errors, ServiceError } from "../protocol/errors.ts";
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
} from "../protocol/shapes.ts";
import type { Identity, Pool } from "../state/store.ts";

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
  async run({ IdentityPoolId, IdentityId, Logins, PrincipalTags, TokenDuration = TOKEN_SECONDS }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    const provider = pool.developerProvider;
    if (provider === undefined || !Object.hasOwn(Logins, provider)) throw errors.unsupportedDeveloperProvider();
    const { [provider]: user = "", ...others } = Logins;
    const logins = publicLogins(pool, others, context.now());
    const owner = pool.developerUsers.get(user);
    const named = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, context.store.identity);
    if (named?.disabled) throw errors.identityForbidden(named.id);
    if (owner && named && owner !== named)
      throw new ServiceError(
        "DeveloperUserAlreadyRegisteredException",
        "The provided developer user identifier is already registered with another identity",
      );
    // Who signed in elsewhere must prove it (https://github.com/aws/aws-sdk-net/issues/1112).
    if (!owner && named && named.logins.size > 0 && !proves({ logins }, named)) throw errors.loginsDoNotMatch();
    const claimed = owner ?? named;
    const owners = ownersOf(pool, { logins }).filter((other) => other !== claimed);
    const [parent = newIdentity(pool, context), ...rest] = claimed ? [claimed, ...owners] : owners;
    const identity = link(parent, rest, { logins, developerUser: user }, context);
    const Token = await context.tokens.sign({
      pool: pool.id,
      identity: identity.id,
      amr: ["authenticated", provider, `${provider}:${pool.id}:${user}`],
      seconds: TokenDuration,
      principalTags: PrincipalTags,
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
  run({ IdentityPoolId, IdentityId, DeveloperUserIdentifier, MaxResults = PAGE, NextToken }, { region, store, pages }) {
    const pool = store.pool(region, IdentityPoolId);
    if (IdentityId === undefined && DeveloperUserIdentifier === undefined)
      throw errors.invalid("Either an identity id or a developer user identifier is required");
    const named = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, store.identity);
    if (DeveloperUserIdentifier !== undefined) {
      if (named && pool.developerUsers.get(DeveloperUserIdentifier) !== named)
        throw errors.conflict("The developer user identifier does not belong to the identity");
      return {
        IdentityId: userOf(pool, DeveloperUserIdentifier).id,
        DeveloperUserIdentifierList: [DeveloperUserIdentifier],
      };
    }
    const list = `users of ${IdentityId}`;
    const users = [...(named?.developerUsers ?? [])];
    const start = NextToken === undefined ? 0 : pages.readToken(list, NextToken);
    const end = start + MaxResults;
    return {
      IdentityId,
      DeveloperUserIdentifierList: users.slice(start, end),
      ...(end < users.length && { NextToken: pages.makeToken(list, end) }),
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
    return { IdentityId: link(destination, [source], { logins: [] }, context).id };
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
  run({ IdentityId, IdentityPoolId, DeveloperProviderName, DeveloperUserIdentifier }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    if (pool.developerProvider !== DeveloperProviderName) throw errors.unsupportedDeveloperProvider();
    const identity = identityOf(pool, IdentityId, context.store.identity);
    if (userOf(pool, DeveloperUserIdentifier) !== identity)
      throw errors.conflict("The developer user identifier does not belong to the identity");
    unlinkUser(identity, DeveloperUserIdentifier, context);
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
