import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from "jose";
import { errors } from "../protocol/errors.ts";

/** The issuer of the service's tokens, equal in every region. */
export const ISSUER = "https://cognito-identity.amazonaws.com";

/** Signs and verifies the OpenID tokens of the service. */
export interface OpenIdTokens {
  sign(token: IdentityToken): Promise<string>;
  /**
   * Returns the claims of a token. Throws NotAuthorizedException if this service did not issue it or it has expired.
   */
  verify(token: string): Promise<JWTPayload>;
  /** Returns the public key as a JSON Web Key Set. */
  keys(): Promise<JSONWebKeySet>;
}

interface IdentityToken {
  readonly pool: string;
  readonly identity: string;
  /** The authentication methods of the identity. */
  readonly amr: readonly string[];
  /** The lifetime of the token. */
  readonly seconds: number;
  /** Session tags for STS. Omitted from the token if empty. */
  readonly principalTags?: Readonly<Record<string, string>> | undefined;
}

/**
 * The claim from which STS reads session tags (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html).
 */
const TAGS_CLAIM = "https://aws.amazon.com/tags";

/** Signs with `signingKey`, or with a generated key that is passed to `onNewKey`. */
export function createOpenIdTokens(
  now: () => Date,
  signingKey?: JWK,
  onNewKey: (signingKey: JWK) => void = () => {},
): OpenIdTokens {
  // Created on first use: key generation is slow, and not every service signs tokens.
  let keys: ReturnType<typeof generateKeys> | undefined;
  const getKeys = () => {
    keys ??= signingKey ? importKeys(signingKey) : generateKeys(onNewKey);
    return keys;
  };

  return {
    async keys() {
      const { publicJwk, kid } = await getKeys();
      return { keys: [{ ...publicJwk, kid, alg: "RS512", use: "sig" }] };
    },
    async sign({ pool, identity, amr, seconds, principalTags = {} }) {
      const { privateKey, kid } = await getKeys();
      const issued = Math.floor(now().getTime() / 1000);
      const tags = Object.entries(principalTags).map(([key, value]) => [key, [value]]);
      const claims = { amr, ...(tags.length > 0 && { [TAGS_CLAIM]: { principal_tags: Object.fromEntries(tags) } }) };
      return await new SignJWT(claims)
        .setProtectedHeader({ kid, typ: "JWS", alg: "RS512" })
        .setIssuer(ISSUER)
        .setAudience(pool)
        .setSubject(identity)
        .setIssuedAt(issued)
        .setExpirationTime(issued + seconds)
        .sign(privateKey);
    },
    async verify(token) {
      const { publicKey } = await getKeys();
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          issuer: ISSUER,
          algorithms: ["RS512"],
          currentDate: now(),
        });
        return payload;
      } catch (error) {
        if (error instanceof joseErrors.JWTExpired)
          throw errors.expiredToken(Math.floor(now().getTime() / 1000), Number(error.payload.exp));
        if (error instanceof joseErrors.JWSSignatureVerificationFailed) throw errors.unverifiableToken();
        throw errors.notCognitoToken();
      }
    },
  };
}

async function generateKeys(onNewKey: (signingKey: JWK) => void) {
  const { privateKey } = await generateKeyPair("RS512", { extractable: true });
  const signingKey = await exportJWK(privateKey);
  onNewKey(signingKey);
  return await importKeys(signingKey);
}

/** Imports the private and the public key, and computes the key ID. */
async function importKeys(signingKey: JWK) {
  const { kty = "", n = "", e = "" } = signingKey;
  const publicJwk = { kty, n, e };
  return {
    privateKey: await importJWK(signingKey, "RS512"),
    publicKey: await importJWK(publicJwk, "RS512"),
    publicJwk,
    kid: await calculateJwkThumbprint(publicJwk),
  };
}
