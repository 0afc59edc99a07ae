/** Plan tokens: none that was changed is taken, none for something else, none twice, none late. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createPlanTokens } from "../../../src/guards/approval/plan-tokens.ts";
import { canonicalJson } from "../../../src/util/json.ts";
import { report } from "../../support/figures.ts";

const key = Buffer.alloc(32, 7);
const FIVE_MINUTES = 300_000;
const base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

function tokens(world = { time: 1_000_000 }) {
  return createPlanTokens({ key, now: () => world.time });
}

const taken = (answer: ReturnType<ReturnType<typeof tokens>["check"]>) => "consume" in answer;

/** The token with something about it changed: a character, a length, a part, an encoding of the same bytes. */
function mutations(token: string): fc.Arbitrary<string> {
  const [payload = "", mac = ""] = token.split(".");
  const at = fc.nat(token.length - 1);
  const character = fc.constantFrom(...base64url, ".", "=", "+", "/", " ", "\n", "\u0000", "é");
  const fields = JSON.parse(Buffer.from(payload, "hex").toString()) as object;
  const repacked = (changed: object) => `${Buffer.from(canonicalJson(changed)).toString("hex")}.${mac}`;
  return fc
    .oneof(
      fc.tuple(at, character).map(([i, c]) => token.slice(0, i) + c + token.slice(i + 1)),
      fc.tuple(at, character).map(([i, c]) => token.slice(0, i) + c + token.slice(i)),
      fc.tuple(at, fc.integer({ min: 1, max: 20 })).map(([i, n]) => token.slice(0, i) + token.slice(i + n)),
      fc.constantFrom(
        `${payload}=.${mac}`,
        `${payload}.${mac}=`,
        `${payload}.${mac} `,
        `${token}.`,
        `.${token}`,
        `${payload}.`,
        `.${mac}`,
        `${token}.${mac}`,
        `${payload}.${payload}`,
        `${mac}.${payload}`,
        token.toUpperCase(),
        token.toLowerCase(),
        token.replaceAll("-", "+").replaceAll("_", "/"),
      ),
      fc.constantFrom(..."ABCDEFGHIJKLMNOPQRSTUVWXYZ").map((last) => token.slice(0, -1) + last),
      fc.nat().map((expires) => repacked({ ...fields, expires })),
      fc.string({ minLength: 1, maxLength: 30 }).map((id) => repacked({ ...fields, id })),
      fc.string({ maxLength: 30 }).map((binding) => repacked({ ...fields, binding })),
      fc.string({ unit: "binary", maxLength: 400 }),
      fc.base64String({ maxLength: 400 }).map((other) => `${payload}.${other}`),
    )
    .filter((changed) => changed !== token);
}

it("a token says nothing of what it is bound to that could be tested without the key", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 8 }), (binding) => {
      const [payload = ""] = tokens().issue(binding).split(".");
      const { binding: sealed } = JSON.parse(Buffer.from(payload, "hex").toString()) as { binding: string };
      const other = createPlanTokens({ key: Buffer.alloc(32, 8), now: () => 1_000_000 }).issue(binding);
      expect(sealed).not.toContain(binding);
      expect(Buffer.from(other.split(".")[0] ?? "", "hex").toString()).not.toContain(sealed);
    }),
  );
});

describe("a plan token", () => {
  it("is taken for its own plan", () => {
    const memory = tokens();
    expect(taken(memory.check(memory.issue("plan"), "plan"))).toBe(true);
  });

  it("that was changed in any way is refused, 100,000 ways", () => {
    const memory = tokens();
    const token = memory.issue("plan");
    fc.assert(
      fc.property(mutations(token), (changed) => {
        expect(memory.check(changed, "plan")).toHaveProperty("rejectionReason");
      }),
      { numRuns: 100_000 },
    );
    report(10, "mutated plan tokens", "0 of 100,000 accepted");
    // The one that they were made from is still good.
    expect(taken(memory.check(token, "plan"))).toBe(true);
  });

  it("of another process, with another key, is refused", () => {
    const other = createPlanTokens({ key: Buffer.alloc(32, 8), now: () => 1_000_000 });
    expect(tokens().check(other.issue("plan"), "plan")).toHaveProperty("rejectionReason");
  });

  it("is for no other plan", () => {
    const memory = tokens();
    expect(memory.check(memory.issue("plan"), "another")).toHaveProperty("rejectionReason");
  });

  it.each([
    [FIVE_MINUTES - 1000, true],
    [FIVE_MINUTES - 1, true],
    [FIVE_MINUTES, false],
    [FIVE_MINUTES + 1000, false],
  ])("%d ms after it was given counts: %s", (later, counts) => {
    const world = { time: 1_000_000 };
    const memory = tokens(world);
    const token = memory.issue("plan");
    world.time += later;
    expect(taken(memory.check(token, "plan"))).toBe(counts);
  });

  it("that runs out between the check and the call is not spent", () => {
    const world = { time: 1_000_000 };
    const memory = tokens(world);
    const answer = memory.check(memory.issue("plan"), "plan");
    world.time += FIVE_MINUTES;
    expect("consume" in answer && answer.consume()).toBe(false);
  });

  it("works once, whoever comes first of a thousand, and not again while it could", async () => {
    const world = { time: 1_000_000 };
    const memory = tokens(world);
    const token = memory.issue("plan");
    const used = await Promise.all(
      Array.from({ length: 1000 }, async () => {
        const answer = memory.check(token, "plan");
        await Promise.resolve();
        return "consume" in answer && answer.consume();
      }),
    );
    expect(used.filter(Boolean)).toHaveLength(1);
    world.time += FIVE_MINUTES - 1;
    expect(memory.check(token, "plan")).toHaveProperty("rejectionReason");
    report(9, "one plan token, 1,000 at once", "exactly one");
  });
});

describe("the canonical text", () => {
  it("is RFC 8785's own example", () => {
    const value = {
      numbers: [Number("333333333.33333329"), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000f\nA\'B"\\\\"/',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it("sorts keys by UTF-16 code units, also those that look like numbers", () => {
    const value = {
      "\u20ac": 1,
      "\r": 2,
      "\ufb33": 3,
      "1": 4,
      "\ud83d\ude00": 5,
      "\u0080": 6,
      "\u00f6": 7,
      "10": 8,
      "9": 9,
    };
    const order = ["\r", "1", "10", "9", "\u0080", "\u00f6", "\u20ac", "\ud83d\ude00", "\ufb33"];
    expect(canonicalJson(value)).toBe(
      `{${order.map((key) => `${JSON.stringify(key)}:${value[key as "1"]}`).join(",")}}`,
    );
  });

  it("is the same for the same value, and reads back as it", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonicalJson(JSON.parse(canonicalJson(value)))).toBe(canonicalJson(value));
        // JSON knows no minus zero.
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
