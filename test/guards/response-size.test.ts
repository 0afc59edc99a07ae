/** No answer is longer than the limit, and one that was truncated says what is missing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resultOf } from "../../src/mcp/result.ts";
import { startLiar, startPuppet, startServer } from "../support/client.ts";

const MOST = 40_000;
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const answer = (content: Record<string, unknown>) => resultOf({ kind: "success", content }).structuredContent ?? {};

describe("an answer", () => {
  it("of any shape fits, keeps its members, and says what was truncated", () => {
    const text = fc.nat(100_000).map((length) => "x€😀".repeat(length / 4));
    const list = fc.tuple(fc.nat(20_000), fc.string()).map(([length, entry]) => Array(length).fill(entry));
    const map = fc
      .nat(5000)
      .map((size) => Object.fromEntries(Array.from({ length: size }, (_, key) => [`k${key}`, key])));
    const content = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), fc.oneof(text, list, map, fc.jsonValue()), {
      maxKeys: 6,
    });
    fc.assert(
      fc.property(content, (whole) => {
        const shown = answer(whole);
        expect(bytesOf(shown)).toBeLessThanOrEqual(MOST);
        expect(Object.keys(shown).filter((key) => key !== "truncated")).toEqual(Object.keys(whole));
        expect("truncated" in shown).toBe(bytesOf(whole) > MOST);
        for (const [key, value] of Object.entries(whole)) {
          const truncated = (shown["truncated"] as string[] | undefined)?.some((line) => line.startsWith(key));
          if (!truncated) expect(JSON.stringify(shown[key])).toBe(JSON.stringify(value));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of keys as long as their values fits", () => {
    const size = fc.oneof(fc.nat(30), fc.nat(12_000));
    const key = size.map((length) => "k€😀\u{1f600}".repeat(length / 8));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        size.map((length) => "v".repeat(length)),
        fc.constantFrom("", null, 1, true),
        fc.array(tie("value"), { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
      ),
    }));
    const content = fc.dictionary(fc.stringMatching(/^[A-Z][a-z]{1,8}$/), value, { maxKeys: 8 });
    fc.assert(
      fc.property(content, (whole) => {
        const shown = answer(whole);
        expect(bytesOf(shown)).toBeLessThanOrEqual(MOST);
        expect("truncated" in shown).toBe(bytesOf(whole) > MOST);
      }),
      { numRuns: 300 },
    );
  });

  it("of AWS's with too much in it is truncated on the way out", async () => {
    const logins = Array.from({ length: 10 }, (_, index) => `provider-${index}-${"x".repeat(1000)}`);
    const Identities = Array.from({ length: 60 }, () => ({ IdentityId: "eu-west-1:0", Logins: logins }));
    await using liar = await startLiar(200, { IdentityPoolId: "eu-west-1:0", Identities, NextToken: "more" });
    const { isError, content, text } = await liar.session.call("list-identities", { IdentityPoolId: "eu-west-1:0" });
    expect(isError).toBe(false);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST);
    // The list goes on behind the last identity that is shown.
    expect(content).toMatchObject({
      NextToken: "eu-west-1:0~",
      notes: [expect.stringContaining("the answer has the maximum size")],
    });
    expect(JSON.parse(text)).toEqual(content);
  });

  it("has what the operator allows: by flag, by variable, and no more or less than can be used", async () => {
    const logins = Array.from({ length: 10 }, (_, index) => `provider-${index}-${"x".repeat(80)}`);
    const Identities = Array.from({ length: 60 }, (_, at) => ({ IdentityId: `eu-west-1:${at}`, Logins: logins }));
    const body = { IdentityPoolId: "eu-west-1:0", Identities };
    for (const [most, options] of [
      [10_000, { args: ["--max-answer-bytes", "10000"] }],
      [20_000, { environment: { COGNITO_IDENTITY_MCP_MAX_ANSWER_BYTES: "20000" } }],
    ] as const) {
      const puppet = await startPuppet(() => ({ status: 200, body }));
      try {
        const { args = [], environment = {} } = { args: undefined, environment: undefined, ...options };
        await using session = await startServer({ args, env: { ...puppet.env, ...environment } });
        const { text } = await session.call("list-identities", { IdentityPoolId: "eu-west-1:0" });
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(most);
        expect(Buffer.byteLength(text)).toBeGreaterThan(most * 0.7);
      } finally {
        puppet.close();
      }
    }
  });

  it("never has a part of what undoes a change", () => {
    const call = (bytes: number) => ({
      tool: "set-identity-pool-roles",
      arguments: { Roles: { a: "r".repeat(bytes) } },
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60_000 }), fc.nat(60_000), (bytes, others) => {
        const shown = answer({
          approved: { changes: [{ path: "x", before: "y".repeat(others) }] },
          undo: [call(bytes)],
        });
        expect(bytesOf(shown)).toBeLessThanOrEqual(MOST);
        if ("undo" in shown) expect(shown["undo"]).toEqual([call(bytes)]);
        else expect(shown["truncated"]).toContainEqual(expect.stringMatching(/^undo: left out/));
      }),
      { numRuns: 100 },
    );
  });
});
