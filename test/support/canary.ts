/** Secrets made up for a test, the ways in which they could be written, and a search for them that is nobody else's. */
import fc from "fast-check";
import { isPublicShape } from "../../src/guards/redaction/public-parts.ts";

/** The characters of tokens and keys. */
const tokenCharacters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=-_.~";

/** A secret, and a piece of it of 8 characters or more. */
function withPiece(characters: fc.Arbitrary<string[]>) {
  return fc.tuple(characters, fc.nat(), fc.nat()).map(([all, from, length]) => {
    const start = from % (all.length - 7);
    const piece = all.slice(start, start + 8 + (length % (all.length - start - 7)));
    return { value: all.join(""), piece: piece.join("") };
  });
}

export const plainSecret = withPiece(
  fc.array(fc.constantFrom(...tokenCharacters), { minLength: 8, maxLength: 80 }),
  // Such a value is never searched for.
).filter(({ value }) => !isPublicShape(value));

/** With quotes, backslashes, percent signs, control characters and all of Unicode. */
export const unusualSecret = withPiece(
  fc.array(
    fc.oneof(
      fc.constantFrom(..."\"\\%/+ \n\t{}'&<>é"),
      fc.string({ minLength: 1, maxLength: 1, unit: "binary" }).filter((character) => character !== "\0"),
    ),
    { minLength: 8, maxLength: 60 },
  ),
);

/** What stands before and after. */
export const written = fc.record({
  before: fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("a", "eyJ", '{"a":"', "https://x/?token=")),
  after: fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom("=", "==", "z", '"}', "&a=b")),
});

const bytesOf = (text: string) => Buffer.from(text);
const percent = (byte: number) => `%${byte.toString(16).padStart(2, "0")}`;
const hexOf = (text: string) => bytesOf(text).toString("hex");
const isAscii = (character: string) => character <= "~";

/** Each character and, where it is ASCII, what `write` makes of it for its place. */
const each = (text: string, write: (character: string, at: number) => string) =>
  Array.from(text, (character, at) => (isAscii(character) ? write(character, at) : character)).join("");

const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** RFC 4648. */
function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const digits = (bits.match(/.{1,5}/g) ?? []).map((five) => base32Alphabet[Number.parseInt(five.padEnd(5, "0"), 2)]);
  return digits.join("").padEnd(Math.ceil(digits.length / 8) * 8, "=");
}

const jsonEscaped = (text: string) => JSON.stringify(text).slice(1, -1);

