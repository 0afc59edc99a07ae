/** Tokens as login providers issue them, but for the signature, which nobody here checks. */
import { UnsecuredJWT } from "jose";

/** An id token of `provider` for `claims.sub`, meant for `app`, valid for an hour from now unless the claims say otherwise. */
export function idToken(provider: string, app: string, claims: Readonly<Record<string, unknown>>): string {
  const now = Math.floor(Date.now() / 1000);
  return new UnsecuredJWT({ iss: `https://${provider}`, aud: app, iat: now, exp: now + 3600, ...claims }).encode();
}

/** An id token of Google for a user of the pool that `createPool` makes. */
export function googleToken(user: string): string {
  return idToken("accounts.google.com", "app.example", { sub: user });
}
