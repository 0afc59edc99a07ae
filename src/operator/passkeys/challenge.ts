/** The challenge that a passkey signs. It contains everything that the signature is for, so that an audit can compute it again. */
import { createHash } from "node:crypto";

export type Purpose = "approve" | "unlock" | "manage keys";

/** A plan that is approved. */
export interface Subject {
  /** As the plan shows it. */
  readonly account: string;
  readonly region: string;
  /** The digest of the plan. */
  readonly plan: string;
}

const VERSION = "cognito-identity-mcp passkey challenge 1";

/**
 * SHA-256, in base64url, over the version, the purpose, each subject's account, region and plan, and the nonce. Each is prefixed
 * with its length, so that different values never give the same input. Raises RangeError for text that is not valid Unicode.
 */
export function challengeFor(purpose: Purpose, subjects: readonly Subject[], nonce: string): string {
  const parts = subjects.flatMap(({ account, region, plan }) => [account, region, plan]);
  const hash = createHash("sha256");
  for (const part of [VERSION, purpose, String(subjects.length), ...parts, nonce]) {
    const bytes = Buffer.from(part);
    // Every unpaired surrogate becomes the same bytes.
    if (bytes.toString() !== part) throw new RangeError("a part of a challenge is not valid Unicode");
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return hash.digest("base64url");
}
