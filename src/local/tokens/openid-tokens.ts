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

/** Signs with `signingKey`, or else with a new key, of which `onNewKey` is told. */
export function createTokens(
  now: () => Date,
  signingKey?: JWK,
  onNewKey: (signingKey: JWK) => void = () => {},
): Tokens {
  // A key takes a while to make, and many a service never signs.
  let keys: ReturnType<typeof makeKeys> | undefined;
  const key = () => {
    keys ??= signingKey ? readKeys(signingKey) : makeKeys(onNewKey);
    return keys;
  };

  return {
    async keys() {
      const { publicJwk, kid } = await key();
      return { keys: [{ ...publicJwk, kid, alg: "RS512", use: "sig" }] };
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

async function makeKeys(onNewKey: (signingKey: JWK) => void) {
  const { privateKey } = await generateKeyPair("RS512", { extractable: true });
  const signingKey = await exportJWK(privateKey);
  onNewKey(signingKey);
  return await readKeys(signingKey);
}

/** Both halves of a key, and the name under which it is published. */
async function readKeys(signingKey: JWK) {
  const { kty = "", n = "", e = "" } = signingKey;
  const publicJwk = { kty, n, e };
  return {
    privateKey: await importJWK(signingKey, "RS512"),
    publicKey: await importJWK(publicJwk, "RS512"),
    publicJwk,
    kid: await calculateJwkThumbprint(publicJwk),
  };
}
