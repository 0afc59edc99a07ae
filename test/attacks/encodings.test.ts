/** A secret in any encoding, in two at once, or in a text that is made to be slow: nothing of it is written, and other text stays. */
import { randomBytes, randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import { Secret } from "../../src/guards/redaction/secret.ts";
import { encodings, findLeak, written } from "../support/canary.ts";

const rounds = process.env["LONG"] ? 20_000 : 1_000;
const { plain: _, ...encoded } = encodings;

function redactorFor(...secrets: string[]) {
  const redactor = createRedactor();
  for (const secret of secrets) redactor.remember(new Secret(secret));
  return redactor;
}

describe("a secret that is encoded", () => {
  it.each(Object.entries(encoded))("is recognized by the search of this test: %s", (_, encode) => {
    const secret = "Q7f-2Lx_9.dZ0aB1/cD+3=eF";
    expect(findLeak(`before ${encode(secret)} after`, secret)).toBeDefined();
  });

  /** Those that are two encodings by themselves: two of them would be more than the redactor reads. */
  const twofold = new Set([
    "JSON within JSON",
    "URL-encoded twice",
    "base64 of base64",
    "base64, URL-encoded",
    "UTF-16, escaped",
    "UTF-16, in base64",
  ]);
  const names = Object.keys(encoded);
  const pairs = names.flatMap((inner) => names.map((outer) => [inner, outer] as const));
  const readable = pairs.filter(
    ([inner, outer]) =>
      !(twofold.has(inner) && twofold.has(outer)) &&
      // UTF-16 is read for ASCII only.
      !(inner === "zero-width characters between" && outer === "UTF-16, in base64"),
  );
  const secret = fc.string({ minLength: 40, maxLength: 80, unit: fc.constantFrom(..."ABCXYZabcxyz0189+/=-_.~") });

  it("twice, by any two encodings, is taken out", { timeout: 600_000 }, () =>
    fc.assert(
      fc.property(secret, fc.constantFrom(...readable), written, (value, [inner, outer], { before, after }) => {
        const text = encode(outer, encode(inner, value));
        const safe = redactorFor(value).redactDeep(`${before} ${text} ${after}`);
        // An encoding may put something around the secret, but less than the secret.
        expect(safe.length - before.length - after.length).toBeLessThan(text.length / 2);
      }),
      { numRuns: rounds },
    ),
  );
});

describe("text without a secret", () => {
  const redactor = redactorFor(...Array.from({ length: 300 }, () => randomBytes(600).toString("base64")));
  const id = fc.constant(0).map(() => `eu-west-1:${randomUUID()}`);
  const answer = fc.record({
    IdentityPoolId: id,
    Identities: fc.array(
      fc.record({
        IdentityId: id,
        Logins: fc.array(
          fc.constantFrom("accounts.google.com", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Aaaaaaaaa"),
        ),
        CreationDate: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      }),
    ),
    Roles: fc.constant({ authenticated: "arn:aws:iam::000000000000:role/Cognito_poolAuth_Role" }),
    IdentityPoolTags: fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: "grapheme" }), id, fc.json())),
  });

  it("stays as it is: an answer", () =>
    fc.assert(
      fc.property(answer, (value) => {
        expect(redactor.redactDeep(value)).toEqual(value);
        expect(redactor.redactDeep(JSON.stringify(value, null, 2))).toBe(JSON.stringify(value, null, 2));
      }),
      { numRuns: rounds / 5 },
    ));

  it.each(names())("stays as it is: an answer that is encoded, %s", (name) => {
    const text = encode(name, JSON.stringify(fc.sample(answer, { numRuns: 1, seed: 1 })));
    expect(redactor.redactDeep(text)).toBe(text);
  });

  it("stays as it is: public words, though they could be an encoding", () => {
    const words = "AllowUnauthenticatedIdentities list-identity-pools SupportedLoginProviders";
    const ours = createRedactor(() => words);
    for (const word of words.split(" ")) ours.remember(new Secret(Buffer.from(word, "base64").toString("latin1")));
    expect(ours.redactDeep(words)).toBe(words);
  });
});

