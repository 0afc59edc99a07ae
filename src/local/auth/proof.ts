/** Checks the logins of a call. */
import type { JWTPayload } from "jose";
import type { Context } from "../context.ts";
import { ownProviders } from "../partition.ts";
import { errors } from "../protocol/errors.ts";
import type { Identity, Pool } from "../state/store.ts";
import { principalTagsIn } from "../tokens/openid-tokens.ts";
import { checkIssuer, readLoginToken } from "./login-tokens.ts";
import { providersOf } from "./providers.ts";

/** A user of a public provider, as stated by a login token. */
export interface Login {
  readonly provider: string;
  readonly user: string;
  /** The claims of the provider about the user. */
  readonly claims: JWTPayload;
}

export interface Proof {
  readonly logins: readonly Login[];
  /** The identity in a token that this service vended for a developer user. */
  readonly identity?: Identity | undefined;
  /** The session tags in such a token. */
  readonly tags?: Readonly<Record<string, string>>;
}

type InputLogins = Readonly<Record<string, string>>;

/**
 * Reads the logins of a call for an existing identity. Throws NotAuthorizedException if any token is invalid: one
 * invalid token fails the whole call.
 */
export async function readProof(pool: Pool, input: InputLogins, { tokens, store, now }: Context): Promise<Proof> {
  const ownKey = ownProviders(pool.region).find((provider) => Object.hasOwn(input, provider)) ?? "";
  const { [ownKey]: own, ...others } = input;
  const logins = readPublicLogins(pool, others, now());
  if (own === undefined) return { logins };
  const claims = await tokens.verify(own);
  const { aud, sub = "", amr } = claims;
  // Only a token that was vended for a developer user can be used as a login.
  const isDeveloper = Array.isArray(amr) && amr.some((by) => String(by).startsWith(`${pool.developerProvider}:`));
  if (aud !== pool.id || !isDeveloper) throw errors.notCognitoToken();
  return { logins, identity: store.identity(pool.region, sub), tags: principalTagsIn(claims) };
}

/**
 * Reads logins of public providers. Rejects tokens of this service, as GetId does
 * (https://github.com/aws/aws-sdk-net/issues/420). Throws NotAuthorizedException, and InvalidParameterException for the
 * developer provider's name (https://github.com/aws-amplify/aws-sdk-ios/issues/218).
 */
export function readPublicLogins(pool: Pool, input: InputLogins, now: Date): Login[] {
  const providers = new Set(providersOf(pool));
  return Object.entries(input).map(([provider, token]) => {
    if (ownProviders(pool.region).includes(provider)) throw errors.cognitoTokenNotAllowed();
    if (provider === pool.developerProvider) throw errors.notPublicProvider();
    checkIssuer(pool, provider, token);
    if (providers.size === 0 && pool.developerProvider === undefined) throw errors.noProvidersConfigured(pool.id);
    if (!providers.has(provider)) throw errors.unsupportedProvider();
    return { provider, ...readLoginToken(pool, provider, token, now) };
  });
}

/** Whether one of the logins belongs to the claimed identity. */
export function provesIdentity({ logins, identity }: Proof, claimed: Identity): boolean {
  return identity === claimed || logins.some(({ provider, user }) => claimed.logins.get(provider) === user);
}
