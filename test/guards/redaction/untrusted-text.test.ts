/** Text from the account is data: nothing in it is invisible, and nothing in it ends our sentences. */

import { describe, expect, it } from "vitest";
import { escapeInvisibleDeep } from "../../../src/guards/redaction/untrusted-text.ts";
import { escapeInvisible, quoteShort } from "../../../src/util/visible-text.ts";

/** Characters of categories that are drawn, which are drawn as nothing or as a space. */
const blank = [0x2800, 0x2d7f, 0xfffc, 0x1107f, 0x13441, 0x13442, 0x16fe4, 0x1d159];

describe("visible", () => {
  it("leaves no control, format, private, unassigned or ignorable character of all Unicode raw, nor any space but the plain one", () => {
    const unseen = /(?! )[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;
    for (let point = 0; point <= 0x10ffff; point += 1) {
      const character = String.fromCodePoint(point);
      const expected = unseen.test(character) || blank.includes(point) ? `\\u{${point.toString(16)}}` : character;
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
