/**
 * From logins to the one identity they belong to, linking and merging on the way
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
 */
import type { Context } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { type Identity, loginKey, type Pool } from "../state/store.ts";
import { type Login, type Proof, proves } from "./proof.ts";

/** https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_MergeDeveloperIdentities.html */
const MAX_LOGINS = 20;

/** What a call links to an identity. */
interface Additions {
  readonly logins: readonly Login[];
  readonly developerUser?: string | undefined;
}

/**
 * The identity that a caller claims to be: a guest needs no proof, anybody else one login of theirs. New logins are linked.
 * A guest who turns out to be somebody known becomes that identity, so the id may differ from the one claimed. Raises
 * NotAuthorizedException, and ResourceConflictException like `link`.
 */
export function authenticate(claimed: Identity, proof: Proof, context: Context): Identity {
  if (claimed.disabled) throw errors.identityForbidden(claimed.id);
  const others = ownersOf(claimed.pool, proof).filter((owner) => owner !== claimed);
  if (!claimed.authenticated) {
    if (proof.logins.length === 0 && proof.identity === undefined) {
      if (!claimed.pool.guests) throw errors.noGuests();
      return claimed;
    }
    const [parent = claimed, ...rest] = [...others, claimed];
    return link(parent, rest, proof, context);
  }
  if (!proves(proof, claimed)) throw errors.loginsDoNotMatch();
  return link(claimed, others, proof, context);
}

/** The identities that a proof belongs to, oldest first. Raises NotAuthorizedException for one that was merged away. */
export function ownersOf(pool: Pool, { logins, identity }: Proof): Identity[] {
  const found = logins.flatMap(({ provider, user }) => pool.logins.get(loginKey(provider, user)) ?? []);
  const owners = new Set(identity ? [identity, ...found] : found);
  for (const owner of owners) if (owner.disabled) throw errors.identityForbidden(owner.id);
  return [...owners].sort((a, b) => a.sequence - b.sequence);
}

export function newIdentity(pool: Pool, { store, newId, now }: Context): Identity {
  return store.addIdentity(pool, `${pool.region}:${newId()}`, now());
}

/**
 * Merges `others` into `parent`, links what is new, and gives `parent`. Raises ResourceConflictException for a second user
 * of a public provider, and InvalidParameterException for too many logins; a refused call leaves everything as it was.
 */
export function link(parent: Identity, others: readonly Identity[], links: Additions, context: Context): Identity {
  const { logins, developerUsers } = mergedLinks(parent, others, links);
  const isChanged =
    others.length > 0 || logins.size > parent.logins.size || developerUsers.size > parent.developerUsers.size;
  if (!isChanged) return parent;
  for (const other of others) context.store.disableIdentity(other, context.now());
  context.store.relink(parent, { logins, developerUsers }, context.now());
  return parent;
}

/** All that would be linked to `parent`. */
function mergedLinks(parent: Identity, others: readonly Identity[], { logins: added, developerUser }: Additions) {
  const logins = new Map(parent.logins);
  const users = new Set(parent.developerUsers);
  const join = (provider: string, user: string) => {
    if ((logins.get(provider) ?? user) !== user)
      throw errors.conflict(`The identity already has a login of provider ${provider}`);
    logins.set(provider, user);
  };
  for (const other of others) {
    for (const [provider, user] of other.logins) join(provider, user);
    for (const user of other.developerUsers) users.add(user);
  }
  for (const { provider, user } of added) join(provider, user);
  if (developerUser !== undefined) users.add(developerUser);
  if (logins.size + users.size > MAX_LOGINS)
    throw errors.invalid(`An identity can have at most ${MAX_LOGINS} linked logins`);
  return { logins, developerUsers: users };
}

/** Takes a provider's login off an identity; nothing when there is none. */
export function unlinkLogin(identity: Identity, provider: string, { store, now }: Context): void {
  if (!identity.logins.has(provider)) return;
  const logins = new Map([...identity.logins].filter(([name]) => name !== provider));
  store.relink(identity, { ...identity, logins }, now());
}

/** Takes a developer user off the identity that it belongs to. */
export function unlinkUser(identity: Identity, user: string, { store, now }: Context): void {
  const developerUsers = new Set([...identity.developerUsers].filter((other) => other !== user));
  store.relink(identity, { ...identity, developerUsers }, now());
}
