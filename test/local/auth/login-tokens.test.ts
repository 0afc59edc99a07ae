/** The claims that a login token must have, and that no answer contains the token. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLoginToken } from "../../../src/local/auth/login-tokens.ts";
import { serveLocal } from "../../../src/local/http.ts";
import { createLocalService } from "../../../src/local/service.ts";
import { startLocal } from "../../../src/local/start.ts";
import { createStore } from "../../../src/local/state/store.ts";
import { guestRole, region, userRole } from "../../support/client.ts";
import { idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const amazon = "www.amazon.com";
const apple = "appleid.apple.com";
const oidc = "idp.example.com";
const saml = "arn:aws:iam::000000000000:saml-provider/idp";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";

let client: sdk.CognitoIdentityClient;
let close: () => Promise<void>;
let pool: string;
let now = Date.now();

/** Every answer of the service, as sent. */
const answers: string[] = [];

beforeAll(async () => {
  const service = createLocalService({ clock: () => now });
  const server = await serveLocal({
    ...service,
    async handle(request) {
      const answer = await service.handle(request);
      answers.push(JSON.stringify(answer));
      return answer;
    },
  });
  client = new sdk.CognitoIdentityClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
  close = server.close;
  const { IdentityPoolId = "" } = await client.send(
    new sdk.CreateIdentityPoolCommand({
      IdentityPoolName: "pool",
      AllowUnauthenticatedIdentities: false,
      SupportedLoginProviders: { [google]: "web;phone", [facebook]: "1", [amazon]: "amzn1.app", [apple]: "com.app" },
      OpenIdConnectProviderARNs: [`arn:aws:iam::000000000000:oidc-provider/${oidc}`],
      SamlProviderARNs: [saml],
      CognitoIdentityProviders: [
        { ProviderName: userPool, ClientId: "first" },
        { ProviderName: userPool, ClientId: "second" },
      ],
    }),
  );
  pool = IdentityPoolId;
  await client.send(
    new sdk.SetIdentityPoolRolesCommand({
      IdentityPoolId: pool,
      Roles: { authenticated: userRole, unauthenticated: guestRole },
    }),
  );
});
afterAll(async () => {
  client.destroy();
  await close();
});

const getId = async (provider: string, token: string) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, Logins: { [provider]: token } }))).IdentityId ?? "";
const refused = (message: string) => ({
  name: "NotAuthorizedException",
  message,
  $metadata: { httpStatusCode: 400 },
});
const unsupported = refused("Token is not from a supported provider of this identity pool.");

describe("an id token", () => {
  it("is valid until the second in which it expires", async () => {
    const exp = Math.floor(now / 1000) + 10;
    const token = idToken(userPool, "first", { sub: "user", exp });
    const start = now;
    now = exp * 1000 - 1;
    await getId(userPool, token);
    for (const late of [0, 7]) {
      now = (exp + late) * 1000;
      await expect(getId(userPool, token)).rejects.toMatchObject(
        refused(`Invalid login token. Token expired: ${exp + late} >= ${exp}`),
      );
    }
    now = start;
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["issued by another", { iss: "https://evil.example" }, "Issuer doesn't match providerName"],
    ["issued by a name that only begins alike", { iss: `https://${userPool}x` }, "Issuer doesn't match providerName"],
    ["issued by nobody", { iss: undefined }, "Issuer doesn't match providerName"],
    ["whose issuer is not a string", { iss: 5 }, "Issuer doesn't match providerName"],
    ["whose issuer is a list", { iss: [userPool] }, "Issuer doesn't match providerName"],
    [
      "meant for nobody, as an access token is",
      { aud: undefined, client_id: "first" },
      "Missing a required claim: aud",
    ],
    ["of nobody", { sub: undefined }, "Missing a required claim: sub"],
    ["whose subject is not a string", { sub: { name: "user" } }, "Missing a required claim: sub"],
    ["that never expires", { exp: undefined }, "Missing a required claim: exp"],
    ["whose expiry is no number", { exp: "tomorrow" }, "Missing a required claim: exp"],
  ])(
    "%s is refused",
    async (_, claims, message) =>
      await expect(getId(userPool, idToken(userPool, "first", { sub: "user", ...claims }))).rejects.toMatchObject(
        refused(`Invalid login token. ${message}`),
      ),
  );

  it("of a user pool is for one of its registered clients, who share their users", async () => {
    const id = await getId(userPool, idToken(userPool, "first", { sub: "shared" }));
    expect(await getId(userPool, idToken(userPool, "second", { sub: "shared" }))).toBe(id);
    await expect(getId(userPool, idToken(userPool, "third", { sub: "shared" }))).rejects.toMatchObject(unsupported);
  });

  it("of Google is for one of the apps, whether or not its issuer is a URL", async () => {
    const id = await getId(google, idToken(google, "web", { sub: "user" }));
    expect(await getId(google, idToken(google, "phone", { sub: "user", iss: google }))).toBe(id);
    for (const app of ["web;phone", "other", ""])
      await expect(getId(google, idToken(google, app, { sub: "user" }))).rejects.toMatchObject(unsupported);
  });

  it("of Apple is for the app", async () => {
    await getId(apple, idToken(apple, "com.app", { sub: "user" }));
    await expect(getId(apple, idToken(apple, "com.other", { sub: "user" }))).rejects.toMatchObject(unsupported);
  });

  it("of an OpenID Connect provider is for any app: IAM knows which", async () => {
    const id = await getId(oidc, idToken(oidc, "one", { sub: "user" }));
    expect(await getId(oidc, idToken(oidc, "another", { sub: "user" }))).toBe(id);
  });

  it("belongs to one user of one provider", async () => {
    const id = await getId(oidc, idToken(oidc, "app", { sub: "me" }));
    expect(await getId(oidc, idToken(oidc, "app", { sub: "you" }))).not.toBe(id);
    expect(await getId(google, idToken(google, "web", { sub: "me" }))).not.toBe(id);
  });
});

