import type {
  GetOpenIdTokenForDeveloperIdentityInput,
  GetOpenIdTokenForDeveloperIdentityResponse,
  LookupDeveloperIdentityInput,
  LookupDeveloperIdentityResponse,
  MergeDeveloperIdentitiesInput,
  MergeDeveloperIdentitiesResponse,
  UnlinkDeveloperIdentityInput,
} from "@aws-sdk/client-cognito-identity";
import { createIdentity, link, ownersOf, unlinkDeveloperUser } from "../auth/linking.ts";
import { provesIdentity, readPublicLogins } from "../auth/proof.ts";
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
const DEFAULT_PAGE_SIZE = 60;

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
    const logins = readPublicLogins(pool, others, context.now());
    const owner = pool.developerUsers.get(user);
    const requested = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, context.store.identity);
    if (requested?.disabled) throw errors.identityForbidden(requested.id);
    if (owner && requested && owner !== requested)
      throw new ServiceError(
        "DeveloperUserAlreadyRegisteredException",
        "The provided developer user identifier is already registered with another identity",
      );
    // An identity with public logins requires one of them (https://github.com/aws/aws-sdk-net/issues/1112).
    if (!owner && requested && requested.logins.size > 0 && !provesIdentity({ logins }, requested))
      throw errors.loginsDoNotMatch();
    const claimed = owner ?? requested;
    const owners = ownersOf(pool, { logins }).filter((other) => other !== claimed);
    const [parent = createIdentity(pool, context), ...rest] = claimed ? [claimed, ...owners] : owners;
    const identity = link(parent, rest, { logins, developerUser: user }, context);
    const Token = await context.tokens.sign({
      pool: pool.id,
      accountId: context.accountId,
      identity: identity.id,
      amr: ["authenticated", provider, `${provider}:${pool.id}:${user}`],
      seconds: TokenDuration,
      principalTags: PrincipalTags,
    });
    return { IdentityId: identity.id, Token };
  },
});

/** A lookup by user returns only that user; a lookup by identity returns all of its users. */
export const lookupDeveloperIdentity = operation<LookupDeveloperIdentityInput, LookupDeveloperIdentityResponse>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    IdentityId: optional(identityId),
    DeveloperUserIdentifier: optional(developerUser),
    MaxResults: optional(limit),
    NextToken: optional(pageToken),
  },
  run(
    { IdentityPoolId, IdentityId, DeveloperUserIdentifier, MaxResults = DEFAULT_PAGE_SIZE, NextToken },
    { region, store, pageTokens },
  ) {
    const pool = store.pool(region, IdentityPoolId);
    if (IdentityId === undefined && DeveloperUserIdentifier === undefined)
      throw errors.invalid("Either an identity id or a developer user identifier is required");
    const requested = IdentityId === undefined ? undefined : identityOf(pool, IdentityId, store.identity);
    if (DeveloperUserIdentifier !== undefined) {
      if (requested && pool.developerUsers.get(DeveloperUserIdentifier) !== requested)
        throw errors.conflict("The developer user identifier does not belong to the identity");
      return {
        IdentityId: identityOfUser(pool, DeveloperUserIdentifier).id,
        DeveloperUserIdentifierList: [DeveloperUserIdentifier],
      };
    }
    const list = `users of ${IdentityId}`;
    const users = [...(requested?.developerUsers ?? [])];
    const start = NextToken === undefined ? 0 : pageTokens.readToken(list, NextToken);
    const end = start + MaxResults;
    return {
      IdentityId,
      DeveloperUserIdentifierList: users.slice(start, end),
      ...(end < users.length && { NextToken: pageTokens.createToken(list, end) }),
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
    const source = identityOfUser(pool, SourceUserIdentifier);
    const destination = identityOfUser(pool, DestinationUserIdentifier);
    if (source === destination) throw errors.conflict("Both users belong to the same identity already");
    return { IdentityId: link(destination, [source], { logins: [] }, context).id };
  },
});

export const unlinkDeveloperIdentity = operation<UnlinkDeveloperIdentityInput, undefined>({
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
    if (identityOfUser(pool, DeveloperUserIdentifier) !== identity)
      throw errors.conflict("The developer user identifier does not belong to the identity");
    unlinkDeveloperUser(identity, DeveloperUserIdentifier, context);
    return undefined;
  },
});

function identityOf(pool: Pool, id: string, find: (region: string, id: string) => Identity): Identity {
  const identity = find(pool.region, id);
  if (identity.pool !== pool) throw errors.identityNotFound(id);
  return identity;
}

function identityOfUser(pool: Pool, user: string): Identity {
  const identity = pool.developerUsers.get(user);
  if (!identity) throw errors.notFound("Developer user identifier not found.");
  return identity;
}
