import {
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
import { poolArn, serviceHost } from "../partition.ts";
import { errors } from "../protocol/errors.ts";

/** The issuer of the service's tokens. */
export function issuerOf(region: string): string {
  return `https://${serviceHost(region)}`;
}

/** Signs and verifies the OpenID tokens of the service. */
export interface OpenIdTokens {
  sign(token: IdentityToken): Promise<string>;
  /**
   * Returns the claims of a token. Throws NotAuthorizedException if this service did not issue it or it has expired.
   */
  verify(token: string): Promise<JWTPayload>;
  /** Returns the public key as a JSON Web Key Set, under the key ID of each of the regions. */
  keys(regions: Iterable<string>): Promise<JSONWebKeySet>;
}

interface IdentityToken {
  /** The pool's ID. */
  readonly pool: string;
  readonly accountId: string;
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

/** A claim of tokens since 2024 (https://speakerdeck.com/player/fcca686ecc42459fa57423156ce7561f, slide 13). */
const POOL_ARN_CLAIM = "https://cognito-identity.amazonaws.com/identity-pool-arn";
/** The session tags in the claims of a token. */
export function principalTagsIn({ [TAGS_CLAIM]: claim }: JWTPayload): Record<string, string> {
  const { principal_tags: tags = {} } = (claim ?? {}) as {
    readonly principal_tags?: Record<string, readonly string[]>;
  };
  return Object.fromEntries(Object.entries(tags).map(([key, [value = ""]]) => [key, value]));
}

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
  /** A key set has the keys of every region in which a token was signed, whatever became of the pool. */
  const signedIn = new Set<string>();

  return {
    async keys(regions) {
      const { publicJwk } = await getKeys();
      const known = [...new Set([...regions, ...signedIn])].sort();
      return { keys: known.map((region) => ({ ...publicJwk, kid: keyIdOf(region), alg: "RS512", use: "sig" })) };
    },
    async sign({ pool, accountId, identity, amr, seconds, principalTags = {} }) {
      const { privateKey } = await getKeys();
      const [region = ""] = pool.split(":", 1);
      signedIn.add(region);
      const issued = Math.floor(now().getTime() / 1000);
      const tags = Object.entries(principalTags).map(([key, value]) => [key, [value]]);
      // In the order of AWS's tokens.
      const claims = {
        sub: identity,
        aud: pool,
        amr,
        ...(tags.length > 0 && { [TAGS_CLAIM]: { principal_tags: Object.fromEntries(tags) } }),
        iss: issuerOf(region),
        [POOL_ARN_CLAIM]: poolArn(pool, accountId),
        exp: issued + seconds,
        iat: issued,
      };
      return await new SignJWT(claims)
        .setProtectedHeader({ kid: keyIdOf(region), typ: "JWS", alg: "RS512" })
        .sign(privateKey);
    },
    async verify(token) {
      const { publicKey } = await getKeys();
      try {
        const { payload } = await jwtVerify(token, publicKey, { algorithms: ["RS512"], currentDate: now() });
        const [region = ""] = String(payload.aud).split(":", 1);
        if (payload.iss !== issuerOf(region)) throw errors.notCognitoToken();
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

/** AWS's key IDs are the region and a number, such as `eu-west-11`. */
function keyIdOf(region: string): string {
  return `${region}1`;
}

async function generateKeys(onNewKey: (signingKey: JWK) => void) {
  const { privateKey } = await generateKeyPair("RS512", { extractable: true });
  const signingKey = await exportJWK(privateKey);
  onNewKey(signingKey);
  return await importKeys(signingKey);
}

/** Imports the private and the public key. */
async function importKeys(signingKey: JWK) {
  const { kty = "", n = "", e = "" } = signingKey;
  const publicJwk = { kty, n, e };
  return {
    privateKey: await importJWK(signingKey, "RS512"),
    publicKey: await importJWK(publicJwk, "RS512"),
    publicJwk,
  };
}
