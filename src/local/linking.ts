/**
 * Who somebody is: from logins to the one identity they belong to, linking and merging on the way
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/authentication-flow.html).
 */
import { createHash } from "node:crypto";
import type { Context } from "./context.ts";
import { errors } from "./errors.ts";
import { type Identity, loginKey, type Pool } from "./store.ts";

/** A user of a provider, as a token proves it. */
interface Login {
  readonly provider: string;
  readonly user: string;
}

/** What the logins of a call prove. */
export interface Proof {
  readonly logins: readonly Login[];
  /** The identity that a token of ours, vended for a developer user, stands for. */
  readonly identity: Identity | undefined;
}

/** The provider name under which the service's own tokens come back. */
function ownProvider(region: string): string {
  return region.startsWith("cn-") ? `cognito-identity.${region}.amazonaws.com.cn` : "cognito-identity.amazonaws.com";
}

/** Reads the logins of a call. Raises NotAuthorizedException for a provider that the pool does not have. */
export async function prove(
  pool: Pool,
  given: Readonly<Record<string, string>>,
  { tokens, store }: Context,
): Promise<Proof> {
  let identity: Identity | undefined;
  const logins: Login[] = [];
  for (const [provider, token] of Object.entries(given)) {
    if (provider === ownProvider(pool.region)) {
      const claims = await tokens.verify(token);
      if (claims?.aud !== pool.id || claims.sub === undefined) throw errors.invalidToken();
      identity = store.identity(pool.region, claims.sub);
    } else {
      if (!hasProviders(pool)) throw errors.noProviders(pool.id);
      if (!isConfigured(pool, provider)) throw errors.unsupportedProvider();
      logins.push({ provider, user: userOf(token) });
    }
  }
  return { logins, identity };
}

/** The names under which logins of the pool's providers come. */
export function providersOf(pool: Pool): string[] {
  return [
    ...Object.keys(pool.loginProviders),
    ...pool.cognitoProviders.flatMap(({ ProviderName }) => ProviderName ?? []),
    ...pool.oidcProviders.map((arn) => arn.split(":oidc-provider/")[1] ?? arn),
    ...pool.samlProviders,
  ];
}

function hasProviders(pool: Pool): boolean {
  return pool.developerProvider !== undefined || providersOf(pool).length > 0;
}

function isConfigured(pool: Pool, provider: string): boolean {
  return providersOf(pool).includes(provider);
}

/**
 * Who a token speaks of: the subject of a JSON Web Token, or else a digest of the token, which itself is never kept.
 * Claims such as issuer, audience and expiry are to be checked here.
 */
function userOf(token: string): string {
  const [, claims = ""] = token.split(".");
  try {
    const { sub } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub?: unknown };
    if (typeof sub === "string") return sub;
  } catch {
    // Not a JSON Web Token: the tokens of some public providers are opaque.
  }
  return createHash("sha256").update(token).digest("hex");
}

/** The identity that the proof belongs to, made or merged if need be, with all its logins linked. */
export function identify(pool: Pool, { logins, identity }: Proof, context: Context): Identity {
  const owners = ownersOf(pool, logins, identity);
  const [parent = newIdentity(pool, context), ...others] = owners;
  return link(parent, others, logins, context);
}

/**
 * The identity `claimed`, if the proof shows that the caller is it: a guest needs no proof, anybody else one login of
 * theirs. New logins are linked. Raises NotAuthorizedException.
 */
export function authenticate(claimed: Identity, { logins, identity }: Proof, context: Context): Identity {
  if (claimed.disabled) throw errors.identityForbidden(claimed.id);
  const isGuest = claimed.logins.size === 0 && claimed.developerUsers.size === 0;
  const matches = identity === claimed || logins.some(({ provider, user }) => claimed.logins.get(provider) === user);
  if (!isGuest && !matches) throw errors.loginsDoNotMatch();
  if (isGuest && logins.length === 0 && identity === undefined) {
    if (!claimed.pool.guests) throw errors.noGuests();
    return claimed;
  }
  const others = ownersOf(claimed.pool, logins, identity).filter((owner) => owner !== claimed);
  return link(claimed, others, logins, context);
}

export function newIdentity(pool: Pool, { store, newId, now }: Context): Identity {
  return store.addIdentity(pool, `${pool.region}:${newId()}`, now());
}

/** The identities that the logins belong to, oldest first. */
function ownersOf(pool: Pool, logins: readonly Login[], identity: Identity | undefined): Identity[] {
  const found = logins.flatMap(({ provider, user }) => pool.logins.get(loginKey(provider, user)) ?? []);
  const owners = new Set(identity ? [identity, ...found] : found);
  for (const owner of owners) if (owner.disabled) throw errors.identityForbidden(owner.id);
  return [...owners].sort((a, b) => a.sequence - b.sequence);
}

function link(parent: Identity, others: readonly Identity[], logins: readonly Login[], context: Context): Identity {
  const joined = new Map(parent.logins);
  const join = (provider: string, user: string) => {
    const linked = joined.get(provider);
    if (linked !== undefined && linked !== user)
      throw errors.conflict(`Identity already has a login linked for provider ${provider}`);
    joined.set(provider, user);
  };
  // All conflicts first, so that a refused call leaves everything as it was.
  for (const other of others) for (const [provider, user] of other.logins) join(provider, user);
  for (const { provider, user } of logins) join(provider, user);
  for (const other of others) absorb(parent, other, context);
  for (const { provider, user } of logins) {
    if (parent.logins.has(provider)) continue;
    parent.logins.set(provider, user);
    parent.pool.logins.set(loginKey(provider, user), parent);
    parent.modified = context.now();
  }
  return parent;
}

/** Moves all that reaches `other` to `parent`, and disables `other`. */
export function absorb(parent: Identity, other: Identity, { now }: Context): void {
  for (const [provider, user] of other.logins) {
    parent.logins.set(provider, user);
    parent.pool.logins.set(loginKey(provider, user), parent);
  }
  for (const user of other.developerUsers) {
    parent.developerUsers.add(user);
    parent.pool.developerUsers.set(user, parent);
  }
  other.logins.clear();
  other.developerUsers.clear();
  other.disabled = true;
  other.modified = now();
  parent.modified = now();
}

export function unlinkLogin(identity: Identity, provider: string, { now }: Context): void {
  const user = identity.logins.get(provider);
  if (user === undefined) return;
  identity.pool.logins.delete(loginKey(provider, user));
  identity.logins.delete(provider);
  identity.modified = now();
}
