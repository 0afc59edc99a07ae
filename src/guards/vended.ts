/** What was vended is kept for a person to use, out of the model's sight. */
import { claimsOf } from "./logins/claims.ts";

/** AWS credentials, whole. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** Something vended that must not be shown. */
export type Vended = {
  /** Of the identity. */
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
} & (
  | { readonly kind: "credentials"; readonly secret: AwsCredentials }
  | { readonly kind: "token"; readonly secret: string }
);

/** How a person gets at what was vended. The handle is no secret: it opens nothing but the person's own channel. */
export interface VaultReceipt {
  readonly handle: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Commands and settings that use it, one a line. */
  readonly use: readonly string[];
}

/** Keeps what was vended, in memory and until it expires. */
export interface Vault {
  /**
   * Keeps it for a person at this machine; gives undefined where nobody can come to it. `again` makes it anew where that can
   * be done without the person.
   */
  keep(vended: Vended, again?: Renewal): Promise<VaultReceipt | undefined>;
}

/** Makes the same call anew, and hands what comes of it to the vault that it is given. Gives why nothing did, if so. */
export type Renewal = (vault: Vault) => Promise<string | undefined>;

/** A token of AWS's that does not say when it expires is held to what its documentation says. */
const TOKEN_LIFETIME_MS = 600_000;

/** The longest that AWS makes a token last. */
const MAX_LIFETIME_MS = 86_400_000;

/** What an answer of AWS's vends, if it is whole. */
export function vendedFrom(answer: Readonly<Record<string, unknown>>, region: string): Vended | undefined {
  const { Token, Credentials } = answer;
  if (typeof Token === "string") return { kind: "token", secret: Token, region, expires: expiryOf(Token) };
  const { AccessKeyId, SecretKey, SessionToken, Expiration } = { ...(Credentials as object | undefined) } as Readonly<
    Record<string, unknown>
  >;
  const expires = Date.parse(String(Expiration));
  if (typeof AccessKeyId !== "string" || typeof SecretKey !== "string" || typeof SessionToken !== "string")
    return undefined;
  if (Number.isNaN(expires)) return undefined;
  const secret = { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken };
  return { kind: "credentials", secret, region, expires };
}

function expiryOf(token: string): number {
  const { exp } = claimsOf(token) ?? {};
  const now = Date.now();
  if (typeof exp !== "number") return now + TOKEN_LIFETIME_MS;
  return Math.min(Math.max(exp * 1000, 0), now + MAX_LIFETIME_MS);
}
