/** A passkey as the list of keys holds it, and the text of such a list. */
import { isRecord } from "../../util/json.ts";
import { escapeInvisible } from "../../util/visible-text.ts";

/** COSE numbers: ES256, EdDSA and RS256. */
export type Algorithm = -7 | -8 | -257;

/** In the order of preference. */
export const algorithms: readonly Algorithm[] = [-8, -7, -257];

export interface Passkey {
  /** The credential id, in base64url. */
  readonly id: string;
  /** In COSE, base64url. */
  readonly publicKey: string;
  readonly algorithm: Algorithm;
  /** What the person calls it. Unique in a list, without invisible characters. */
  readonly label: string;
  /** ISO 8601. */
  readonly added: string;
  /** Hints for the browser, such as `internal` or `usb`. */
  readonly transports: readonly string[];
}

/** The content of a list. */
export interface ListedKeys {
  readonly keys: readonly Passkey[];
  /** Whether every gated call of the user to AWS takes a passkey. */
  readonly requires: boolean;
}

const VERSION = 1;

/** The number of keys in a list. */
export const MAX_KEYS = 32;

/** Characters of a label. */
export const MAX_LABEL = 64;

export function renderList({ keys, requires }: ListedKeys): string {
  return `${JSON.stringify({ version: VERSION, requires, keys }, null, 2)}\n`;
}

/** The content of a list; undefined if it is anything but what `renderList` writes. */
export function parseList(text: string): ListedKeys | undefined {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(list) || !hasOnly(list, ["version", "requires", "keys"])) return undefined;
  const { version, requires, keys } = list;
  if (version !== VERSION || typeof requires !== "boolean" || !Array.isArray(keys) || keys.length > MAX_KEYS)
    return undefined;
  if (!keys.every(isPasskey)) return undefined;
  const isUnique = (values: readonly string[]) => new Set(values).size === values.length;
  if (!isUnique(keys.map(({ id }) => id)) || !isUnique(keys.map(({ label }) => label))) return undefined;
  return { requires, keys };
}

/** Whether it can be the label of a key. */
export function isLabel(text: string): boolean {
  return text.length > 0 && text.length <= MAX_LABEL && text.trim() === text && escapeInvisible(text) === text;
}

/** Whether the text is the base64url of bytes, as this program writes them: without padding, and the only one for these bytes. */
export function isBase64Url(text: unknown, maxBytes: number): text is string {
  if (typeof text !== "string" || text === "" || text.length > (maxBytes * 4) / 3 + 4) return false;
  const bytes = Buffer.from(text, "base64url");
  return bytes.length <= maxBytes && bytes.toString("base64url") === text;
}

/** The longest credential id of WebAuthn, and a limit for public keys, in bytes. RSA with 4096 bits takes about 540. */
const [MAX_ID, MAX_PUBLIC_KEY] = [1_023, 2_048];

const MAX_TRANSPORTS = 8;

/** The value, if it is a passkey as a list holds it. */
export function parsePasskey(value: unknown): Passkey | undefined {
  return isPasskey(value) ? value : undefined;
}

function isPasskey(value: unknown): value is Passkey {
  if (!isRecord(value) || !hasOnly(value, ["id", "publicKey", "algorithm", "label", "added", "transports"]))
    return false;
  const { id, publicKey, algorithm, label, added } = value;
  return (
    isBase64Url(id, MAX_ID) &&
    isBase64Url(publicKey, MAX_PUBLIC_KEY) &&
    algorithms.some((known) => known === algorithm) &&
    typeof label === "string" &&
    isLabel(label) &&
    typeof added === "string" &&
    isTime(added) &&
    isTransports(value["transports"])
  );
}

export function isTransports(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= MAX_TRANSPORTS &&
    value.every((name) => typeof name === "string" && /^[a-z-]{1,20}$/.test(name))
  );
}

function isTime(text: string): boolean {
  const time = new Date(text);
  return !Number.isNaN(time.getTime()) && time.toISOString() === text;
}

function hasOnly(value: object, names: readonly string[]): boolean {
  return Object.keys(value).every((name) => names.includes(name));
}
