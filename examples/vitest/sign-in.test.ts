/** Tests of the application against the embedded service. Nothing leaves this machine. */
import { CognitoIdentityClient } from "@aws-sdk/client-cognito-identity";
import { createLoginToken, type Local, startLocal } from "cognito-identity-mcp/local";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { signIn } from "./sign-in.ts";

const identityPoolId = "eu-west-1:11111111-2222-3333-4444-555555555555";
const provider = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Example";
const adaId = "eu-west-1:aaaaaaaa-0000-0000-0000-000000000001";

let local: Local;
let client: CognitoIdentityClient;

beforeAll(async () => {
  local = await startLocal({
    region: "eu-west-1",
    seed: {
      pools: [
        {
          IdentityPoolId: identityPoolId,
          IdentityPoolName: "photo app",
          AllowUnauthenticatedIdentities: true,
          CognitoIdentityProviders: [{ ProviderName: provider, ClientId: "exampleclient" }],
          Roles: {
            authenticated: "arn:aws:iam::000000000000:role/photo-users",
            unauthenticated: "arn:aws:iam::000000000000:role/photo-guests",
          },
          Identities: [{ IdentityId: adaId, Logins: { [provider]: "ada" } }],
        },
      ],
    },
  });
  client = new CognitoIdentityClient(local.clientConfig);
});
beforeEach(() => local.reset());
afterAll(async () => {
  client.destroy();
  await local.close();
});

const tokenOf = (subject: string) => createLoginToken({ provider, audience: "exampleclient", subject });

it("signs a known user in to the same identity, with the role of users", async () => {
  const signedIn = await signIn(client, identityPoolId, { provider, idToken: tokenOf("ada") });
  expect(signedIn.identityId).toBe(adaId);
  expect(local.describeSession(signedIn.sessionToken)).toMatchObject({
    IdentityId: adaId,
    RoleArn: "arn:aws:iam::000000000000:role/photo-users",
  });
});

it("gives a guest an identity of their own", async () => {
  local.useIds("eu-west-1:bbbbbbbb-0000-0000-0000-000000000002");
  const guest = await signIn(client, identityPoolId);
  expect(guest.identityId).toBe("eu-west-1:bbbbbbbb-0000-0000-0000-000000000002");
  expect(local.state().pools[0]?.Identities).toHaveLength(2);
  expect(local.requests.map(({ operation }) => operation)).toEqual(["GetId", "GetCredentialsForIdentity"]);
});

it("fails as AWS does when the token has expired", async () => {
  const claims = { exp: Math.floor(Date.now() / 1000) - 60 };
  const idToken = createLoginToken({ provider, audience: "exampleclient", subject: "ada", claims });
  await expect(signIn(client, identityPoolId, { provider, idToken })).rejects.toMatchObject({
    name: "NotAuthorizedException",
    message: expect.stringContaining("Invalid login token. Token expired"),
  });
});

it("fails as AWS does when the token is an access token of another issuer", async () => {
  const idToken = createLoginToken({ provider: "login.example.com", audience: "exampleclient", subject: "ada" });
  await expect(signIn(client, identityPoolId, { provider, idToken })).rejects.toMatchObject({
    name: "NotAuthorizedException",
    message: "Invalid login token. Issuer doesn't match providerName",
  });
});
