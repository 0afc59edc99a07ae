/**
 * Finds the identity of a set of logins, and links and merges identities
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
 */
import type { Context } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { type Identity, loginKey, type Pool } from "../state/store.ts";
import { type Login, type Proof, provesIdentity } from "./proof.ts";

/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html */
export const MAX_LOGINS = 20;

/** The logins that a call links to an identity. */
interface Additions {
  readonly logins: readonly Login[];
  readonly developerUser?: string | undefined;
}

/**
 * Authenticates a caller as the claimed identity and links new logins. A guest identity needs no login; any other
 * identity needs one of its logins. If the logins of a guest belong to an existing identity, the guest is merged into
 * it, so the returned ID can differ from the claimed one. Throws NotAuthorizedException, and the errors of `link`.
 */
export function authenticate(claimed: Identity, proof: Proof, context: Context): Identity {
  checkProof(proof, claimed);
  if (isEmpty(proof)) return claimed;
  const others = ownersOf(claimed.pool, proof).filter((owner) => owner !== claimed);
  if (!claimed.authenticated) {
    const [parent = claimed, ...rest] = [...others, claimed];
    return link(parent, rest, proof, context);
  }
  return link(claimed, others, proof, context);
}

/**
 * Checks that the logins of a call allow it to act as the identity. Without logins, the caller is a guest: AWS asks first
 * whether the pool has guests, and then whether the identity is one
 * (https://github.com/aws-amplify/amplify-js/issues/5015, https://github.com/aws/aws-sdk-ruby/issues/2941).
 * Throws NotAuthorizedException.
 */
export function checkProof(proof: Proof, claimed: Identity): void {
  if (claimed.disabled) throw errors.identityForbidden(claimed.id);
  if (isEmpty(proof)) {
    if (!claimed.pool.guests) throw errors.guestsNotAllowed();
    if (claimed.authenticated) throw errors.identityForbidden(claimed.id);
  } else if (claimed.authenticated && !provesIdentity(proof, claimed)) throw errors.loginsDoNotMatch();
}

function isEmpty({ logins, identity }: Proof): boolean {
  return logins.length === 0 && identity === undefined;
}

/** The identities that own the logins, oldest first. Throws NotAuthorizedException if one is disabled. */
export function ownersOf(pool: Pool, { logins, identity }: Proof): Identity[] {
  const found = logins.flatMap(({ provider, user }) => pool.logins.get(loginKey(provider, user)) ?? []);
  const owners = new Set(identity ? [identity, ...found] : found);
  for (const owner of owners) if (owner.disabled) throw errors.identityForbidden(owner.id);
  return [...owners].sort((a, b) => a.sequence - b.sequence);
}

export function createIdentity(pool: Pool, { store, newId, now }: Context): Identity {
  return store.addIdentity(pool, `${pool.region}:${newId("identity")}`, now());
}

/**
 * Merges `others` into `parent`, links new logins, and returns `parent`. Throws ResourceConflictException for a second
 * user of a public provider, and InvalidParameterException for too many logins. If it throws, nothing has changed.
 */
export function link(parent: Identity, others: readonly Identity[], links: Additions, context: Context): Identity {
  const { logins, developerUsers } = combineLinks(parent, others, links);
  const isChanged =
    others.length > 0 || logins.size > parent.logins.size || developerUsers.size > parent.developerUsers.size;
  if (!isChanged) return parent;
  for (const other of others) context.store.disableIdentity(other, context.now());
  context.store.replaceLinks(parent, { logins, developerUsers }, context.now());
  return parent;
}

/** The links of `parent` after the merge. */
function combineLinks(parent: Identity, others: readonly Identity[], { logins: added, developerUser }: Additions) {
  const logins = new Map(parent.logins);
  const users = new Set(parent.developerUsers);
  const addLogin = (provider: string, user: string) => {
    if ((logins.get(provider) ?? user) !== user)
      throw errors.conflict(`The identity already has a login of provider ${provider}`);
    logins.set(provider, user);
  };
  for (const other of others) {
    for (const [provider, user] of other.logins) addLogin(provider, user);
    for (const user of other.developerUsers) users.add(user);
  }
  for (const { provider, user } of added) addLogin(provider, user);
  if (developerUser !== undefined) users.add(developerUser);
  if (logins.size + users.size > MAX_LOGINS)
    throw errors.invalid(`An identity can have at most ${MAX_LOGINS} linked logins`);
  return { logins, developerUsers: users };
}

/** Removes a provider's login from an identity, if present. */
export function unlinkLogin(identity: Identity, provider: string, { store, now }: Context): void {
  if (!identity.logins.has(provider)) return;
  const logins = new Map([...identity.logins].filter(([name]) => name !== provider));
  store.replaceLinks(identity, { ...identity, logins }, now());
}

/** Removes a developer user from its identity. */
export function unlinkDeveloperUser(identity: Identity, user: string, { store, now }: Context): void {
  const developerUsers = new Set([...identity.developerUsers].filter((other) => other !== user));
  store.replaceLinks(identity, { ...identity, developerUsers }, now());
}