describe("a text that is made to be slow", () => {
  const KILOBYTES = 256;
  const parts = ["a", "Z", "%41", "\\u0041", "\\", "+", "=41", "&#65;", "&amp;", "a b", "0x41,", "\u200b", '"a":"b",'];

  it.each(parts)("is read to its end if it has one encoding: %j", (part) => {
    const secret = randomBytes(60).toString("base64url");
    const text = part.repeat((KILOBYTES * 1024) / part.length);
    expect(redactorFor(secret).redactDeep(`${text} ${encode("hex", secret)}`)).toMatch(/\[redacted\]$/);
    expect(redactorFor(secret).redactDeep(text)).toBe(text);
  });

  it("is withheld if it could be read in too many ways", () => {
    const crafted = "%2525253D=3D3D3D&amp;amp;lt;\\\\\\\\n+\\u{200b}".repeat(8 * KILOBYTES);
    expect(redactorFor("0123456789abcdef").redactDeep(crafted)).toBe("[redacted]");
  });

  it("is read to its end if it is short", () => {
    const crafted = "%2525253D=3D3D3D&amp;amp;lt;\\\\\\\\n+\\u{200b}".repeat(KILOBYTES / 16);
    expect(redactorFor("0123456789abcdef").redactDeep(crafted)).toBe(crafted);
  });
});

describe("a message of many texts that are made to be slow", { timeout: 120_000 }, () => {
  const secret = "Q7f-2Lx_9.dZ0aB1/cD+3=eF";
  /** Marks, digits and separators that can be read in several ways. */
  const segments = [
    ...[
      "%25=3D3D",
      "%41&#37;",
      "%5Cu0025",
      "\\\\\\\\\n",
      "QUJDREVGR0hJSktMTU5P",
      "\u200b",
      "\\x41\\n",
      "=3D3D",
      "\\u005c",
      "+",
    ],
    ...[
      "=2B",
      "3D33443D3344",
      "4142434445464748495051",
      "a.b.c.d.e.f.g.h.i.",
      "=26amp=3B",
      "=253D",
      "MFRGGZDFMZTWQ2LK",
    ],
  ];
  const crafted = fc
    .array(fc.constantFrom(...segments), { minLength: 12, maxLength: 40 })
    .map((parts) => parts.join("").slice(0, 500));
  const slow =
    '"+\\n%25=3D3D%41&#37;%5Cu0025\\\\\nQUJDREVGR0hJSktMTU5P\u200b%5Cu0025\\x41\\nQUJDREVGR0hJSktMTU5P=3D3D\\u005c';

  /** Milliseconds of work: other programs on this machine do not add to them. */
  function workOf(work: () => unknown): number {
    const begun = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(begun);
    return (user + system) / 1000;
  }

  function listOf(text: string, bytes: number): string[] {
    return Array.from({ length: Math.ceil(bytes / Buffer.byteLength(text)) }, (_, at) => `${at}${text}`);
  }

  it("takes the time of one text of that length", () => {
    const redactor = redactorFor(secret);
    fc.assert(
      fc.property(fc.oneof(fc.constant(slow), crafted), fc.constantFrom(1, 2, 10), (text, repeated) => {
        const list = listOf(text.repeat(repeated), 128 * 1024);
        expect(workOf(() => redactor.inspect(list))).toBeLessThan(1000);
        expect(workOf(() => redactor.redactDeep(list))).toBeLessThan(1000);
        expect(workOf(() => redactor.redactKnown(list, () => false))).toBeLessThan(1000);
      }),
      { numRuns: process.env["LONG"] ? 300 : 10 },
    );
  });

  it("of 1 MB is refused, or withheld in part", () => {
    const list = listOf(slow, 1_000_000);
    const redactor = redactorFor(secret);
    expect(workOf(() => expect(redactor.inspect(list)).toBe("unreadable"))).toBeLessThan(3000);
    expect(workOf(() => expect(redactor.redactDeep(list)).toContain("[redacted]"))).toBeLessThan(4000);
  });

  it("is known to hold a secret that is not encoded", () => {
    expect(redactorFor(secret).inspect([...listOf(slow, 100_000), secret])).toBe("secret");
  });

  it("leaves plain texts beside them as they are, and no secret", () => {
    const list = listOf(slow, 100_000);
    const id = `eu-west-1:${randomUUID()}`;
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(encodings)), fc.nat(list.length), (name, at) => {
        const safe = redactorFor(secret).redactDeep({
          IdentityId: id,
          list: [...list.slice(0, at), `before ${encode(name, secret)} after`, ...list.slice(at)],
          note: "AllowUnauthenticatedIdentities: true",
        });
        expect(safe).toMatchObject({ IdentityId: id, note: "AllowUnauthenticatedIdentities: true" });
        expect(safe.list[at]).toContain("[redacted]");
        expect(findLeak(JSON.stringify(safe), secret)).toBeUndefined();
        expect(safe.list).toContain("[redacted]");
      }),
      { numRuns: 30 },
    );
  });
});

function encode(name: string, text: string): string {
  return encodings[name]?.(text) ?? text;
}

function names(): string[] {
  return Object.keys(encoded);
}
