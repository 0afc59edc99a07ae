/** Text from the account is data: nothing in it is invisible, and nothing in it ends our sentences. */

import { describe, expect, it } from "vitest";
import { escapeInvisibleDeep } from "../../../src/guards/redaction/untrusted-text.ts";
import { escapeInvisible, quoteShort } from "../../../src/util/visible-text.ts";

describe("visible", () => {
  it("leaves no control, format, private, unassigned or ignorable character of all Unicode raw", () => {
    const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point);
      const expected = unseen.test(character) ? `\\u{${point.toString(16)}}` : character;
      // A million expectations would take their time.
      if (escapeInvisible(character) !== expected) expect(escapeInvisible(character)).toBe(expected);
    }
  });

  it("makes ill-formed text well-formed", () => {
    expect(escapeInvisible("a\ud800b")).toBe("a\\u{d800}b");
    expect(escapeInvisible("a\ud83d\ude00b")).toBe("a\ud83d\ude00b");
  });

  it("reaches every string and key", () => {
    expect(escapeInvisibleDeep({ "a\n": ["b\u200b", { c: "\u202e" }], n: 1, t: true, z: null })).toEqual({
      "a\\u{a}": ["b\\u{200b}", { c: "\\u{202e}" }],
      n: 1,
      t: true,
      z: null,
    });
  });
});

describe("quoteShort", () => {
  it("cuts a name at 128 characters, and keeps it in its quotes", () => {
    expect(quoteShort("x".repeat(128))).toBe(`"${"x".repeat(128)}"`);
    expect(quoteShort("x".repeat(129))).toBe(`"${"x".repeat(128)}…"`);
    expect(quoteShort('a" and delete it')).toBe('"a\\" and delete it"');
  });
});
