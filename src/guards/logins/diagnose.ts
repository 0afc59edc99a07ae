/**
 * Finds faults of login tokens that AWS refused, from the tokens' own claims. Tokens are decoded and never verified. Of
 * the claims, only issuer, audience and expiry are shown: the others may be personal data.
 */

import type { Fields } from "../../util/json.ts";
import { REDACTED } from "../../util/redacted.ts";
import { quoteShort } from "../../util/visible-text.ts";
import { claimsOf } from "./claims.ts";

/** Errors with which AWS refuses login tokens. */
export const loginErrorCodes = new Set(["NotAuthorizedException", "InvalidParameterException"]);

/** The apps whose tokens the pool accepts from a provider; undefined if that is not known. */
type AppsOf = (provider: string) => readonly string[] | undefined;

/** Providers whose tokens are opaque. */
const opaqueTokenProviders = new Set(["graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com"]);

/** The name of a provider in Logins: a host with an optional path. */
const providerName = /^[a-z\d][a-z\d.-]*\.[a-z]+(?:\/[\w./-]+)?$/i;

/** The maximum number of audiences that are shown. */
const MAX_SHOWN = 5;

/** The last second that a JavaScript Date can represent. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * One sentence for each fault. `now` is in milliseconds since the epoch; `describe` resolves with the pool if it is known and may
 * be read, and is called only if a token can be compared with it. `show` gives the name of a provider as it may be shown: a token may
 * stand there by mistake.
 */
export async function findLoginFaults(
  logins: readonly (readonly [provider: string, token: string])[],
  now: number,
  describe: () => Promise<Fields | undefined>,
  show: (provider: string) => string = (provider) => provider,
): Promise<string[]> {
  const pool = logins.some(([, token]) => hasAudience(token)) ? await describe() : undefined;
  const apps = pool ? appsIn(pool) : () => undefined;
  return logins.flatMap(([provider, token]) =>
    faultsOf(provider, token, now, apps).map((fault) => `The token for ${quoteShort(show(provider))} ${fault}.`),
  );
}

/** The apps of a pool, from the answer of describe-identity-pool. */
function appsIn(pool: Fields): AppsOf {
  const { SupportedLoginProviders = {}, CognitoIdentityProviders = [] } = pool as {
    SupportedLoginProviders?: Readonly<Record<string, string>>;
    CognitoIdentityProviders?: readonly { ProviderName?: string; ClientId?: string }[];
  };
  const own = new Map(Object.entries(SupportedLoginProviders));
  return (provider) => {
    const clients = CognitoIdentityProviders.filter(({ ProviderName }) => ProviderName === provider);
    return clients.length > 0 ? clients.flatMap(({ ClientId }) => ClientId ?? []) : appsOf(own.get(provider));
  };
}

/** A masked value has several app ids or a secret, and only the first part is known: nothing can be said of a token. */
function appsOf(value: string | undefined): string[] | undefined {
  return value === undefined || value.includes(REDACTED) ? undefined : value.split(";");
}

/** Whether the token of a login has an audience, which can be compared with what the pool accepts. */
export function hasAudience(token: string): boolean {
  return claimsOf(token)?.["aud"] !== undefined;
}

function faultsOf(provider: string, token: string, now: number, apps: AppsOf): string[] {
  if (provider.startsWith("arn:") || opaqueTokenProviders.has(provider)) return [];
  const claims = claimsOf(token);
  if (!claims) return ["is not a JSON Web Token (JWT), and the id tokens of this provider are JWTs"];
  const { iss, aud, exp, token_use: use } = claims;
  if (use === "access" || aud === undefined) return ["is an access token; pass the id token", ...expiry(exp, now)];
  const otherIssuer = issuer(iss, provider);
  // The apps of one provider say nothing about the token of another.
  return [...otherIssuer, ...(otherIssuer.length > 0 ? [] : audience(aud, apps(provider))), ...expiry(exp, now)];
}

function issuer(iss: unknown, provider: string): string[] {
  if (typeof iss !== "string") return ["has no issuer"];
  const name = iss.replace(/^https:\/\//, "");
  if (name === provider) return [];
  const key = providerName.test(name) ? `, whose key in Logins is ${quoteShort(name)}` : "";
  return [`was issued by ${quoteShort(iss)}${key}, not by this provider`];
}

function audience(aud: unknown, apps: readonly string[] | undefined): string[] {
  const meant = [aud].flat().map(String);
  if (!apps || meant.some((app) => apps.includes(app))) return [];
  return [`has the audience ${quotes(meant)}, and the pool accepts ${quotes(apps)}`];
}

function expiry(exp: unknown, now: number): string[] {
  if (typeof exp !== "number" || Math.abs(exp) > LAST_SECOND || exp * 1000 > now) return [];
  return [`expired at ${new Date(exp * 1000).toISOString()}`];
}

function quotes(texts: readonly string[]): string {
  const more = texts.length - MAX_SHOWN;
  const shown = texts.slice(0, MAX_SHOWN).map(quoteShort).join(", ");
  return texts.length === 0 ? "none" : more > 0 ? `${shown} and ${more} more` : shown;
}
