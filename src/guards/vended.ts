/** Vended secrets are kept for a person to use. The model does not see them. */
import { claimsOf } from "./logins/claims.ts";

/** Complete AWS credentials. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A vended secret. */
export type Vended = {
  /** The region of the identity. */
  readonly region: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
} & (
  | { readonly kind: "credentials"; readonly secret: AwsCredentials }
  | { readonly kind: "token"; readonly secret: string }
);

/** How a person retrieves a vended secret. The handle is not a secret: it works only on the person's own channel. */
export interface VaultReceipt {
  readonly handle: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Commands and settings that use it, one per line. */
  readonly use: readonly string[];
}

/** Keeps vended secrets in memory until they expire. */
export interface Vault {
  /**
   * Keeps the secret for a person at this machine; resolves with undefined if no person can retrieve it. `again` renews the secret,
   * if that is possible without the person.
   */
  keep(vended: Vended, again?: Renewal): Promise<VaultReceipt | undefined>;
}

/** Repeats the call that vended a secret, and puts the new secret into the given vault. Resolves with the reason if that failed. */
export type Renewal = (vault: Vault) => Promise<string | undefined>;

/** The lifetime of an AWS token without an expiry: the one that AWS documents. */
const TOKEN_LIFETIME_MS = 600_000;

/** The longest lifetime of an AWS token. */
const MAX_LIFETIME_MS = 86_400_000;

/** The vended secret in a response of AWS; undefined if the response is incomplete. */
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
