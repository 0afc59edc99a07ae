/** No answer is longer than 256 KB, and one that was truncated says what is missing. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { resultOf } from "../../src/mcp/result.ts";
import { startLiar } from "../support/client.ts";

const MOST = 256 * 1024;
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value));
const answer = (content: Record<string, unknown>) => resultOf({ kind: "success", content }).structuredContent ?? {};

describe("an answer", () => {
  it("of any shape fits, keeps its members, and says what was truncated", () => {
    const text = fc.nat(400_000).map((length) => "x€😀".repeat(length / 4));
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
        expect(bytes(shown)).toBeLessThanOrEqual(MOST);
        expect(Object.keys(shown).filter((key) => key !== "truncated")).toEqual(Object.keys(whole));
        expect("truncated" in shown).toBe(bytes(whole) > MOST);
        for (const [key, value] of Object.entries(whole)) {
          const truncated = (shown["truncated"] as string[] | undefined)?.some((line) => line.startsWith(key));
          if (!truncated) expect(JSON.stringify(shown[key])).toBe(JSON.stringify(value));
        }
      }),
      { numRuns: 40 },
    );
  });

  it("of AWS's with too much in it is truncated on the way out", async () => {
    const logins = Array.from({ length: 10 }, (_, index) => `provider-${index}-${"x".repeat(1000)}`);
    const Identities = Array.from({ length: 60 }, () => ({ IdentityId: "eu-west-1:0", Logins: logins }));
    await using liar = await startLiar(200, { IdentityPoolId: "eu-west-1:0", Identities, NextToken: "more" });
    const { isError, content, text } = await liar.session.call("list-identities", { IdentityPoolId: "eu-west-1:0" });
    expect(isError).toBe(false);
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MOST);
    expect(content).toMatchObject({
      NextToken: "more",
      truncated: [expect.stringMatching(/^Identities: the first \d+ are/)],
    });
    expect(JSON.parse(text)).toEqual(content);
  });
});
