/** No 8 characters of a secret that was met are written, however encoded; and what looks like a secret is not written either. */
import { inspect } from "node:util";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { createRedactor } from "../../../src/guards/redaction/redactor.ts";
import { Secret } from "../../../src/guards/redaction/secret.ts";
import { asciiEncodings, encodings, findLeak, plainSecret, unusualSecret, written } from "../../support/canary.ts";
import { report } from "../../support/figures.ts";

const rounds = process.env["LONG"] ? 2_000 : 100;

/** Both kinds of secrets where an encoding is for both, and the secrets that begin as an encoding goes on. */
const cases = (12 * Object.keys(encodings).length - asciiEncodings.size) * rounds;

afterAll(() => report(13, "test secrets at the redactor", `0 leaks in ${cases} cases`));

describe.each(Object.entries(encodings))("a piece of a secret that is %s", (name, encode) => {
  const secrets = [
    ["a token's characters", plainSecret],
    ["any characters", unusualSecret],
  ] as const;
  it.each(secrets.slice(0, asciiEncodings.has(name) ? 1 : 2))(
    "is taken out, wherever it stands: %s",
    (_, secret) =>
      fc.assert(
        fc.property(secret, written, ({ value, piece }, { before, after }) => {
          const redactor = createRedactor();
          redactor.remember(new Secret(value));
          const text = `${before}${encode(piece)}${after}`;
          // Keys lose a character where the secret begins with it.
          const { other: _, ...rest } = redactor.redactDeep({ other: 1, list: [{ member: text }], [text]: 1 });
          const nested = Object.values(rest).flatMap((list) =>
            Array.isArray(list) ? Object.entries(list[0] ?? {}) : [],
          );
          const safe = [redactor.redactDeep(text), ...Object.keys(rest), ...nested.flat()];
          expect(safe.length).toBeGreaterThan(3);
          expect(findLeak(safe.join(" and "), value)).toBeUndefined();
        }),
        { numRuns: rounds },
      ),
    300_000,
  );
});

describe("a percent sign before a secret that begins with two digits", () => {
  it.each(["%AA%253DAAAAAAAA", "%AA%3DAAAAAAAA", "x%41%AA%25253DAAAAAAAA", "%AA=AAAAAAAA"])(
    "hides nothing: %s",
    (text) => {
      const redactor = createRedactor();
      redactor.remember(new Secret("AA=AAAAAAAA"));
      expect(redactor.redactDeep(text)).toMatch(/^[x%41]*\[redacted\]$/);
    },
  );
});

describe("a backslash before a secret that begins as an escape goes on", () => {
  it.each([
    ["nAAAAAAA", String.raw`\bkFBQUFBQU\u{d}\u{a}E=`],
    ["nAAAAAAA", String.raw`\\bkFBQUFBQU\\u{d}\\u{a}E=`],
    ['tAAAA"AA', String.raw`\tAAAA\"AA`],
    ["AAAA\\\nBB", String.raw`AAAA\\u{a}BB`],
  ])("hides nothing of %j: %s", (secret, text) => {
    const redactor = createRedactor();
    redactor.remember(new Secret(secret));
    expect(redactor.redactDeep(text)).toMatch(/^\\*\[redacted\]$/);
  });
});

describe("a secret that begins as an encoding goes on, behind its mark", () => {
  const characters = fc.constantFrom(...'0123456789abcdefABCDEFnrtvux"\\/+=%');
  const secret = fc.array(characters, { minLength: 8, maxLength: 12 }).map((all) => all.join(""));
  it.each(Object.entries(encodings))("is taken out: %s", (_, encode) =>
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom("%", "\\", "%%", "\\\\", "a%4", "\\u00", "=", "&", "&#", "0x", "%u"),
        (value, mark) => {
          const redactor = createRedactor();
          redactor.remember(new Secret(value));
          expect(findLeak(redactor.redactDeep(`${mark}${encode(value)}`), value)).toBeUndefined();
        },
      ),
      { numRuns: 10 * rounds },
    ),
  );
});

