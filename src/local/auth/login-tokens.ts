/** What the token of a login says. Signatures are not checked: the keys of the providers are out there, and here is no network. */
import { createHash } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import { errors } from "../protocol/errors.ts";
import type { Pool } from "../state/store.ts";

export interface LoginToken {
  /** Who it speaks of: the same for every token of one user, and never the token. */
  readonly user: string;
  /** What the provider says of the user; empty for a token that only the provider can read. */
  readonly claims: JWTPayload;
}

/** Public providers whose tokens are OpenID Connect id tokens; the tokens of the others are opaque. */
const openIdProviders = new Set(["accounts.google.com", "appleid.apple.com"]);

/**
 * Reads a login's token. One that is a JSON Web Token must be issued by the provider, for an app of the pool, and still be
 * valid. Raises NotAuthorizedException.
 */
export function readLoginToken(pool: Pool, provider: string, token: string, now: Date): LoginToken {
  const isPublic = Object.hasOwn(pool.loginProviders, provider);
  const claims = provider.startsWith("arn:") ? undefined : decode(token);
  // Opaque tokens are for those who alone can read them: public providers, and SAML providers with their assertions.
  if (!claims && !isPublic && !provider.startsWith("arn:")) throw errors.unverifiedToken();
  if (claims && (!isPublic || openIdProviders.has(provider))) checkClaims(pool, provider, claims, now);
  const user =
    typeof claims?.sub === "string"
      ? `sub ${claims.sub}`
      : `sha256 ${createHash("sha256").update(token).digest("hex")}`;
  return { user, claims: claims ?? {} };
}

function decode(token: string): JWTPayload | undefined {
  try {
    return decodeJwt(token);
  } catch {
    return undefined;
  }
}

/** The claims are as somebody wrote them: of any type. */
function checkClaims(pool: Pool, provider: string, claims: JWTPayload, now: Date): void {
  const { iss, aud, exp, sub } = claims as Readonly<Record<string, unknown>>;
  if (typeof iss !== "string" || iss.replace(/^https:\/\//, "") !== provider) throw errors.foreignIssuer();
  // An access token has none (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/7).
  if (aud === undefined) throw errors.missingClaim("aud");
  if (typeof sub !== "string") throw errors.missingClaim("sub");
  if (typeof exp !== "number") throw errors.missingClaim("exp");
  const apps = appsOf(pool, provider);
  if (apps && ![aud].flat().some((app) => apps.some((own) => own === app))) throw errors.unsupportedProvider();
  const seconds = Math.floor(now.getTime() / 1000);
  if (seconds >= exp) throw errors.expiredToken(seconds, exp);
}

/** The apps whose tokens the pool takes; undefined where IAM knows them and the pool does not. */
function appsOf(pool: Pool, provider: string): string[] | undefined {
  if (Object.hasOwn(pool.loginProviders, provider)) return pool.loginProviders[provider]?.split(";");
  const clients = pool.cognitoProviders.filter(({ ProviderName }) => ProviderName === provider);
  return clients.length > 0 ? clients.flatMap(({ ClientId }) => ClientId ?? []) : undefined;
}
