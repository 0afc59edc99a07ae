/**
 * What both ends of a TCP connection prove to each other: that they know the secret of the server, without sending it. Each
 * proof is an HMAC-SHA256 over its role and the fresh nonces of both ends, so that a recorded proof is worth nothing in another
 * connection, in the other direction, or for another request or answer.
 */

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** The length of the secret and of a nonce, in bytes. */
export const SECRET_BYTES = 32;

/** 32 bytes in base64url: a nonce, a proof or a secret. */
export const ENCODED = "[A-Za-z0-9_-]{43}";

/** One connection, as both ends know it. */
export interface Conversation {
  readonly secret: Buffer;
  readonly clientNonce: string;
  readonly serverNonce: string;
}

/** What is proved: that a server answers, that a client sends this request, that a server answers it so. */
export type Statement =
  | { readonly role: "server" }
  | { readonly role: "request"; readonly request: string }
  | { readonly role: "answer"; readonly request: string; readonly answer: string };

export function newNonce(): string {
  return randomBytes(SECRET_BYTES).toString("base64url");
}

export function proofOf({ secret, clientNonce, serverNonce }: Conversation, statement: Statement): string {
  const hashes = [
    ...("request" in statement ? [hashOf(statement.request)] : []),
    ...("answer" in statement ? [hashOf(statement.answer)] : []),
  ];
  // No part contains a space, so that no two lists of parts give the same text.
  const text = ["cognito-identity-mcp-channel-1", statement.role, clientNonce, serverNonce, ...hashes].join(" ");
  return createHmac("sha256", secret).update(text).digest("base64url");
}

/** Whether `proof` proves the statement. Takes the same time for every wrong proof. */
export function isProof(proof: string, conversation: Conversation, statement: Statement): boolean {
  const given = Buffer.from(proof, "base64url");
  const right = Buffer.from(proofOf(conversation, statement), "base64url");
  return given.length === right.length && timingSafeEqual(given, right);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}
