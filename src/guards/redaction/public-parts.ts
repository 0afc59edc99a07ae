/** What of a secret is public, and which values are too public to be one. */
import { isRecord } from "../../util/json.ts";

/**
 * Ids of Cognito, GUIDs, ARNs, regions, account ids and names of login providers. Test services issue such values as tokens, and some
 * take an account id as access key. To search for them would take ordinary ids out of every answer.
 */
const publicShapes = [
  /^\d{12}$/,
  /^[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d{1,2}(?::[\da-f-]{1,55})?$/,
  /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  /^arn:[\w-]+:[^\s]+$/,
  /^[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d{1,2}_[A-Za-z\d]{1,55}$/,
  /^(?:[a-z\d-]+\.)+[a-z]{2,24}(?:\/[a-z]{2,4}(?:-[a-z]+)+-\d+_[A-Za-z\d]{1,55})?(?::\w{1,128})?$/,
];

/** Whether a value has the form of an id, ARN, region or provider name, which no answer can do without. */
export function isPublicShape(value: string): boolean {
  return publicShapes.some((shape) => shape.test(value));
}

/**
 * How a session token of STS begins, which everybody knows: with the version and name of the service that issued it (seen in published
 * tokens: `IQoJb3JpZ2luX2Vj` is base64 of "origin_ec", `FwoGZXIvYXdzE` of "er/aws").
 */
const publicPrefix = /^(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdzE|FQoGZXIvYXdzE|FQoDYXdzE)/;

/**
 * What is the same in many session tokens, in their bytes: how they begin, a number that is often negative, the region with the head of the
 * signature behind it, and the account's id. Such text, stored in the account, must not stop the server. Seen in published tokens, as
 * `IQoJb3JpZ2luX2VjE…//////////wEaCXVzLWVhc3QtMSJHMEUC…`: the fields are those of a protocol buffer.
 */
const publicFields =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it matches bytes, not text.
  /^[\x15-\x21]\n[\x03-\x09](?:origin_ec|er\/aws|aws)\x10|\xff{5,}\x01?(?:\x10[\0-\x08])?|(?:\x1a[\x05-\x18])?[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d(?:"[\x40-\x50]0[\x40-\x50]\x02[\x20\x21]\0?)?|(?:(?:\x10[\0-\x08])?\x1a\x0c)?\d{12}(?:"\x0c)?/g;

/** A JSON Web Token: its header with the dot, and its payload. One that is encrypted has no payload that can be read. */
const jsonWebToken = /^(eyJ[\w-]*\.)(?:([\w-]*)\.[\w-]*$)?/;

/**
 * The places of a secret's characters that are public: how session tokens begin, the header of a JSON Web Token, and of its payload what
 * everybody can write down who knows the user pool or the identity: names of claims, ids, addresses, numbers, and the dots. Text with such
 * characters, stored in the account, must not stop the server.
 */
export function publicPlaces(secret: string): Uint8Array {
  const places = new Uint8Array(secret.length);
  const [prefix] = publicPrefix.exec(secret) ?? [];
  if (prefix !== undefined) {
    places.fill(1, 0, prefix.length);
    const fields = Buffer.from(secret, "base64");
    const known = new Uint8Array(fields.length);
    for (const { 0: field, index } of fields.toString("latin1").matchAll(publicFields))
      known.fill(1, index, index + field.length);
    markPublic(places, 0, secret.length, known);
    // The bits of the byte before such a number can be those of one slash more.
    for (const { 0: slashes, index } of secret.matchAll(/\/{6,}/g)) places.fill(1, index, index + slashes.length);
  }
  const [, header, payload] = jsonWebToken.exec(secret) ?? [];
  if (header === undefined) return places;
  places.fill(1, 0, header.length);
  if (payload === undefined) return places;
  const claims = Buffer.from(payload, "base64url");
  if (!isJsonObject(claims.toString())) return places;
  // One character a byte.
  const bytes = publicBytes(claims.toString("latin1"));
  markPublic(places, header.length, payload.length, bytes);
  places[header.length + payload.length] = 1;
  return places;
}

/** Marks, of `length` characters of base64 from `start` on, those whose bytes are all public. */
function markPublic(places: Uint8Array, start: number, length: number, bytes: Uint8Array): void {
  for (let at = 0; at < length; at += 1) {
    // A character is of 6 bits, which lie in one or two bytes.
    const [first, last] = [(at * 6) >> 3, Math.min((at * 6 + 5) >> 3, bytes.length - 1)];
    if (bytes[first] === 1 && bytes[last] === 1) places[start + at] = 1;
  }
}

function isJsonObject(text: string): boolean {
  try {
    return isRecord(JSON.parse(text));
  } catch {
    return false;
  }
}

/** A string of JSON, or whatever stands between two. */
const jsonPart = /"(?:[^"\\]|\\.)*"|[^"]+|"/g;

/**
 * How somebody signed in: names of providers and, of a developer user, its id, which the look-ups show. A user chooses such an id, and could
 * otherwise choose one that looks like a piece of the token that contains it.
 */
const signedInBy = /"amr"\s*:\s*\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]/g;

/** Which bytes of a JSON text are public: all but the values that are texts of no public form. */
function publicBytes(json: string): Uint8Array {
  const places = new Uint8Array(json.length);
  for (const { 0: part, index } of json.matchAll(signedInBy)) places.fill(1, index, index + part.length);
  for (const { 0: part, index } of json.matchAll(jsonPart)) {
    const end = index + part.length;
    const isName = /^\s*:/.test(json.slice(end, end + 8));
    const isPublic = part.startsWith('"') ? isName || isPublicText(part.slice(1, -1)) : true;
    if (isPublic) places.fill(1, index, end);
    // The quotes around a value are public.
    else [places[index], places[end - 1]] = [1, 1];
  }
  return places;
}

/** Words that login tokens have as values. */
const publicWords: ReadonlySet<string> = new Set(["authenticated", "unauthenticated", "id", "access"]);

function isPublicText(value: string): boolean {
  return publicWords.has(value) || isPublicShape(value) || /^https?:\/\/[\w./:-]+$/.test(value);
}
