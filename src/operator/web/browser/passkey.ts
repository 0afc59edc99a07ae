/** Passkeys: what WebAuthn takes and gives, in base64url. Converted here, because `toJSON` fails with some password managers. */
import type { EnrollStep, RegisterRequest } from "../enroll-protocol.ts";
import type { PageAssertion, PageChallenge } from "../page-protocol.ts";
import { PageError } from "./requests.ts";

/** How long the person has. Without a signal, some browsers wait for ever where there is no authenticator. */
const TIMEOUT_MS = 120_000;

const RP_ID = "localhost";

/** Asks the person for a passkey. Call it within a click. Raises PageError. */
export async function getAssertion({
  challenge,
  keys,
}: Pick<PageChallenge, "challenge" | "keys">): Promise<PageAssertion> {
  const credential = await asked(() =>
    navigator.credentials.get({
      publicKey: {
        challenge: decode(challenge),
        rpId: RP_ID,
        allowCredentials: keys.map(({ id, transports }) => ({
          type: "public-key",
          id: decode(id),
          transports: transports as AuthenticatorTransport[],
        })),
        userVerification: "required",
        timeout: TIMEOUT_MS,
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
  );
  const response = credential.response as AuthenticatorAssertionResponse;
  return {
    id: encode(credential.rawId),
    clientDataJSON: encode(response.clientDataJSON),
    authenticatorData: encode(response.authenticatorData),
    signature: encode(response.signature),
  };
}

/** Makes a new passkey. Call it within a click. Raises PageError. */
export async function createPasskey({
  challenge,
  user,
  exclude,
}: Extract<EnrollStep, { state: "create" }>): Promise<RegisterRequest["credential"]> {
  const credential = await asked(() =>
    navigator.credentials.create({
      publicKey: {
        rp: { id: RP_ID, name: "cognito-identity-mcp" },
        user: { id: decode(user.id), name: user.name, displayName: user.name },
        challenge: decode(challenge),
        pubKeyCredParams: [-8, -7, -257].map((alg) => ({ type: "public-key", alg })),
        authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
        excludeCredentials: exclude.map((id) => ({ type: "public-key", id: decode(id) })),
        attestation: "none",
        timeout: TIMEOUT_MS,
      },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    }),
  );
  const response = credential.response as AuthenticatorAttestationResponse;
  return {
    id: encode(credential.rawId),
    clientDataJSON: encode(response.clientDataJSON),
    attestationObject: encode(response.attestationObject),
    // Older browsers and some password managers do not have it.
    transports: response.getTransports?.() ?? [],
  };
}

async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential> {
  if (!("PublicKeyCredential" in globalThis))
    throw new PageError("This browser does not support passkeys here. Open the page in another browser.");
  try {
    const credential = await ask();
    if (credential) return credential as PublicKeyCredential;
  } catch (error) {
    throw new PageError(reasonOf(error instanceof Error ? error.name : ""));
  }
  throw new PageError(reasonOf(""));
}

function reasonOf(name: string): string {
  switch (name) {
    case "TimeoutError":
    case "AbortError":
      return "No passkey answered within 2 minutes. Nothing was changed. Connect your security key or unlock your device, then try again.";
    case "InvalidStateError":
      return "This device already has an enrolled passkey. Nothing was changed. Use another device or security key.";
    case "SecurityError":
      return "The browser does not allow passkeys at this address. Nothing was changed. Open the page at http://localhost, not at 127.0.0.1.";
    case "NotAllowedError":
      return "No passkey was used: you cancelled, it took too long, or this device has none of the passkeys that the server knows. Nothing was changed. Try again. If you have enrolled a passkey since, restart the server first.";
    default:
      return "The browser could not use a passkey. Nothing was changed. Try again, or use another browser.";
  }
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));
}

function encode(bytes: ArrayBuffer): string {
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
