import { createHmac, timingSafeEqual } from "node:crypto";

/** Temporary credentials in AWS's format. They are valid only for the STS of this service. */
interface SessionCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: Date;
}

/** The session of temporary credentials. */
interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** The identity of the enhanced flow. */
  readonly identityId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/**
 * Issues and recognizes credentials without storing them: the session token contains the session, signed with a key.
 */
export interface Sessions {
  issue(roleArn: string, sessionName: string, seconds: number, identityId?: string): SessionCredentials;
  /** Returns the session of a token, even if expired. Returns undefined if this service did not issue the token. */
  read(sessionToken: string): Session | undefined;
}

/** The prefix of AWS's session tokens. */
const PREFIX = "IQoJ";
const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function createSessions(
  key: Uint8Array,
  { now, randomBytes }: { now: () => Date; randomBytes: (size: number) => Uint8Array },
): Sessions {
  const sign = (text: string) => createHmac("sha256", key).update(text).digest();
  /** Derives the 40-character secret from the access key ID, so that it need not be stored. */
  const secretOf = (accessKeyId: string) => sign(`secret ${accessKeyId}`).subarray(0, 30).toString("base64");

  return {
    issue(roleArn, sessionName, seconds, identityId) {
      const suffix = Array.from(randomBytes(16), (byte) => base32Alphabet[byte % base32Alphabet.length]).join("");
      const AccessKeyId = `ASIA${suffix}`;
      // AWS's expirations are whole seconds.
      const expires = (Math.floor(now().getTime() / 1000) + seconds) * 1000;
      const payload = JSON.stringify([
        AccessKeyId,
        roleArn,
        sessionName,
        expires,
        ...(identityId === undefined ? [] : [identityId]),
      ]);
      const token = Buffer.concat([sign(payload), Buffer.from(payload)]).toString("base64");
      return {
        AccessKeyId,
        SecretAccessKey: secretOf(AccessKeyId),
        SessionToken: `${PREFIX}${token}`,
        Expiration: new Date(expires),
      };
    },
    read(sessionToken) {
      if (!sessionToken.startsWith(PREFIX)) return undefined;
      const bytes = Buffer.from(sessionToken.slice(PREFIX.length), "base64");
      const payload = bytes.subarray(32).toString();
      if (bytes.length <= 32 || !timingSafeEqual(bytes.subarray(0, 32), sign(payload))) return undefined;
      const [accessKeyId, roleArn, sessionName, expires, identityId] = JSON.parse(payload) as [
        string,
        string,
        string,
        number,
        string?,
      ];
      return { accessKeyId, secretAccessKey: secretOf(accessKeyId), roleArn, sessionName, identityId, expires };
    },
  };
}
