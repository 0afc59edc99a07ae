/** Verification of the service's OpenID tokens from its address alone, and the session tags in them. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, developerProvider, type Service, startService } from "../../support/client.ts";
import { idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const TAGS = "https://aws.amazon.com/tags";

let service: Service;
let client: sdk.CognitoIdentityClient;
let pool: string;

beforeAll(async () => {
  service = await startService();
  client = service.sdk;
  pool = await createPool(client);
});
afterAll(() => service[Symbol.asyncDispose]());

async function openIdToken(Logins: Record<string, string> = {}): Promise<string> {
  const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, Logins }));
  return (await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId, Logins }))).Token ?? "";
}

async function configuration(url = service.url) {
  const response = await fetch(`${url}/.well-known/openid-configuration`);
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/json");
  return (await response.json()) as Record<string, unknown> & { issuer: string; jwks_uri: string };
}

describe("discovery", () => {
  const verify = async (token: string, url?: string) => {
    const { issuer, jwks_uri } = await configuration(url);
    return await jwtVerify(token, createRemoteJWKSet(new URL(jwks_uri)), { issuer, audience: pool });
  };

  it("leads from the address of the service to the keys of its tokens", async () => {
    const { payload, protectedHeader } = await verify(await openIdToken());
    expect(payload.sub).toMatch(/^eu-west-1:/);
    const { jwks_uri, ...rest } = await configuration();
    expect(rest).toEqual({
      issuer: "https://cognito-identity.amazonaws.com",
      response_types_supported: ["token"],
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS512"],
    });
    const keys: unknown = await (await fetch(jwks_uri)).json();
    // Only the public key.
    expect(keys).toEqual({
      keys: [
        {
          kty: "RSA",
          alg: "RS512",
          use: "sig",
          kid: protectedHeader.kid,
          n: expect.any(String),
          e: expect.any(String),
        },
      ],
    });
  });

  it("serves the tokens of developer users too", async () => {
    const { IdentityId, Token = "" } = await client.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: "user" },
      }),
    );
    expect((await verify(Token)).payload.sub).toBe(IdentityId);
  });

  it("does not verify a token of another service, or a changed token", async () => {
    const token = await openIdToken();
    await using other = await startService();
    await expect(verify(token, other.url)).rejects.toThrow(/no applicable key/);
    const [head, , signature] = token.split(".");
    const claims = Buffer.from(JSON.stringify({ ...decodeJwt(token), sub: "another" })).toString("base64url");
    await expect(verify([head, claims, signature].join("."))).rejects.toThrow(/signature verification failed/);
  });

  it.each([
    ["GET", "/"],
    ["GET", "/.well-known/"],
    ["GET", "/.well-known/jwks_uri/x"],
    ["GET", "/.well-known/openid-configuration/"],
    ["POST", "/.well-known/openid-configuration"],
    ["DELETE", "/.well-known/jwks_uri"],
  ])("does not answer %s %s", async (method, path) => {
    const response = await fetch(`${service.url}${path}`, { method });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: "UnknownOperationException" });
  });
});

describe("principal tags", () => {
  const map = (IdentityProviderName: string, PrincipalTags: Record<string, string> | undefined) =>
    client.send(
      new sdk.SetPrincipalTagAttributeMapCommand({
        IdentityPoolId: pool,
        IdentityProviderName,
        ...(PrincipalTags ? { PrincipalTags } : { UseDefaults: true }),
      }),
    );
  const token = (claims: Record<string, unknown> = {}) => ({
    [google]: idToken(google, "app.example", { sub: "user", ...claims }),
  });

  it("are in the token as mapped for the provider, as lists of one, except for missing claims", async () => {
    await map(google, { team: "custom:team", tenant: "hd", level: "custom:level", object: "constructor" });
    const claims = decodeJwt(await openIdToken(token({ "custom:team": "blue", "custom:level": 3 })));
    expect(claims[TAGS]).toEqual({ principal_tags: { team: ["blue"], level: ["3"] } });
  });

  it("are client and user name by default", async () => {
    await map(google, undefined);
    expect(decodeJwt(await openIdToken(token()))[TAGS]).toEqual({
      principal_tags: { client: ["app.example"], username: ["user"] },
    });
  });

  it("are not in the token of a guest, of another provider, or where none are mapped", async () => {
    await map(google, { team: "sub" });
    for (const logins of [{}, { [facebook]: "opaque" }])
      expect(decodeJwt(await openIdToken(logins))).not.toHaveProperty([TAGS]);
    await map(google, {});
    expect(decodeJwt(await openIdToken(token()))).not.toHaveProperty([TAGS]);
  });
});
