/** A refused login token is explained by what it says of itself, and by nothing that is about a person. */
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findLoginFaults } from "../../../src/guards/logins/diagnose.ts";
import { createPool, type Service, startLiar, startServer, startService } from "../../support/client.ts";
import { idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_example";
const now = Date.now();
const past = Math.floor(now / 1000) - 600;
const person = { sub: "sub-of-a-person", email: "person@example.com", name: "A Person" };

/** What is said of a token where the pool takes those for `apps`; without any, where the pool cannot be looked at. */
const faults = (provider: string, token: string, apps?: string[]) => {
  const CognitoIdentityProviders = apps?.map((ClientId) => ({ ProviderName: provider, ClientId }));
  return findLoginFaults([[provider, token]], now, async () => apps && { CognitoIdentityProviders });
};

describe("the token of a refused login", () => {
  it.each<[string, string, string, string[] | undefined, string[]]>([
    ["is fine", google, idToken(google, "app", person), ["app"], []],
    ["is fine, of a pool that is not known", google, idToken(google, "app", person), undefined, []],
    ["is for two apps, one of which is the pool's", google, idToken(google, "x", { aud: ["x", "app"] }), ["app"], []],
    [
      "is no JWT",
      google,
      "an-opaque-token",
      ["app"],
      ["is not a JSON Web Token (JWT), and the id tokens of this provider are JWTs"],
    ],
    ["is no JWT, and need not be one", "graph.facebook.com", "an-opaque-token", ["app"], []],
    ["is an assertion", "arn:aws:iam::000000000000:saml-provider/x", "PHNhbWw+", undefined, []],
    [
      "is an access token",
      userPool,
      idToken(userPool, "app", { ...person, token_use: "access" }),
      ["app"],
      ["is an access token; pass the id token"],
    ],
    [
      "is an access token without an audience",
      userPool,
      idToken(userPool, "app", { aud: undefined }),
      ["app"],
      ["is an access token; pass the id token"],
    ],
    [
      "is of another issuer",
      google,
      idToken("login.example.com", "app", person),
      ["app"],
      [`was issued by "https://login.example.com", whose key in Logins is "login.example.com", not by this provider`],
    ],
    ["has no issuer", google, idToken(google, "app", { iss: 7 }), ["app"], ["has no issuer"]],
    [
      "has expired",
      google,
      idToken(google, "app", { ...person, exp: past }),
      ["app"],
      [`expired at ${new Date(past * 1000).toISOString()}`],
    ],
    ["expires in the year 300000", google, idToken(google, "app", { exp: 1e13 }), ["app"], []],
    [
      "is for another app, and has expired",
      google,
      idToken(google, "other", { exp: past }),
      ["app", "app2"],
      [
        'has the audience "other", and the pool accepts "app", "app2"',
        `expired at ${new Date(past * 1000).toISOString()}`,
      ],
    ],
    [
      "is for many apps",
      google,
      idToken(google, "x", { aud: ["1", "2", "3", "4", "5", "6", "7"] }),
      ["app"],
      ['has the audience "1", "2", "3", "4", "5" and 2 more, and the pool accepts "app"'],
    ],
  ])("%s", async (_, provider, token, apps, wanted) =>
    expect(await faults(provider, token, apps)).toEqual(wanted.map((fault) => `The token for "${provider}" ${fault}.`)),
  );

  it("shows issuer and audience quoted, cut and visible, and nothing of the person", async () => {
    const [said = ""] = await faults(google, idToken(`x\u202e\n${"y".repeat(500)}`, "app", person));
    expect(said).toContain('"https://x\\u{202e}\\nyyy');
    expect(said.length).toBeLessThan(300);
  });

  it("never shows a claim about a person, and never fails, whatever the claims are", async () => {
    const secret = "CANARY-of-a-person";
    const value = fc.oneof(fc.constant(secret), fc.jsonValue());
    const claims = fc.record(
      {
        sub: fc.constant(secret),
        email: fc.constant(secret),
        nonce: fc.constant(secret),
        "cognito:username": fc.constant(secret),
        [secret]: value,
        iss: fc.constantFrom(undefined, 7, null, "https://login.example.com", `https://${google}`),
        aud: fc.constantFrom(undefined, 7, null, "other", ["a", 7, null, { a: 1 }]),
        exp: fc.oneof(fc.double(), fc.constantFrom(past, "soon", null, 1e300, -1e300)),
        token_use: fc.constantFrom(undefined, "id", "access", 7),
      },
      { requiredKeys: [] },
    );
    const parts = (body: unknown) => `eyJ.${Buffer.from(JSON.stringify(body)).toString("base64url")}.`;
    await fc.assert(
      fc.asyncProperty(fc.oneof(claims.map(parts), value.map(parts), fc.string()), async (token) => {
        expect((await faults(google, token, ["app"])).join("\n")).not.toContain("CANARY");
      }),
      { numRuns: process.env["LONG"] ? 100_000 : 5_000 },
    );
  }, 900_000);
});

describe("a server", () => {
  let service: Service;
  let pool: string;
  beforeEach(async () => {
    service = await startService();
    pool = await createPool(service.sdk);
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const foreign = idToken(google, "another-app", person);

  it("looks the pool's apps up and says that the token is for another", async () => {
    await using session = await startServer({ env: service.env });
    const { isError, content, text } = await session.call("get-id", {
      IdentityPoolId: pool,
      Logins: { [google]: foreign },
    });
    expect(isError).toBe(true);
    expect(content["logins"]).toEqual([
      `The token for "${google}" has the audience "another-app", and the pool accepts "app.example".`,
    ]);
    expect(service.calls.slice(-2)).toEqual(["GetId", "DescribeIdentityPool"]);
    expect(text).not.toMatch(/person/);
  });

  it("knows the pool of an identity that it has met", async () => {
    await using session = await startServer({ env: service.env });
    const own = { [google]: idToken(google, "app.example", person) };
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins: own });
    const input = { IdentityId: content["IdentityId"], Logins: { [google]: foreign } };
    const answer = await session.call("get-credentials-for-identity", input);
    expect(answer.content["logins"]).toEqual([expect.stringContaining('the pool accepts "app.example"')]);
    await using other = await startServer({ env: service.env });
    const there = await other.call("get-credentials-for-identity", input);
    expect(there.content).not.toHaveProperty("logins.0");
    expect(there.content["code"]).toBe("NotAuthorizedException");
  });

  it("looks nothing up that the operator forbids", async () => {
    await using session = await startServer({ env: service.env, args: ["--policy", "describe-identity-pool=deny"] });
    const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins: { [google]: foreign } });
    expect(content).not.toHaveProperty("logins");
    expect(service.calls.slice(-1)).toEqual(["GetId"]);
  });

  it("explains a token by itself alone where AWS says no more", async () => {
    await using liar = await startLiar(400, { __type: "NotAuthorizedException", message: "secret reason" });
    const access = idToken(userPool, "app", { ...person, token_use: "access", exp: past });
    const { content, text } = await liar.session.call("get-open-id-token", {
      IdentityId: "eu-west-1:00000000-0000-4000-8000-000000000000",
      Logins: { [userPool]: access },
    });
    expect(content["logins"]).toEqual([
      `The token for "${userPool}" is an access token; pass the id token.`,
      `The token for "${userPool}" expired at ${new Date(past * 1000).toISOString()}.`,
    ]);
    expect(text).not.toMatch(/person|secret/);
  });
});