/** What a program, or one of many proxies and logs on the way, makes of a text. */
export const encodings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  "JSON-escaped": jsonEscaped,
  "JSON-escaped, each character by its number": (text) =>
    Array.from({ length: text.length }, (_, at) => `\\u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  "JSON within JSON": (text) => jsonEscaped(jsonEscaped(text)),
  "URL-encoded": encodeURIComponent,
  "URL-encoded as a form": (text) => new URLSearchParams({ a: text }).toString().slice(2),
  "URL-encoded, every byte": (text) => [...bytesOf(text)].map(percent).join(""),
  "URL-encoded, every third byte": (text) =>
    [...bytesOf(text)]
      .map((byte, at) => (at % 3 === 0 || byte > 126 || byte === 37 ? percent(byte) : String.fromCharCode(byte)))
      .join(""),
  "URL-encoded twice": (text) => encodeURIComponent(encodeURIComponent(text)),
  base64: (text) => bytesOf(text).toString("base64"),
  "base64 without padding": (text) => bytesOf(text).toString("base64").replace(/=+$/, ""),
  base64url: (text) => bytesOf(text).toString("base64url"),
  "base64 one byte on": (text) => bytesOf(`x${text}`).toString("base64"),
  "base64 two bytes on": (text) => bytesOf(`xy${text}z`).toString("base64url"),
  "base64 in lines": (text) => bytesOf(text).toString("base64").replace(/.{10}/g, "$&\r\n"),
  "base64 of base64": (text) => bytesOf(bytesOf(text).toString("base64")).toString("base64"),
  "base64 of JSON": (text) => bytesOf(JSON.stringify({ token: text })).toString("base64"),
  "base64, URL-encoded": (text) => encodeURIComponent(bytesOf(text).toString("base64")),
  hex: (text) => bytesOf(text).toString("hex"),
  "hex in capitals": (text) => bytesOf(text).toString("hex").toUpperCase(),
  "hex half a byte on": (text) => `0${bytesOf(text).toString("hex")}0`,
  "hex of JSON": (text) => bytesOf(JSON.stringify([text])).toString("hex"),
  "hex in pairs": (text) =>
    bytesOf(text)
      .toString("hex")
      .replace(/..(?=.)/g, "$& "),
  "hex with commas": (text) => hexOf(text).replace(/..(?=.)/g, "$&, "),
  "hex as in C": (text) => hexOf(text).replace(/../g, "0x$&, "),
  "hex as in a string of C": (text) => each(text, (character) => `\\x${hexOf(character)}`),
  "octal as in a string of C": (text) =>
    each(text, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`),
  "quoted-printable": (text) =>
    [...bytesOf(text)]
      .map((byte, at) => {
        const mark = `=${byte.toString(16).toUpperCase().padStart(2, "0")}`;
        return `${byte > 126 || byte === 61 || at % 3 === 0 ? mark : String.fromCharCode(byte)}${at % 5 === 4 ? "=\r\n" : ""}`;
      })
      .join(""),
  "HTML, by number": (text) => Array.from(text, (character) => `&#${character.codePointAt(0)};`).join(""),
  "HTML, by hexadecimal number": (text) =>
    Array.from(text, (character) => `&#x${character.codePointAt(0)?.toString(16)};`).join(""),
  "HTML, by name": (text) =>
    each(text, (character, at) => namedEntities[character] ?? (at % 3 === 0 ? numbered(character) : character)),
  "percent signs with units": (text) =>
    Array.from({ length: text.length }, (_, at) => `%u${text.charCodeAt(at).toString(16).padStart(4, "0")}`).join(""),
  "UTF-16": (text) => each(text, (character) => `${character}\0`),
  "UTF-16, the other byte first": (text) => each(text, (character) => `\0${character}`),
  "UTF-16, escaped": (text) => each(text, (character) => `${jsonEscaped(character)}\\u0000`),
  "UTF-16, in base64": (text) => Buffer.from(text, "utf16le").toString("base64"),
  "base64 with spaces": (text) =>
    bytesOf(text)
      .toString("base64")
      .replace(/.(?=.)/g, "$& "),
  "base64 in groups": (text) =>
    bytesOf(text)
      .toString("base64")
      .replace(/.{4}(?=.)/g, "$&, "),
  base32: (text) => base32(bytesOf(text)),
  "base32 in small letters, one byte on": (text) => base32(bytesOf(`x${text}`)).toLowerCase(),
  "base32 in groups": (text) => base32(bytesOf(text)).replace(/.{4}(?=.)/g, "$&-"),
  "zero-width characters between": (text) =>
    each(text, (character, at) => `${character}${"\u200b\u2060\ufeff"[at % 3]}`),
  "zero-width characters between, as the server writes them": (text) =>
    each(text, (character) => `${character}\\u{200b}`),
  "spaces between": (text) => each(text, (character) => `${character} `),
  "a list of characters": (text) => Array.from(text, (character) => `"${character}"`).join(", "),
};

const numbered = (character: string) => `&#${character.codePointAt(0)};`;
const namedEntities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "+": "&plus;",
  "/": "&sol;",
  "=": "&equals;",
  "-": "-",
  _: "&lowbar;",
  ".": "&period;",
};

/** Encodings that keep what is not ASCII as it is, or lose it: they are for secrets of ASCII only. */
export const asciiEncodings: ReadonlySet<string> = new Set([
  "UTF-16",
  "UTF-16, the other byte first",
  "UTF-16, escaped",
  "UTF-16, in base64",
  "spaces between",
  "zero-width characters between",
  "zero-width characters between, as the server writes them",
]);

