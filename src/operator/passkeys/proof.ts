/** The proof that a passkey approved plans, as the audit keeps it. Everything that is needed to verify it is inside. */
import { createHash } from "node:crypto";
import type { PasskeyEvidence } from "../../guards/approval/passkey-proof.ts";
import { isRecord } from "../../util/json.ts";
import { verifyAssertion } from "./assertion.ts";
import { challengeFor, type Subject } from "./challenge.ts";
import { parsePasskey } from "./passkey.ts";

/** Verifies a proof of an audit record: gives it; or why it is not valid, in a sentence. */
export async function verifyEvidence(
  value: unknown,
): Promise<{ readonly evidence: PasskeyEvidence } | { readonly why: string }> {
  if (!isEvidence(value)) return { why: "The record of the passkey is damaged." };
  const { purpose, subjects, nonce, origin, assertion } = value;
  const key = parsePasskey({ ...value.key, transports: [] });
  if (!key) return { why: "The record of the passkey is damaged." };
  let challenge: string;
  try {
    challenge = challengeFor(purpose, subjects, nonce);
  } catch {
    return { why: "The record of the passkey is damaged." };
  }
  const verified = await verifyAssertion({ assertion, challenge, origin, keys: [key] });
  return "why" in verified ? verified : { evidence: value };
}

/** The first half of the SHA-256 of a public key, in hexadecimal: enough to compare keys by eye. */
export function fingerprintOf(publicKey: string): string {
  return createHash("sha256").update(Buffer.from(publicKey, "base64url")).digest("hex").slice(0, 32);
}

function isEvidence(value: unknown): value is PasskeyEvidence {
  if (!isRecord(value)) return false;
  const { purpose, subjects, nonce, origin, key } = value;
  return (
    purpose === "approve" &&
    Array.isArray(subjects) &&
    subjects.length > 0 &&
    subjects.every(isSubject) &&
    typeof nonce === "string" &&
    typeof origin === "string" &&
    /^http:\/\/localhost:\d{1,5}$/.test(origin) &&
    isRecord(key)
  );
}

function isSubject(value: unknown): value is Subject {
  return isRecord(value) && ["account", "region", "plan"].every((name) => typeof value[name] === "string");
}
