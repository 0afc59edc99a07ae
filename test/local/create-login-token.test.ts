/** `createLoginToken`, and the same of a service, at the time of its clock. */
import { CognitoIdentityClient, GetIdCommand } from "@aws-sdk/client-cognito-identity";
import { decodeJwt } from "jose";
import { describe, expect, it } from "vitest";
import type { Local, LoginTokenOptions } from "../../src/local/public.ts";
import { createLoginToken, startLocal } from "../../src/local/start.ts";
import { UserError } from "../../src/util/user-error.ts";

const google = "accounts.google.com";
const saml = "arn:aws:iam::000000000000:saml-provider/idp";
const poolId = "us-east-1:11111111-2222-3333-4444-555555555555";
const adaId = "us-east-1:aaaaaaaa-0000-0000-0000-000000000001";
const pool = {
  IdentityPoolId: poolId,
  IdentityPoolName: "pool",
  AllowUnauthenticatedIdentities: false,
  SupportedLoginProviders: { [google]: "app" },
  Identities: [{ IdentityId: adaId, Logins: { [google]: "ada" } }],
};
const seed = { pools: [pool] };

async function getId({ clientConfig }: Local, Logins: Record<string, string>) {
  const client = new CognitoIdentityClient(clientConfig);
  try {
    return (await client.send(new GetIdCommand({ IdentityPoolId: poolId, Logins }))).IdentityId;
  } finally {
    client.destroy();
  }
}

describe("createLoginToken", () => {
  const token = { provider: google, audience: "app", subject: "ada" };

  it("of a service goes by its clock, and the exported function by the time", async () => {
    // Ten years later.
    const now = Date.now() + 10 * 365 * 86_400_000;
    await using local = await startLocal({ seed, clock: () => now });
    expect(await getId(local, { [google]: local.createLoginToken(token) })).toBe(adaId);
    const expired = { name: "NotAuthorizedException", message: expect.stringContaining("Token expired") };
    await expect(getId(local, { [google]: createLoginToken(token) })).rejects.toMatchObject(expired);
    const { iat, exp } = decodeJwt(local.createLoginToken(token));
    expect([iat, exp]).toEqual([Math.floor(now / 1000), Math.floor(now / 1000) + 3600]);
  });

  it("makes an expired token from `exp`", async () => {
    await using local = await startLocal({ seed });
    const expired = createLoginToken({ ...token, claims: { exp: Math.floor(Date.now() / 1000) - 60 } });
    await expect(getId(local, { [google]: expired })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: expect.stringMatching(/^Invalid login token. Token expired: \d+ >= \d+$/),
    });
  });

  it.each<[unknown, RegExp]>([
    [undefined, /options must be an object/],
    [{}, /provider must/],
    [{ ...token, provider: `https://${google}` }, /provider must .* without https:/],
    [{ ...token, provider: "" }, /provider must/],
    [{ ...token, provider: saml }, /provider must/],
    [{ ...token, audience: undefined }, /audience must/],
    [{ ...token, audience: "" }, /audience must/],
    [{ ...token, subject: undefined }, /subject must/],
    [{ ...token, subject: 7 }, /subject must/],
    [{ ...token, claims: [] }, /claims must/],
    [{ ...token, sub: "ada" }, /no option "sub"/],
  ])("refuses %j", async (options, message) => {
    await using local = await startLocal();
    for (const create of [createLoginToken, local.createLoginToken]) {
      const made = () => create(options as LoginTokenOptions);
      expect(made).toThrow(message);
      expect(made).toThrow(UserError);
    }
  });

  it.each(["login.example.com", "login.example.com:8443/realms/a", "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_P"])(
    "takes the provider %s",
    (provider) => expect(decodeJwt(createLoginToken({ ...token, provider })).iss).toBe(`https://${provider}`),
  );
});
