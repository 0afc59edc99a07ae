import { createHmac, timingSafeEqual } from "node:crypto";

/** Temporary credentials of the form that AWS gives them. They open nothing but this service's own STS. */
interface SessionCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: Date;
}

/** Who holds credentials. */
interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly roleArn: string;
  readonly sessionName: string;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** Makes credentials and knows them again, without remembering any: the session token holds all, sealed with a key. */
export interface Sessions {
  make(roleArn: string, sessionName: string, seconds: number): SessionCredentials;
  /** The session that a token of ours stands for, expired or not; undefined for any other token. */
  open(sessionToken: string): Session | undefined;
}

/** How session tokens of AWS begin. */
const PREFIX = "IQoJ";
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

export function createSessions(
  key: Uint8Array,
  { now, randomBytes }: { now: () => Date; randomBytes: (size: number) => Uint8Array },
): Sessions {
  const seal = (what: string) => createHmac("sha256", key).update(what).digest();
  /** 40 characters that follow from the access key id, so that nobody has to remember them. */
  const secretOf = (accessKeyId: string) => seal(`secret ${accessKeyId}`).subarray(0, 30).toString("base64");

  return {
    make(roleArn, sessionName, seconds) {
      const suffix = Array.from(randomBytes(16), (byte) => letters[byte % letters.length]).join("");
      const AccessKeyId = `ASIA${suffix}`;
      const expires = now().getTime() + seconds * 1000;
      const held = JSON.stringify([AccessKeyId, roleArn, sessionName, expires]);
      const token = Buffer.concat([seal(held), Buffer.from(held)]).toString("base64");
      return {
        AccessKeyId,
        SecretAccessKey: secretOf(AccessKeyId),
        SessionToken: `${PREFIX}${token}`,
        Expiration: new Date(expires),
      };
    },
    open(sessionToken) {
      if (!sessionToken.startsWith(PREFIX)) return undefined;
      const bytes = Buffer.from(sessionToken.slice(PREFIX.length), "base64");
      const held = bytes.subarray(32).toString();
      if (bytes.length <= 32 || !timingSafeEqual(bytes.subarray(0, 32), seal(held))) return undefined;
      const [accessKeyId, roleArn, sessionName, expires] = JSON.parse(held) as [string, string, string, number];
      return { accessKeyId, secretAccessKey: secretOf(accessKeyId), roleArn, sessionName, expires };
    },
  };
}