describe("a token that is not an ID token", () => {
  it.each([userPool, oidc])("is refused for %s", async (provider) => {
    await expect(getId(provider, "opaque")).rejects.toMatchObject(
      refused("Invalid login token. Not a valid OpenId Connect identity token."),
    );
    for (const token of ["a.b.c", "eyJhbGciOiJub25lIn0.W10."])
      await expect(getId(provider, token)).rejects.toMatchObject(
        refused("Invalid login token. Couldn't verify signed token."),
      );
  });

  it.each([facebook, amazon, saml])("is accepted for %s, and the same token is the same user", async (provider) => {
    const id = await getId(provider, "opaque");
    expect(await getId(provider, "opaque")).toBe(id);
    expect(await getId(provider, "another")).not.toBe(id);
  });

  it("that only looks like an ID token identifies its own user too", async () => {
    const token = (nonce: number) => idToken(facebook, "1", { nonce });
    expect(await getId(facebook, token(1))).not.toBe(await getId(facebook, token(2)));
  });
});

it("a pool can have a provider named with https://, and no ID token fits it", async () => {
  const named = `https://${google}`;
  const settings = {
    IdentityPoolName: "pool",
    AllowUnauthenticatedIdentities: false,
    SupportedLoginProviders: { [named]: "web" },
  };
  const { IdentityPoolId = "" } = await client.send(new sdk.CreateIdentityPoolCommand(settings));
  await using local = await startLocal({ seed: { pools: [settings] }, region });
  const seeded = new sdk.CognitoIdentityClient(local.clientConfig);
  for (const [own, id] of [
    [client, IdentityPoolId],
    [seeded, local.state().pools[0]?.IdentityPoolId ?? ""],
  ] as const)
    for (const provider of [named, google]) {
      const Logins = { [provider]: idToken(google, "web", { sub: "user" }) };
      await expect(own.send(new sdk.GetIdCommand({ IdentityPoolId: id, Logins }))).rejects.toMatchObject(
        refused(
          provider === named
            ? "Invalid login token. Issuer doesn't match providerName"
            : "Token is not from a supported provider of this identity pool.",
        ),
      );
    }
  seeded.destroy();
});

it("a provider can have the name of a property of JavaScript objects", async () => {
  const { IdentityPoolId } = await client.send(
    new sdk.CreateIdentityPoolCommand({
      IdentityPoolName: "pool",
      AllowUnauthenticatedIdentities: false,
      OpenIdConnectProviderARNs: ["arn:aws:iam::000000000000:oidc-provider/constructor"],
    }),
  );
  const Logins = { constructor: idToken("constructor", "app", { sub: "user" }) };
  const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId, Logins }));
  expect(IdentityId).toBeDefined();
});

it("no answer contains a token, neither of the same call nor of a later one", async () => {
  answers.length = 0;
  const sub = "a-subject-that-nobody-sees";
  const Logins = {
    [google]: idToken(google, "web", { sub }),
    [facebook]: "an-opaque-secret",
    [saml]: "an-assertion",
  };
  const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, Logins }));
  await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId, Logins }));
  const { [saml]: _, ...classic } = Logins;
  await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId, Logins: classic }));
  await client.send(new sdk.DescribeIdentityCommand({ IdentityId }));
  await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60 }));
  await client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: pool }));
  await expect(getId(userPool, "unreadable")).rejects.toThrow();
  await expect(getId(oidc, Logins[google] ?? "")).rejects.toThrow();
  expect(answers).toHaveLength(8);
  for (const token of [...Object.values(Logins), sub, "unreadable"]) expect(answers.join()).not.toContain(token);
});

it("a token is not stored: the user is identified by its subject or its digest", () => {
  const settings = { name: "pool", guests: false, classicFlow: undefined, developerProvider: undefined, tags: {} };
  const providers = {
    loginProviders: { [facebook]: "1" },
    oidcProviders: [],
    cognitoProviders: [],
    samlProviders: [saml],
  };
  const within = createStore().addPool(region, `${region}:0`, { ...settings, ...providers });
  for (const token of ["an-opaque-secret", idToken(facebook, "1", {}), idToken(facebook, "1", { sub: "user" })])
    for (const provider of [facebook, saml])
      expect(readLoginToken(within, provider, token, new Date()).user).not.toContain(token);
});
