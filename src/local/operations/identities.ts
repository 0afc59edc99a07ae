import type {
  DeleteIdentitiesInput,
  DeleteIdentitiesResponse,
  DescribeIdentityInput,
  GetIdInput,
  GetIdResponse,
  IdentityDescription,
  ListIdentitiesInput,
  ListIdentitiesResponse,
  UnlinkIdentityInput,
} from "@aws-sdk/client-cognito-identity";
import { operation } from "../context.ts";
import { errors } from "../errors.ts";
import { authenticate, identify, newIdentity, prove, unlinkLogin } from "../linking.ts";
import { pageOf } from "../pages.ts";
import {
  accountId,
  boolean,
  identityId,
  identityIds,
  identityPoolId,
  limit,
  logins,
  optional,
  pageToken,
  providerNames,
  required,
} from "../shapes.ts";
import type { Identity } from "../store.ts";

export const getId = operation<GetIdInput, GetIdResponse>({
  signed: false,
  input: { AccountId: optional(accountId), IdentityPoolId: required(identityPoolId), Logins: optional(logins) },
  async run({ IdentityPoolId, Logins = {} }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    if (Object.keys(Logins).length > 0)
      return { IdentityId: identify(pool, await prove(pool, Logins, context), context).id };
    if (!pool.guests) throw errors.noGuests();
    return { IdentityId: newIdentity(pool, context).id };
  },
});

export const describeIdentity = operation<DescribeIdentityInput, IdentityDescription>({
  signed: true,
  input: { IdentityId: required(identityId) },
  run: ({ IdentityId }, { region, store }) => shown(store.identity(region, IdentityId)),
});

export const listIdentities = operation<ListIdentitiesInput, ListIdentitiesResponse>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    MaxResults: required(limit),
    NextToken: optional(pageToken),
    HideDisabled: optional(boolean),
  },
  run({ IdentityPoolId, MaxResults, NextToken, HideDisabled = false }, { region, store }) {
    const { identities } = store.pool(region, IdentityPoolId);
    const wanted = ({ disabled }: Identity) => !(HideDisabled && disabled);
    const { page, ...next } = pageOf(identities, MaxResults, NextToken, wanted);
    return { IdentityPoolId, Identities: page.map(shown), ...next };
  },
});

/** What the service says of ids it does not know is not documented; AccessDenied is a choice. */
export const deleteIdentities = operation<DeleteIdentitiesInput, DeleteIdentitiesResponse>({
  signed: true,
  input: { IdentityIdsToDelete: required(identityIds) },
  run({ IdentityIdsToDelete }, { region, store }) {
    const unknown: string[] = [];
    for (const id of new Set(IdentityIdsToDelete)) {
      const identity = find(() => store.identity(region, id));
      if (identity) store.removeIdentity(identity);
      else unknown.push(id);
    }
    return { UnprocessedIdentityIds: unknown.map((IdentityId) => ({ IdentityId, ErrorCode: "AccessDenied" })) };
  },
});

export const unlinkIdentity = operation<UnlinkIdentityInput, object>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: required(logins), LoginsToRemove: required(providerNames) },
  async run({ IdentityId, Logins, LoginsToRemove }, context) {
    const identity = context.store.identity(context.region, IdentityId);
    const proof = await prove(identity.pool, Logins, context);
    if (proof.logins.length === 0 && proof.identity === undefined) throw errors.loginsDoNotMatch();
    authenticate(identity, proof, context);
    for (const provider of LoginsToRemove) unlinkLogin(identity, provider, context);
    return {};
  },
});

function find<Thing>(look: () => Thing): Thing | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}

/** An identity as answers show it: the names of its providers, and never a token. */
function shown(identity: Identity): IdentityDescription {
  const { developerProvider } = identity.pool;
  const developer = developerProvider !== undefined && identity.developerUsers.size > 0 ? [developerProvider] : [];
  const providers = [...identity.logins.keys(), ...developer];
  return {
    IdentityId: identity.id,
    ...(providers.length > 0 && { Logins: providers }),
    CreationDate: identity.created,
    LastModifiedDate: identity.modified,
  };
}
