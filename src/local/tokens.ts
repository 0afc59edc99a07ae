import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";

/** Who issues the service's tokens, in every region. */
const ISSUER = "https://cognito-identity.amazonaws.com";

/** The service's own OpenID tokens. */
export interface Tokens {
  /**
   * A token for an identity. `amr` says how it was authenticated; `seconds` how long it is valid.
   */
  sign(token: { pool: string; identity: string; amr: readonly string[]; seconds: number }): Promise<string>;
  /** The claims of a token of ours that is still valid, or undefined. */
  verify(token: string): Promise<JWTPayload | undefined>;
}

export function createTokens(now: () => Date): Tokens {
  // A key takes a while to make, and many a service never signs.
  let keys: ReturnType<typeof makeKeys> | undefined;
  const key = () => {
    keys ??= makeKeys();
    return keys;
  };

  return {
    async sign({ pool, identity, amr, seconds }) {
      const { privateKey, kid } = await key();
      const issued = Math.floor(now().getTime() / 1000);
      return await new SignJWT({ amr })
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
      } catch {
        // Whatever is wrong with it, it is no token of ours that counts.
        return undefined;
      }
    },
  };
}

async function makeKeys() {
  const { privateKey, publicKey } = await generateKeyPair("RS512");
  return { privateKey, publicKey, kid: await calculateJwkThumbprint(await exportJWK(publicKey)) };
}