describe("what is not secret", () => {
  it("is left as it is, though it is encoded like a secret", () =>
    fc.assert(
      fc.property(
        fc.string({ minLength: 8, maxLength: 300, unit: fc.constantFrom(...'ABCDEF%\\"+/=0123456789abcdef-\n') }),
        (text) => {
          const redactor = createRedactor();
          redactor.remember(new Secret("a secret of 37 characters: GHIJKLMNOP"));
          expect(redactor.redactDeep({ [text]: text })).toEqual({ [text]: text });
        },
      ),
    ));

  it("stays around a secret, to the character", () => {
    const redactor = createRedactor();
    redactor.remember(new Secret("0123456789abcdef"));
    expect(redactor.redactDeep("<0123456789abcdef>")).toBe("<[redacted]>");
    expect(redactor.redactDeep("é01234567 89abcdefé")).toBe("é[redacted] [redacted]é");
    expect(redactor.redactDeep("0123456 9abcdef")).toBe("0123456 9abcdef");
    expect(redactor.redactDeep(`"${Buffer.from("0123456789abcdef").toString("base64")}"`)).toBe('"[redacted]"');
  });

  it("is never half a character", () => {
    const redactor = createRedactor();
    // In UTF-8 © and é end with the same byte, é and ê begin with the same.
    redactor.remember(new Secret("©1234567é"));
    expect(redactor.redactDeep("<é1234567>")).toBe("<[redacted]>");
    expect(redactor.redactDeep("<1234567ê>")).toBe("<[redacted]>");
  });

  it("is what this program writes anyway", () => {
    const redactor = createRedactor(() => "IdentityPoolId");
    redactor.remember(new Secret("IdentityPoolId"));
    redactor.remember(new Secret("a-token-for-IdentityPoolId"));
    expect(redactor.redactDeep({ IdentityPoolId: "a-token-for-it" })).toEqual({ IdentityPoolId: "[redacted]it" });
  });

  it("is not what goes on from this program's words, or stands beside them", () => {
    const word = "AllowUnauthenticatedIdentities";
    const redactor = createRedactor(() => word);
    redactor.remember(new Secret("0123456789abcdef"));
    const encoded = Buffer.from("0123456789abcdef").toString("base64");
    for (const text of [
      `${word}${encoded}`,
      `${encoded.slice(0, 12)} ${word} ${encoded.slice(12)}`,
      `${word}\n${encoded}`,
    ])
      expect(redactor.redactDeep(text)).toMatch(/\[redacted\]/);
    expect(redactor.redactDeep(`{"${word}":true}`)).toBe(`{"${word}":true}`);
  });

  it("is less than 8 characters", () => {
    const redactor = createRedactor();
    for (const short of ["1234567", "ééééééé"]) {
      redactor.remember(new Secret(short));
      expect(redactor.redactDeep(`a ${short} b`)).toBe(`a ${short} b`);
    }
  });
});

describe("what looks like a secret", () => {
  const redactor = createRedactor();
  it.each([
    ["an access key id", "ASIAABCDEFGHIJKLMNOP"],
    ["a JSON Web Token", "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"],
    [
      "an encrypted JSON Web Token",
      "eyJhbGciOiJkaXIiLCJlbmMiOiJBMTI4R0NNIn0..48V1_ALb6US04U3b.5eym8TW_c8SuK0lt.vwwLlRbq",
    ],
    ["a session token", `IQoJb3JpZ2luX2Vj${"A1b2+/".repeat(20)}==`],
    ["a session token of earlier years", `FwoGZXIvYXdzE${"A1b2+/".repeat(20)}==`],
  ])("%s is taken out though it was never met", (_, value) => {
    expect(redactor.redactDeep(`before "${value}" after`)).toBe('before "[redacted]" after');
  });

  it("is found in a long text that is made to be slow", () => {
    const secret = "0123456789-abcdef";
    redactor.remember(new Secret(secret));
    for (const part of [
      "eyJ-",
      "eyJa.",
      "IQoJ-",
      "AKIA",
      "a\n\n",
      "%",
      "%41",
      "\\u",
      "\\\\",
      "0 ",
      "0",
      "Z",
      "+",
      "=41",
      "&#65;",
      "&amp;",
      "a ",
      "\u200b",
    ])
      expect(redactor.redactDeep(`${part.repeat(200_000)} ${secret}`)).not.toContain(secret);
  });
});

describe("a Secret", () => {
  const secret = new Secret("0123456789abcdef");

  it.each([
    ["in a template", `${secret}`],
    ["among other words", ["", secret, ""].join("")],
    ["as a string", secret.toString()],
    ["in JSON", JSON.parse(JSON.stringify([secret]))[0]],
    ["inspected", inspect(secret)],
    ["inspected inside an object", inspect({ secret }, { showHidden: true, depth: 9 }).match(/\[redacted\]/)?.[0]],
    ["in an error", new Error(`${secret}`).message],
  ])("prints as nothing %s", (_, printed) => {
    expect(printed).toBe("[redacted]");
  });

  it("gives its value to whoever asks for it by name", () => {
    expect(secret.expose()).toBe("0123456789abcdef");
    expect(Object.getOwnPropertyNames(secret)).toEqual(["shown"]);
  });

  it("shows nothing, or its last four characters", () => {
    const redactor = createRedactor();
    const shown = (value: string, how: "nothing" | "last four") => redactor.redactDeep({ is: new Secret(value, how) });
    expect(shown("0123456789abcdef", "nothing")).toEqual({ is: "[redacted]" });
    expect(shown("0123456789abcdef", "last four")).toEqual({ is: "…cdef" });
    // Too short to show half of it.
    expect(shown("12345678", "last four")).toEqual({ is: "[redacted]" });
  });
});
