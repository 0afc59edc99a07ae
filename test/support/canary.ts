/** Secrets made up for a test, the ways in which they could be written, and a search for them that is nobody else's. */
import fc from "fast-check";

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

export const plainSecret = withPiece(fc.array(fc.constantFrom(...tokenCharacters), { minLength: 8, maxLength: 80 }));

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
};

/** Eight characters of `secret` that are in `text` in some encoding, and which; undefined if there are none. */
export function findLeak(text: string, secret: string): string | undefined {
  const texts = distinct([text, text.replace(/[\r\n]+/g, ""), withoutPercent(text)]);
  const dumps = [text, text.replace(/[ :-]/g, "")].map((dump) => dump.toLowerCase());
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

function needlesOf(window: string): string[] {
  const escaped = [jsonEscaped(window), jsonEscaped(jsonEscaped(window))];
  const once = [window, ...escaped].flatMap(base64Of);
  return distinct([
    window,
    ...escaped,
    encodeURIComponent(window),
    encodeURIComponent(encodeURIComponent(window)),
    new URLSearchParams({ a: window }).toString().slice(2),
    ...once,
    ...once.map(encodeURIComponent),
    ...base64Of(window).flatMap(base64Of),
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
    [...bytesOf(window)].map(percent).join(""),
  ];
}

/** The characters of base64 that only this text can give, after 0, 1 and 2 bytes of others, in both alphabets. */
function base64Of(text: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), bytesOf(text)]);
    const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    const [standard, url] = (["base64", "base64url"] as const).map((name) => bytes.toString(name).slice(from, to));
    return standard === url ? [standard ?? ""] : [standard ?? "", url ?? ""];
  });
}
