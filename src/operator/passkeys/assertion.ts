/** Verifies what a passkey signed. The library for it loads at the first use. */
import { isRecord } from "../../util/json.ts";
import type { PageAssertion } from "../web/page-protocol.ts";
import { isPageAssertion } from "./page-assertion.ts";
import { type Algorithm, algorithms, type Passkey } from "./passkey.ts";

interface Given {
  readonly assertion: PageAssertion;
  /** The only challenge that counts. */
  readonly challenge: string;
  /** The origin of the page: `http://localhost:PORT`. */
  readonly origin: string;
  /** The keys that count. */
  readonly keys: readonly Passkey[];
  /** The sign counters so far, by the id of the key. Updated. Without it, counters are not checked. */
  readonly counters?: Map<string, number>;
}

export const RP_ID = "localhost";

/** Gives the key that made the assertion; or why it does not count, in a sentence. */
export async function verifyAssertion({
  assertion,
  challenge,
  origin,
  keys,
  counters,
}: Given): Promise<{ readonly key: Passkey } | { readonly why: string }> {
  if (!isPageAssertion(assertion)) return { why: "The answer of the passkey is damaged." };
  const { id, clientDataJSON, authenticatorData, signature } = assertion;
  const key = keys.find((listed) => listed.id === id);
  if (!key) return { why: "This passkey is not in the list of keys." };
  const why = objectionTo(clientDataJSON, { type: "webauthn.get", challenge, origin });
  if (why !== undefined) return { why };
  if (!isUserVerified(authenticatorData))
    return { why: "The passkey did not verify the person, with a PIN, a fingerprint or a face." };
  // The library takes other encodings of the same signature too.
  if (key.algorithm === -7 && !isDer(Buffer.from(signature, "base64url")))
    return { why: "The signature of the passkey is wrong." };
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  const publicKey = Uint8Array.from(Buffer.from(key.publicKey, "base64url"));
  if ((await algorithmOf(publicKey)) !== key.algorithm) return { why: "The public key in the list is damaged." };
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: RP_ID,
      requireUserVerification: true,
      credential: { id, publicKey, counter: counters?.get(id) ?? 0 },
    });
    if (!verified) return { why: "The signature of the passkey is wrong." };
    counters?.set(id, authenticationInfo.newCounter);
    return { key };
  } catch {
    return { why: "The answer of the passkey is not valid." };
  }
}

interface Expected {
  readonly type: "webauthn.get" | "webauthn.create";
  readonly challenge: string;
  readonly origin: string;
}

/** What is wrong with the client data, which the browser wrote; undefined if nothing is. */
export function objectionTo(clientDataJSON: string, expected: Expected): string | undefined {
  let data: unknown;
  try {
    data = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString());
  } catch {
    // Not JSON.
  }
  if (!isRecord(data)) return "The answer of the passkey is damaged.";
  const { type, challenge, origin, crossOrigin, topOrigin } = data;
  if (type !== expected.type) return "The answer of the passkey is for another purpose.";
  if (challenge !== expected.challenge) return "The answer of the passkey is for something else than what is shown.";
  if (origin !== expected.origin) return "The answer of the passkey is for another page.";
  // The library accepts a page in a frame of another.
  if ((crossOrigin !== undefined && crossOrigin !== false) || topOrigin !== undefined)
    return "The page of the passkey was part of another page.";
  return undefined;
}

/** The flag `UV` of the authenticator's data. */
function isUserVerified(authenticatorData: string): boolean {
  return ((Buffer.from(authenticatorData, "base64url")[32] ?? 0) & 0x04) !== 0;
}

/** The least size of an RSA modulus, in bytes. */
const MIN_RSA_BYTES = 256;

/** The algorithm of a public key in COSE; undefined if it is none that is accepted, or if its kind does not fit the algorithm. */
export async function algorithmOf(publicKey: Uint8Array<ArrayBuffer>): Promise<Algorithm | undefined> {
  const { cose, decodeCredentialPublicKey, isoCBOR } = await import("@simplewebauthn/server/helpers");
  const { COSEKEYS, COSECRV } = cose;
  try {
    const key = decodeCredentialPublicKey(publicKey);
    // The library ignores bytes after the key.
    const encoded = isoCBOR.encode(key as Parameters<typeof isoCBOR.encode>[0]);
    if (encoded.length < publicKey.length && Buffer.from(publicKey).subarray(0, encoded.length).equals(encoded))
      return undefined;
    const algorithm = algorithms.find((one) => one === key.get(COSEKEYS.alg));
    if (algorithm === -8)
      return cose.isCOSEPublicKeyOKP(key) && key.get(COSEKEYS.crv) === COSECRV.ED25519 ? algorithm : undefined;
    if (algorithm === -7)
      return cose.isCOSEPublicKeyEC2(key) && key.get(COSEKEYS.crv) === COSECRV.P256 ? algorithm : undefined;
    const modulus = cose.isCOSEPublicKeyRSA(key) ? key.get(COSEKEYS.n) : undefined;
    const isLong = modulus instanceof Uint8Array && modulus.length >= MIN_RSA_BYTES;
    return algorithm === -257 && isLong ? algorithm : undefined;
  } catch {
    // Not CBOR.
    return undefined;
  }
}

/** Whether the bytes are two positive integers in a sequence, in the only encoding that DER allows. */
function isDer(bytes: Buffer): boolean {
  if (bytes[0] !== 0x30 || bytes[1] !== bytes.length - 2) return false;
  let at = 2;
  for (let count = 0; count < 2; count += 1) {
    const length = bytes[at + 1] ?? 0;
    const [first = 0x80, second = 0] = bytes.subarray(at + 2, at + 2 + length);
    if (bytes[at] !== 0x02 || length === 0 || length > 33 || first >= 0x80) return false;
    if (first === 0 && length > 1 && second < 0x80) return false;
    at += 2 + length;
  }
  return at === bytes.length;
}
