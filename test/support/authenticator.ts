/** An authenticator in software, with its browser: makes passkeys and signs with them, rightly or wrongly. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import type { Algorithm, Passkey } from "../../src/operator/passkeys/passkey.ts";
import type { PageCredential } from "../../src/operator/passkeys/registration.ts";
import type { PageAssertion } from "../../src/operator/web/page-protocol.ts";

/** What can differ from what is right. */
export interface Slips {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** User present, 1; user verified, 4; more in WebAuthn. */
  readonly flags?: number;
  readonly counter?: number;
  /** More members of the client data. */
  readonly client?: Readonly<Record<string, unknown>>;
  /** Bytes after the authenticator's data, which are signed with it. */
  readonly trailing?: Buffer;
  /** The number of the algorithm in the public key. */
  readonly algorithm?: number;
  readonly format?: { readonly fmt: string; readonly attStmt: Cbor };
}

type Cbor = number | string | Buffer | boolean | ReadonlyMap<number | string, Cbor>;

const PRESENT_AND_VERIFIED = 0x05;
const ATTESTED = 0x40;

export interface Authenticator {
  readonly id: string;
  readonly algorithm: Algorithm;
  /** As a list of keys holds it. */
  readonly key: Passkey;
  create(challenge: string, origin: string, slips?: Slips): PageCredential;
  get(challenge: string, origin: string, slips?: Slips): PageAssertion;
}

const hash = (data: string | Buffer) => createHash("sha256").update(data).digest();
const base64url = (data: string | Buffer) => Buffer.from(data).toString("base64url");

export function createAuthenticator(algorithm: Algorithm = -7, label = "software"): Authenticator {
  const { publicKey, privateKey } = keyPair(algorithm);
  const id = randomBytes(32);
  const cose = (alg: number = algorithm) => encode(new Map([...coseOf(publicKey), [3, alg] as const]));
  let counter = 0;

  const clientData = (type: string, challenge: string, origin: string, slips: Slips) =>
    Buffer.from(
      JSON.stringify({
        type: slips.type ?? type,
        challenge: slips.challenge ?? challenge,
        origin: slips.origin ?? origin,
        crossOrigin: false,
        ...slips.client,
      }),
    );

  function authenticatorData(slips: Slips, flags: number, rest: Buffer): Buffer {
    counter += 1;
    const count = Buffer.alloc(4);
    count.writeUInt32BE(slips.counter ?? counter);
    return Buffer.concat([
      hash(slips.rpId ?? "localhost"),
      Buffer.from([slips.flags ?? flags]),
      count,
      rest,
      slips.trailing ?? Buffer.alloc(0),
    ]);
  }

  return {
    id: base64url(id),
    algorithm,
    key: {
      id: base64url(id),
      publicKey: base64url(cose()),
      algorithm,
      label,
      added: "2026-01-01T00:00:00.000Z",
      transports: ["internal"],
    },
    create(challenge, origin, slips = {}) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(id.length);
      const attested = Buffer.concat([Buffer.alloc(16), length, id, cose(slips.algorithm)]);
      const flags = slips.flags === undefined ? PRESENT_AND_VERIFIED | ATTESTED : slips.flags | ATTESTED;
      const object = new Map<string, Cbor>([
        ["fmt", slips.format?.fmt ?? "none"],
        ["attStmt", slips.format?.attStmt ?? new Map()],
        ["authData", authenticatorData({ ...slips, flags }, flags, attested)],
      ]);
      return {
        id: base64url(id),
        clientDataJSON: base64url(clientData("webauthn.create", challenge, origin, slips)),
        attestationObject: base64url(encode(object)),
        transports: ["internal"],
      };
    },
    get(challenge, origin, slips = {}) {
      const client = clientData("webauthn.get", challenge, origin, slips);
      const data = authenticatorData(slips, PRESENT_AND_VERIFIED, Buffer.alloc(0));
      const signed = Buffer.concat([data, hash(client)]);
      return {
        id: base64url(id),
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(sign(algorithm === -8 ? null : "sha256", signed, privateKey)),
      };
    },
  };
}

function keyPair(algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } {
  if (algorithm === -7) return generateKeyPairSync("ec", { namedCurve: "P-256" });
  if (algorithm === -8) return generateKeyPairSync("ed25519");
  return generateKeyPairSync("rsa", { modulusLength: 2_048 });
}

/** The public key in COSE, without its algorithm. */
function coseOf(key: KeyObject): [number, Cbor][] {
  const { kty, x = "", y = "", n = "", e = "" } = key.export({ format: "jwk" });
  const bytes = (text: string) => Buffer.from(text, "base64url");
  if (kty === "EC")
    return [
      [1, 2],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ];
  if (kty === "OKP")
    return [
      [1, 1],
      [-1, 6],
      [-2, bytes(x)],
    ];
  return [
    [1, 3],
    [-1, bytes(n)],
    [-2, bytes(e)],
  ];
}

/** CBOR (RFC 8949), of what WebAuthn uses. */
function encode(value: Cbor): Buffer {
  if (typeof value === "number") return value >= 0 ? head(0, value) : head(1, -1 - value);
  if (typeof value === "boolean") return Buffer.from([value ? 0xf5 : 0xf4]);
  if (typeof value === "string") return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  const parts = [...value].flatMap(([name, member]) => [encode(name), encode(member)]);
  return Buffer.concat([head(5, value.size), ...parts]);
}

function head(major: number, argument: number): Buffer {
  const first = major << 5;
  if (argument < 24) return Buffer.from([first | argument]);
  if (argument < 0x100) return Buffer.from([first | 24, argument]);
  return Buffer.from([first | 25, argument >> 8, argument & 0xff]);
}
