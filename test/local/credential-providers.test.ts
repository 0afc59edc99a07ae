/** The credential providers of the AWS SDK with `startLocal`: what docs/local-service.md says of them. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { fromCognitoIdentity, fromCognitoIdentityPool } from "@aws-sdk/credential-provider-cognito-identity";
import { describe, expect, it } from "vitest";
import type { Local } from "../../src/local/public.ts";
import { startLocal } from "../../src/local/start.ts";

const google = "accounts.google.com";
const pool = {
  IdentityPoolName: "pool",
  AllowUnauthenticatedIdentities: true,
  SupportedLoginProviders: { [google]: "app" },
  DeveloperProviderName: "login.mine",
  Roles: {
    authenticated: "arn:aws:iam::000000000000:role/users",
    unauthenticated: "arn:aws:iam::000000000000:role/guests",
  },
};
const fixed = "us-east-1:11111111-2222-3333-4444-555555555555";

/** What `cache` keeps: nothing. */
const cache = { getItem: () => null, setItem: () => {}, removeItem: () => {} };

const guest = async ({ clientConfig }: Local, identityPoolId: string, options: object = {}) =>
  (await fromCognitoIdentityPool({ clientConfig, identityPoolId, ...options })()).identityId;

describe("fromCognitoIdentityPool without logins", () => {
  it("remembers the guest of a fixed pool id beyond a reset: every second call fails", async () => {
    await using local = await startLocal({ seed: { pools: [{ ...pool, IdentityPoolId: fixed }] } });
    await guest(local, fixed);
    for (let round = 0; round < 2; round++) {
      await local.reset();
      await expect(guest(local, fixed)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
      expect(await guest(local, fixed)).toMatch(/^us-east-1:/);
    }
  });

  it("works after each reset with a cache of its own", async () => {
    await using local = await startLocal({ seed: { pools: [{ ...pool, IdentityPoolId: fixed }] } });
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      seen.add(await guest(local, fixed, { cache }));
      await local.reset();
    }
    expect(seen.size).toBe(3);
  });

  it("works after each reset where the seed leaves the pool id out", async () => {
    await using local = await startLocal({ seed: { pools: [pool] } });
    for (let round = 0; round < 3; round++) {
      expect(await guest(local, local.state().pools[0]?.IdentityPoolId ?? "")).toMatch(/^us-east-1:/);
      await local.reset();
    }
  });
});

it("a merged identity: the answer has the remaining one, and fromCognitoIdentity the one that it was given", async () => {
  await using local = await startLocal({ seed: { pools: [{ ...pool, IdentityPoolId: fixed }] } });
  const client = new sdk.CognitoIdentityClient(local.clientConfig);
  const logins = { [google]: local.createLoginToken({ provider: google, audience: "app", subject: "ada" }) };
  const { IdentityId: ada } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: fixed, Logins: logins }));
  const { IdentityId: own = "" } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: fixed }));
  const given = await fromCognitoIdentity({ clientConfig: local.clientConfig, identityId: own, logins })();
  expect(given.identityId).toBe(own);
  expect(local.describeSession(given.sessionToken ?? "")?.IdentityId).toBe(ada);
  expect(local.state().pools[0]?.Identities.find(({ IdentityId }) => IdentityId === own)?.Disabled).toBe(true);

  // A second guest, and the answer itself.
  const { IdentityId: second } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: fixed }));
  const answer = await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId: second, Logins: logins }));
  expect(answer.IdentityId).toBe(ada);
  client.destroy();
});

it("the variables lead a client of the same process to the service", async () => {
  await using local = await startLocal({ seed: { pools: [{ ...pool, IdentityPoolId: fixed }] } });
  const before = { ...process.env };
  Object.assign(process.env, local.env);
  try {
    const client = new sdk.CognitoIdentityClient();
    const { IdentityId = "" } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: fixed }));
    expect(local.state().pools[0]?.Identities[0]?.IdentityId).toBe(IdentityId);
    client.destroy();
  } finally {
    for (const name of Object.keys(local.env)) delete process.env[name];
    Object.assign(process.env, before);
  }
});
