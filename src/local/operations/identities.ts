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
import { checkProof, createIdentity, link, ownersOf, unlinkLogin } from "../auth/linking.ts";
import { provesIdentity, readProof, readPublicLogins } from "../auth/proof.ts";
import { operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
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
} from "../protocol/shapes.ts";
import type { Identity } from "../state/store.ts";

export const getId = operation<GetIdInput, GetIdResponse>({
  signed: false,
  input: { AccountId: optional(accountId), IdentityPoolId: required(identityPoolId), Logins: optional(logins) },
  run({ IdentityPoolId, Logins = {} }, context) {
    const pool = context.store.pool(context.region, IdentityPoolId);
    const logins = readPublicLogins(pool, Logins, context.now());
    if (logins.length === 0 && !pool.guests) throw errors.guestsNotAllowed();
    // If there are several owners, merge into the oldest.
    const [parent = createIdentity(pool, context), ...others] = ownersOf(pool, { logins });
    return { IdentityId: link(parent, others, { logins }, context).id };
  },
});

export const describeIdentity = operation<DescribeIdentityInput, IdentityDescription>({
  signed: true,
  input: { IdentityId: required(identityId) },
  run: ({ IdentityId }, { region, store }) => toResponse(store.identity(region, IdentityId)),
});

export const listIdentities = operation<ListIdentitiesInput, ListIdentitiesResponse>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    MaxResults: required(limit),
    NextToken: optional(pageToken),
    HideDisabled: optional(boolean),
  },
  run({ IdentityPoolId, MaxResults, NextToken, HideDisabled = false }, { region, store, pageTokens }) {
    const { identities, enabled } = store.pool(region, IdentityPoolId);
    const listed = HideDisabled ? enabled : identities;
    const { page, ...next } = pageTokens.pageOf(`identities of ${IdentityPoolId}`, listed, MaxResults, NextToken);
    return { IdentityPoolId, Identities: page.map(toResponse), ...next };
  },
});

/** AWS does not document the error code for unknown IDs. This service returns AccessDenied. */
export const deleteIdentities = operation<DeleteIdentitiesInput, DeleteIdentitiesResponse>({
  signed: true,
  input: { IdentityIdsToDelete: required(identityIds) },
  run({ IdentityIdsToDelete }, { region, store }) {
    const unknown: string[] = [];
    for (const id of new Set(IdentityIdsToDelete)) {
      const identity = store.findIdentity(region, id);
      if (identity) store.removeIdentity(identity);
      else unknown.push(id);
    }
    return { UnprocessedIdentityIds: unknown.map((IdentityId) => ({ IdentityId, ErrorCode: "AccessDenied" })) };
  },
});

export const unlinkIdentity = operation<UnlinkIdentityInput, undefined>({
  signed: false,
  input: { IdentityId: required(identityId), Logins: required(logins), LoginsToRemove: required(providerNames) },
  async run({ IdentityId, Logins, LoginsToRemove }, context) {
    const proof = await readProof(context.store.identity(context.region, IdentityId).pool, Logins, context);
    // Look the identity up again: it may have been deleted during the await.
    const identity = context.store.identity(context.region, IdentityId);
    checkProof(proof, identity);
    if (!provesIdentity(proof, identity)) throw errors.loginsDoNotMatch();
    for (const provider of LoginsToRemove) unlinkLogin(identity, provider, context);
    return undefined;
  },
});

/** Includes the provider names of the identity, never tokens. */
function toResponse(identity: Identity): IdentityDescription {
  const { developerProvider } = identity.pool;
  const developer = developerProvider !== undefined && identity.developerUsers.size > 0 ? [developerProvider] : [];
  const providers = [...identity.logins.keys(), ...developer];
  return {
    IdentityId: identity.id,
    ...(providers.length > 0 && { Logins: providers }),
    CreationDate: new Date(identity.created),
    LastModifiedDate: new Date(identity.modified),
  };
}
