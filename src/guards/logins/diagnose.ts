/**
 * What is wrong with login tokens that AWS refused, as far as they tell it themselves. They are read and never verified. Of
 * what they say only issuer, audience and expiry are shown: all else may be about a person.
 */

import type { Fields } from "../../util/json.ts";
import { REDACTED } from "../../util/redacted.ts";
import { quoteShort } from "../../util/visible-text.ts";
import { claimsOf } from "./claims.ts";

/** Errors with which AWS refuses login tokens. */
export const loginErrorCodes = new Set(["NotAuthorizedException", "InvalidParameterException"]);

/** The apps whose tokens the pool takes, by provider; undefined for a provider that it is not known of. */
type AppsOf = (provider: string) => readonly string[] | undefined;

/** Providers whose tokens only they can read. */
const opaqueTokenProviders = new Set(["graph.facebook.com", "www.amazon.com", "api.twitter.com", "www.digits.com"]);

/** Audiences of a token that are shown. */
const MAX_SHOWN = 5;

/** The last moment that a date can be. */
const LAST_SECOND = 8_640_000_000_000;

/**
 * One sentence for each fault. `now` is in milliseconds since the epoch; `describe` gives the pool where it is known and may
 * be read, and is asked only when a token can be compared with it.
 */
export async function findLoginFaults(
  logins: readonly (readonly [provider: string, token: string])[],
  now: number,
  describe: () => Promise<Fields | undefined>,
): Promise<string[]> {
  const pool = logins.some(([, token]) => hasAudience(token)) ? await describe() : undefined;
  const apps = pool ? appsIn(pool) : () => undefined;
  return logins.flatMap(([provider, token]) =>
    faultsOf(provider, token, now, apps).map((fault) => `The token for ${quoteShort(provider)} ${fault}.`),
  );
}

/** The apps of a pool, as describe-identity-pool answers it. */
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

/** Whether a login's token says for whom it is meant, so that it can be compared with what the pool takes. */
export function hasAudience(token: string): boolean {
  return claimsOf(token)?.["aud"] !== undefined;
}

function faultsOf(provider: string, token: string, now: number, apps: AppsOf): string[] {
  if (provider.startsWith("arn:") || opaqueTokenProviders.has(provider)) return [];
  const claims = claimsOf(token);
  if (!claims) return ["is not a JSON Web Token, which an id token of this provider is"];
  const { iss, aud, exp, token_use: use } = claims;
  if (use === "access" || aud === undefined) return ["is an access token; pass the id token", ...expiry(exp, now)];
  return [...issuer(iss, provider), ...audience(aud, apps(provider)), ...expiry(exp, now)];
}

function issuer(iss: unknown, provider: string): string[] {
  if (typeof iss !== "string") return ["names no issuer"];
  return iss.replace(/^https:\/\//, "") === provider
    ? []
    : [`was issued by ${quoteShort(iss)}, and not by this provider`];
}

function audience(aud: unknown, apps: readonly string[] | undefined): string[] {
  const meant = [aud].flat().map(String);
  if (!apps || meant.some((app) => apps.includes(app))) return [];
  return [`is meant for ${quotes(meant)}, and the pool takes those for ${quotes(apps)}`];
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