/** Eight characters of `secret` that are in `text` in some encoding, and which; undefined if there are none. */
export function findLeak(text: string, secret: string): string | undefined {
  const texts = distinct([text, text.replace(/[\r\n]+/g, ""), withoutPercent(text), ...readings(text)]);
  const dumps = distinct([text, text.replace(/[ :-]/g, ""), text.replace(/, 0x|, |-/g, "")]).map((dump) =>
    dump.toLowerCase(),
  );
  const characters = [...secret];
  for (let from = 0; from + 8 <= characters.length; from += 1) {
    const window = characters.slice(from, from + 8).join("");
    for (const needle of needlesOf(window))
      if (texts.some((place) => place.includes(needle))) return `${window}: ${needle}`;
    for (const needle of dumpsOf(window))
      if (dumps.some((place) => place.includes(needle))) return `${window}: ${needle}`;
  }
  return undefined;
}

function withoutPercent(text: string): string {
  const bytes = bytesOf(text).toString("latin1");
  const plain = bytes.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
  return Buffer.from(plain, "latin1").toString();
}

/** What a reader makes of text in one of the less usual encodings. */
function readings(text: string): string[] {
  const named = new Map(Object.entries(namedEntities).map(([character, name]) => [name, character]));
  const unescaped = (pattern: RegExp, radix: number) =>
    text.replace(pattern, (_, digits: string) =>
      String.fromCodePoint(Math.min(Number.parseInt(digits, radix), 0x10ffff)),
    );
  return [
    text
      .replace(/&#(\d{1,7});/g, (_, digits: string) => String.fromCodePoint(Math.min(Number(digits), 0x10ffff)))
      .replace(/&\w+;/g, (name) => named.get(name) ?? name),
    unescaped(/&#x([0-9a-f]{1,6});/g, 16),
    unescaped(/%u([0-9a-f]{4})/g, 16),
    unescaped(/\\x([0-9a-f]{2})/g, 16),
    unescaped(/\\([0-3][0-7]{2})/g, 8),
    withoutPercent(text.replace(/=(?:\r\n|\\r\\n|(?:\\)+u\{d\}(?:\\)+u\{a\})/g, "").replace(/=([0-9A-F]{2})/g, "%$1")),
    text.replace(/[\0\u200b\u2060\ufeff]|\\+u0000|\\+u\{(?:0|200b|2060|feff)\}/g, ""),
    text.replace(/[ ,]/g, ""),
    text.replace(/[" ,]/g, ""),
  ];
}

function needlesOf(window: string): string[] {
  const escaped = [jsonEscaped(window), jsonEscaped(jsonEscaped(window))];
  const once = [window, ...escaped].flatMap((text) => base64Of(text));
  return distinct([
    window,
    ...escaped,
    encodeURIComponent(window),
    encodeURIComponent(encodeURIComponent(window)),
    new URLSearchParams({ a: window }).toString().slice(2),
    ...once,
    ...once.map(encodeURIComponent),
    ...base64Of(window, "utf16le"),
    ...base64Of(window).flatMap((text) => base64Of(text)),
  ]);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Those whose letters may be large or small, in small ones. */
function dumpsOf(window: string): string[] {
  const units = Array.from({ length: window.length }, (_, at) => window.charCodeAt(at).toString(16).padStart(4, "0"));
  return [
    bytesOf(window).toString("hex"),
    bytesOf(jsonEscaped(window)).toString("hex"),
    units.map((unit) => `\\u${unit}`).join(""),
    ...base32Of(window),
    [...bytesOf(window)].map(percent).join(""),
  ];
}

/** The digits of base32 that only this text can give, after up to 4 bytes of others, in small letters. */
function base32Of(text: string): string[] {
  return [0, 1, 2, 3, 4].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), bytesOf(text)]);
    return base32(bytes)
      .slice(Math.ceil((before * 8) / 5), Math.floor((bytes.length * 8) / 5))
      .toLowerCase();
  });
}

/** The characters of base64 that only this text can give, after 0, 1 and 2 bytes of others, in both alphabets. */
function base64Of(text: string, encoding: "utf8" | "utf16le" = "utf8"): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(text, encoding)]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    const [standard, url] = (["base64", "base64url"] as const).map((name) => bytes.toString(name).slice(from, to));
    return standard === url ? [standard ?? ""] : [standard ?? "", url ?? ""];
  });
}
