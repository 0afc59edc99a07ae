/** No secret that was met is written, plain or encoded; and what looks like a secret is not written either. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRedactor } from "../../src/guards/redaction.ts";

const secret = fc.string({ minLength: 8, maxLength: 60, unit: "binary" });
const around = fc.string({ maxLength: 20 });

const encodings: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  "JSON-escaped": (text) => JSON.stringify(text).slice(1, -1),
  "URL-encoded": encodeURIComponent,
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
};

describe.each(Object.entries(encodings))("a secret that is %s", (_, encode) => {
  it("is taken out, wherever it stands", () =>
    fc.assert(
      fc.property(secret, around, around, (value, before, after) => {
        const redactor = createRedactor();
        redactor.conceal(value, "nothing");
        const written = encode(value);
        expect(redactor.text(`${before}${written}${after}`)).not.toContain(written);
        const safe = redactor.throughout({ list: [{ member: written }], [written]: 1 });
        expect(Object.keys(safe)).not.toContain(written);
        expect(safe.list).toEqual([{ member: "[redacted]" }]);
      }),
    ));
});

describe("what looks like a secret", () => {
  const redactor = createRedactor();
  it.each([
    ["an access key id", "ASIAABCDEFGHIJKLMNOP"],
    ["a JSON Web Token", "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"],
    ["a session token", `IQoJb3JpZ2luX2Vj${"A1b2+/".repeat(20)}==`],
  ])("%s is taken out though it was never met", (_, value) => {
    expect(redactor.text(`before "${value}" after`)).toBe('before "[redacted]" after');
  });
});

describe("what is shown in a secret's place", () => {
  it("is nothing, or the last four characters", () => {
    const redactor = createRedactor();
    expect(redactor.conceal("0123456789abcdef", "nothing")).toBe("[redacted]");
    expect(redactor.conceal("0123456789abcdef", "last four")).toBe("…cdef");
    // Too short to show half of it.
    expect(redactor.conceal("12345678", "last four")).toBe("[redacted]");
  });
});
