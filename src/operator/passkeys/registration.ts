/** Verifies a new passkey. The library for it loads at the first use. */
import { isRecord } from "../../util/json.ts";
import { algorithmOf, objectionTo, RP_ID } from "./assertion.ts";
import { algorithms, isBase64Url, isTransports, type Passkey } from "./passkey.ts";

/** A new passkey as the page converts it. All but the transports in base64url. */
export interface PageCredential {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly attestationObject: string;
  readonly transports: readonly string[];
}

interface Given {
  readonly credential: PageCredential;
  /** The only challenge that counts. */
  readonly challenge: string;
  /** The origin of the page: `http://localhost:PORT`. */
  readonly origin: string;
}

/** Limits for the parts of a credential, in bytes. Statements of manufacturers contain certificates. */
const MAX = { id: 1_023, clientDataJSON: 4_096, attestationObject: 32_768 };

/** Whether the value has the form of a new passkey. */
export function isPageCredential(value: unknown): value is PageCredential {
  if (!isRecord(value) || !isTransports(value["transports"])) return false;
  return (["id", "clientDataJSON", "attestationObject"] as const).every((name) => isBase64Url(value[name], MAX[name]));
}

/** Gives the key; or why it does not count, in a sentence. */
export async function verifyRegistration({
  credential: { id, clientDataJSON, attestationObject, transports },
  challenge,
  origin,
}: Given): Promise<{ readonly key: Omit<Passkey, "label" | "added"> } | { readonly why: string }> {
  const why = objectionTo(clientDataJSON, { type: "webauthn.create", challenge, origin });
  if (why !== undefined) return { why };
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId: id,
        type: "public-key",
        response: { clientDataJSON, attestationObject: await withoutStatement(attestationObject) },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: origin,
      expectedRPID: RP_ID,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...algorithms],
    });
    if (!verified || registrationInfo.credential.id !== id) return { why: "The new passkey is not valid." };
    const { publicKey } = registrationInfo.credential;
    const algorithm = await algorithmOf(publicKey);
    if (algorithm === undefined) return { why: "The new passkey uses an algorithm that is not supported." };
    return { key: { id, publicKey: Buffer.from(publicKey).toString("base64url"), algorithm, transports } };
  } catch {
    return {
      why: "The new passkey is not valid, or it did not verify the person with a PIN, a fingerprint or a face.",
    };
  }
}

/**
 * The attestation object without the statement of the manufacturer. None was asked for, some authenticators send one anyway, and
 * none is trusted.
 */
async function withoutStatement(attestationObject: string): Promise<string> {
  const { decodeAttestationObject, isoCBOR } = await import("@simplewebauthn/server/helpers");
  const authData = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, "base64url"))).get(
    "authData",
  );
  const bare = new Map<string, unknown>([
    ["fmt", "none"],
    ["attStmt", new Map()],
    ["authData", authData],
  ]);
  return Buffer.from(isoCBOR.encode(bare as Parameters<typeof isoCBOR.encode>[0])).toString("base64url");
}
