/** What an answer vends is read from it whole or not at all, whoever answers. */
import { expect, it } from "vitest";
import { vendedFrom } from "../../src/guards/vended.ts";

const Credentials = { AccessKeyId: "ASIA", SecretKey: "s", SessionToken: "t", Expiration: "2026-01-01T00:00:00.000Z" };
const token = (claims: string) => `e30.${Buffer.from(claims).toString("base64url")}.`;

it("credentials are kept whole", () =>
  expect(vendedFrom({ Credentials }, "eu-west-1")).toEqual({
    kind: "credentials",
    region: "eu-west-1",
    expires: Date.UTC(2026, 0, 1),
    secret: { accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t" },
  }));

it.each(Object.keys(Credentials))("credentials without %s are not kept", (member) =>
  expect(vendedFrom({ Credentials: { ...Credentials, [member]: undefined } }, "eu-west-1")).toBeUndefined(),
);

it("nothing is kept of an answer that vends nothing", () => expect(vendedFrom({}, "eu-west-1")).toBeUndefined());

const DAY = 86_400_000;

it.each([
  ["says when", '{"exp":4}', () => 4_000],
  ["does not say when", "{}", () => Date.now() + 600_000],
  ["is no JWT", undefined, () => Date.now() + 600_000],
  ["says never", '{"exp":1e400}', () => Date.now() + DAY],
  ["says long ago", '{"exp":-1e300}', () => 0],
])("a token that %s has an end that can be told", (_, claims, end) => {
  const { expires = Number.NaN } =
    vendedFrom({ Token: claims === undefined ? "opaque" : token(claims) }, "eu-west-1") ?? {};
  expect(Math.abs(expires - end())).toBeLessThan(60_000);
  expect(new Date(expires).toISOString()).toMatch(/Z$/);
});
