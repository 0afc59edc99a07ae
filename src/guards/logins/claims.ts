/** The claims of a JSON Web Token, without verification. Undefined for any other text. */
export function claimsOf(token: string): Readonly<Record<string, unknown>> | undefined {
  const [header, claims, signature] = token.split(".");
  if (header === undefined || claims === undefined || signature === undefined) return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(claims, "base64url").toString());
    return typeof read === "object" && read !== null ? { ...read } : undefined;
  } catch {
    return undefined;
  }
}
