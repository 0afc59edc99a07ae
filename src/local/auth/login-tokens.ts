/** Reads login tokens. Signatures are not verified: the service does not fetch the providers' keys from the network. */
import { createHash } from "node:crypto";
import { decodeJwt, type JWTPayload } from "jose";
import type { Fields } from "../../util/json.ts";
import { errors } from "../protocol/errors.ts";
import type { Pool } from "../state/store.ts";
import { readSamlAssertion } from "./saml-assertions.ts";

export interface LoginToken {
  /** Identifies the user. Equal for all tokens of one user; never contains the token. */
  readonly user: string;
  /** The claims about the user. Empty for an opaque token. */
  readonly claims: JWTPayload;
}

/**
 * Public providers that issue OpenID Connect ID tokens, as user pools and OpenID Connect providers do. Tokens of other public
 * providers are opaque (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_GetOpenIdToken.html).
 */
const openIdProviders = new Set(["accounts.google.com", "appleid.apple.com"]);

const SUBJECT = "sub ";

/**
 * Compares the issuer of an ID token with the name of the provider. AWS does this before it looks the provider up
 * (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/40). Throws NotAuthorizedException.
 */
export function checkIssuer(pool: Pool, provider: string, token: string): void {
  // A name with a scheme is a mistake for that of a provider of ID tokens.
  const isOpaque = isPublic(pool, provider) && !openIdProviders.has(provider) && !provider.startsWith("https://");
  if (isSaml(provider) || isOpaque) return;
  const claims = tryDecodeJwt(token);
  if (claims && !isIssuer(claims.iss, provider)) throw errors.issuerMismatch();
}

/**
 * Reads a login token of a provider that the pool has. An ID token must be issued by the provider for an app of the pool, and
 * must not be expired. Throws NotAuthorizedException.
 */
export function readLoginToken(pool: Pool, provider: string, token: string, now: Date): LoginToken {
  if (isSaml(provider)) return readSamlToken(token, now);
  const claims = tryDecodeJwt(token);
  if (!isPublic(pool, provider) || openIdProviders.has(provider)) {
    // What has the form of a signed token fails later, in the check of its signature.
    if (!claims) throw token.split(".").length === 3 ? errors.unverifiableToken() : errors.notAnIdToken();
    checkClaims(pool, provider, claims, now);
  }
  return { user: userOf(claims?.sub, token), claims: claims ?? {} };
}

/** The subject of a user in `LoginToken`, if the provider named one. */
export function subjectOf(user: string): string | undefined {
  return user.startsWith(SUBJECT) ? user.slice(SUBJECT.length) : undefined;
}

const DIGEST = /^sha256 [0-9a-f]{64}$/;

/**
 * The user of a seed: a subject, or a whole token where the provider's tokens are opaque. A user as `LoginToken` has it is taken as
 * it is, where a subject of this form is not likely: `seedNameOf` gives these.
 */
export function userNamed(pool: Pool, provider: string, named: string): string {
  if (DIGEST.test(named)) return named;
  const isOpaque = isPublic(pool, provider) && !openIdProviders.has(provider);
  if (isOpaque) return named.startsWith(SUBJECT) ? named : userOf(undefined, named);
  return /^(?:sub )+(?:sha256 [0-9a-f]{64})?$/.test(named) ? named : userOf(named, "");
}

/** The text by which `userNamed` finds the user: the subject if it can. Never empty. */
export function seedNameOf(pool: Pool, provider: string, user: string): string {
  const subject = subjectOf(user);
  return subject && userNamed(pool, provider, subject) === user ? subject : user;
}

/** What is not a SAML response is taken for one of an unknown user: AWS's answer to it is not known. */
function readSamlToken(token: string, now: Date): LoginToken {
  const { nameId, expires } = readSamlAssertion(token) ?? {};
  // In milliseconds, unlike for tokens (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/684).
  if (expires !== undefined && now.getTime() >= expires) throw errors.expiredToken(now.getTime(), expires);
  return { user: userOf(nameId, token), claims: {} };
}

function userOf(subject: unknown, token: string): string {
  if (typeof subject === "string") return `${SUBJECT}${subject}`;
  return `sha256 ${createHash("sha256").update(token).digest("hex")}`;
}

function isSaml(provider: string): boolean {
  return provider.startsWith("arn:");
}

function isPublic(pool: Pool, provider: string): boolean {
  return Object.hasOwn(pool.loginProviders, provider);
}

function isIssuer(iss: unknown, provider: string): boolean {
  return typeof iss === "string" && iss.replace(/^https:\/\//, "") === provider;
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
  if (!isIssuer(iss, provider)) throw errors.issuerMismatch();
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
  if (isPublic(pool, provider)) return pool.loginProviders[provider]?.split(";");
  const clients = pool.cognitoProviders.filter(({ ProviderName }) => ProviderName === provider);
  return clients.length > 0 ? clients.flatMap(({ ClientId }) => ClientId ?? []) : undefined;
}
