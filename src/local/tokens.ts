import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JSONWebKeySet,
  type JWTPayload,
  errors as joseErrors,
  jwtVerify,
  SignJWT,
} from "jose";
import { errors } from "./errors.ts";

/** Who issues the service's tokens, in every region. */
export const ISSUER = "https://cognito-identity.amazonaws.com";

/** The service's own OpenID tokens. */
export interface Tokens {
  sign(token: IdentityToken): Promise<string>;
  /** The claims of a token of ours. Raises NotAuthorizedException for any other, and for one that has expired. */
  verify(token: string): Promise<JWTPayload>;
  /** The public key, as a JSON Web Key Set. */
  keys(): Promise<JSONWebKeySet>;
}

interface IdentityToken {
  readonly pool: string;
  readonly identity: string;
  /** How the identity was authenticated. */
  readonly amr: readonly string[];
  /** How long the token is valid. */
  readonly seconds: number;
  /** Session tags for STS; left out of the token when there are none. */
  readonly principalTags?: Readonly<Record<string, string>> | undefined;
}

/** The claim in which STS looks for session tags (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html). */
const TAGS_CLAIM = "https://aws.amazon.com/tags";

export function createTokens(now: () => Date): Tokens {
  // A key takes a while to make, and many a service never signs.
  let keys: ReturnType<typeof makeKeys> | undefined;
  const key = () => {
    keys ??= makeKeys();
    return keys;
  };

  return {
    async keys() {
      const { publicKey, kid } = await key();
      return { keys: [{ ...(await exportJWK(publicKey)), kid, alg: "RS512", use: "sig" }] };
    },
    async sign({ pool, identity, amr, seconds, principalTags = {} }) {
      const { privateKey, kid } = await key();
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
      const { publicKey } = await key();
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
        if (error instanceof joseErrors.JWSSignatureVerificationFailed) throw errors.unverifiedToken();
        throw errors.foreignToken();
      }
    },
  };
}

async function makeKeys() {
  const { privateKey, publicKey } = await generateKeyPair("RS512");
  return { privateKey, publicKey, kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
}
