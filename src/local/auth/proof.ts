/** What the logins of a call prove. */
import type { JWTPayload } from "jose";
import type { Context } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import type { Identity, Pool } from "../state/store.ts";
import { readLoginToken } from "./login-tokens.ts";
import { ownProvider, providersOf } from "./providers.ts";

/** A user of a public provider, as a token proves it. */
export interface Login {
  readonly provider: string;
  readonly user: string;
  /** What the provider says of the user. */
  readonly claims: JWTPayload;
}

export interface Proof {
  readonly logins: readonly Login[];
  /** The identity that a token of ours, vended for a developer user, stands for. */
  readonly identity?: Identity | undefined;
}

type Given = Readonly<Record<string, string>>;

/**
 * Reads the logins of a call that is made for an identity. Raises NotAuthorizedException for one that proves nothing: one
 * bad token fails the whole call.
 */
export async function prove(pool: Pool, given: Given, { tokens, store, now }: Context): Promise<Proof> {
  const { [ownProvider(pool.region)]: own, ...others } = given;
  const logins = publicLogins(pool, others, now());
  if (own === undefined) return { logins };
  const { aud, sub = "", amr } = await tokens.verify(own);
  // Only a token that a developer user was vended comes back as a login.
  const isDeveloper = Array.isArray(amr) && amr.some((by) => String(by).startsWith(`${pool.developerProvider}:`));
  if (aud !== pool.id || !isDeveloper) throw errors.foreignToken();
  return { logins, identity: store.identity(pool.region, sub) };
}

/**
 * Reads logins where a token of the service's own is refused, as GetId does
 * (https://github.com/aws/aws-sdk-net/issues/420). Raises NotAuthorizedException, and InvalidParameterException for the
 * developer provider's name (https://github.com/aws-amplify/aws-sdk-ios/issues/218).
 */
export function publicLogins(pool: Pool, given: Given, now: Date): Login[] {
  const providers = new Set(providersOf(pool));
  return Object.entries(given).map(([provider, token]) => {
    if (provider === ownProvider(pool.region)) throw errors.ownToken();
    if (provider === pool.developerProvider) throw errors.notPublic();
    if (providers.size === 0 && pool.developerProvider === undefined) throw errors.noProviders(pool.id);
    if (!providers.has(provider)) throw errors.unsupportedProvider();
    return { provider, ...readLoginToken(pool, provider, token, now) };
  });
}

/** Whether the proof shows that the caller is the identity. */
export function proves({ logins, identity }: Proof, claimed: Identity): boolean {
  return identity === claimed || logins.some(({ provider, user }) => claimed.logins.get(provider) === user);
}
