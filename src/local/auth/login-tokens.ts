/** Reads login tokens. Signatures are not verified: the service does not fetch the providers' keys from the network. */
import { createHash } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import type { Fields } from "../../util/json.ts";
import { errors } from "../protocol/errors.ts";
import type { Pool } from "../state/store.ts";

export interface LoginToken {
  /** Identifies the user. Equal for all tokens of one user; never contains the token. */
  readonly user: string;
  /** The claims about the user. Empty for an opaque token. */
  readonly claims: JWTPayload;
}

/** Public providers that issue OpenID Connect ID tokens. Tokens of other public providers are opaque. */
const openIdProviders = new Set(["accounts.google.com", "appleid.apple.com"]);

/**
 * Reads a login token. An ID token must be issued by the provider for an app of the pool, and must not be expired.
 * Throws NotAuthorizedException.
 */
export function readLoginToken(pool: Pool, provider: string, token: string, now: Date): LoginToken {
  const isPublic = Object.hasOwn(pool.loginProviders, provider);
  const claims = provider.startsWith("arn:") ? undefined : tryDecodeJwt(token);
  // Only public providers (opaque tokens) and SAML providers (assertions) accept tokens that are not JWTs.
  if (!claims && !isPublic && !provider.startsWith("arn:")) throw errors.unverifiableToken();
  if (claims && (!isPublic || openIdProviders.has(provider))) checkClaims(pool, provider, claims, now);
  const user =
    typeof claims?.sub === "string"
      ? `sub ${claims.sub}`
      : `sha256 ${createHash("sha256").update(token).digest("hex")}`;
  return { user, claims: claims ?? {} };
}

function tryDecodeJwt(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** Checks the claims of an ID token. They are untrusted and can have any type. */
function checkClaims(pool: Pool, provider: string, claims: JWTPayload, now: Date): void {
  const { iss, aud, exp, sub } = claims as Fields;
  if (typeof iss !== "string" || iss.replace(/^https:\/\//, "") !== provider) throw errors.issuerMismatch();
  // Access tokens have no audience (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/7).
  if (aud === undefined) throw errors.missingClaim("aud");
  if (typeof sub !== "string") throw errors.missingClaim("sub");
  if (typeof exp !== "number") throw errors.missingClaim("exp");
  const apps = acceptedApps(pool, provider);
  if (apps && ![aud].flat().some((app) => apps.some((accepted) => accepted === app)))
    throw errors.unsupportedProvider();
  const seconds = Math.floor(now.getTime() / 1000);
  if (seconds >= exp) throw errors.expiredToken(seconds, exp);
}

/** The apps whose tokens the pool accepts. Undefined if they are configured in IAM and not in the pool. */
function acceptedApps(pool: Pool, provider: string): string[] | undefined {
  if (Object.hasOwn(pool.loginProviders, provider)) return pool.loginProviders[provider]?.split(";");
  const clients = pool.cognitoProviders.filter(({ ProviderName }) => ProviderName === provider);
  return clients.length > 0 ? clients.flatMap(({ ClientId }) => ClientId ?? []) : undefined;
}
