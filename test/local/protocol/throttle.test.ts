/** AWS's rates, if enabled: at most one second's calls at once, and more as time passes. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterEach, describe, expect, it } from "vitest";
import { serveLocal } from "../../../src/local/http.ts";
import { createLocalService } from "../../../src/local/service.ts";
import { arnOf, createPool, developerProvider, region } from "../../support/client.ts";

type Call = (client: sdk.CognitoIdentityClient) => Promise<unknown>;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A service with a clock that stands still until it is set, and clients that do not retry. */
async function start(throttle = true) {
  const clock = { now: 1_700_000_000_000 };
  const server = await serveLocal(createLocalService({ throttle, clock: () => clock.now }));
  const clientIn = (where: string) =>
    new sdk.CognitoIdentityClient({
      region: where,
      endpoint: server.url,
      credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
      maxAttempts: 1,
    });
  closing.push(server.close);
  const client = clientIn(region);
  return { clock, client, clientIn, pool: await createPool(client) };
}

/** How many calls pass, one after another, before one is throttled; at most `max`. */
async function passing(call: () => Promise<unknown>, max = 210): Promise<number> {
  for (let passed = 0; passed < max; passed += 1) {
    try {
      await call();
    } catch (error) {
      expect(error).toBeInstanceOf(sdk.TooManyRequestsException);
      expect(error).toMatchObject({ message: "Rate exceeded", $metadata: { httpStatusCode: 400 } });
      return passed;
    }
  }
  return max;
}

describe("a rate", () => {
  const tag =
    (pool: string): Call =>
    (client) =>
      client.send(new sdk.TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { a: "b" } }));
  const getId =
    (IdentityPoolId: string): Call =>
    (client) =>
      client.send(new sdk.GetIdCommand({ IdentityPoolId }));

  it.each<[number, string, (pool: string, IdentityId: string) => Call]>([
    [25, "GetId", getId],
    [200, "GetOpenIdToken", (_, IdentityId) => (client) => client.send(new sdk.GetOpenIdTokenCommand({ IdentityId }))],
    [
      200,
      "GetCredentialsForIdentity",
      (_, IdentityId) => (client) => client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId })),
    ],
    [
      200,
      "GetOpenIdTokenForDeveloperIdentity",
      (IdentityPoolId) => (client) =>
        client.send(
          new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [developerProvider]: "me" } }),
        ),
    ],
    [5, "TagResource", tag],
    [
      5,
      "UntagResource",
      (pool) => (client) => client.send(new sdk.UntagResourceCommand({ ResourceArn: arnOf(pool), TagKeys: ["a"] })),
    ],
    [
      10,
      "ListTagsForResource",
      (pool) => (client) => client.send(new sdk.ListTagsForResourceCommand({ ResourceArn: arnOf(pool) })),
    ],
    [
      210,
      "DescribeIdentity",
      (_, IdentityId) => (client) => client.send(new sdk.DescribeIdentityCommand({ IdentityId })),
    ],
  ])("is %i calls a second for %s", async (rate, _, make) => {
    const { clock, client, pool } = await start();
    const { IdentityId = "" } = await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool }));
    clock.now += 1000;
    const call = make(pool, IdentityId);
    expect(await passing(() => call(client))).toBe(rate);
  });

  it("is restored as time passes, up to one second's calls", async () => {
    const { clock, client, pool } = await start();
    const call = () => tag(pool)(client);
    expect(await passing(call)).toBe(5);
    clock.now += 199;
    expect(await passing(call)).toBe(0);
    clock.now += 1;
    expect(await passing(call)).toBe(1);
    clock.now += 3_600_000;
    expect(await passing(call)).toBe(5);
  });

  it("neither grows nor shrinks when the clock is set back", async () => {
    const { clock, client, pool } = await start();
    const call = () => tag(pool)(client);
    await passing(call, 2);
    clock.now -= 3_600_000;
    expect(await passing(call)).toBe(3);
    clock.now += 1000;
    expect(await passing(call)).toBe(5);
  });

  it("is separate for each operation and region", async () => {
    const { client, clientIn, pool } = await start();
    expect(await passing(() => getId(pool)(client))).toBe(25);
    expect(await passing(() => tag(pool)(client))).toBe(5);
    const elsewhere = clientIn("us-east-1");
    const other = await createPool(elsewhere);
    expect(await passing(() => getId(other)(elsewhere))).toBe(25);
    expect(await passing(() => tag(other)(elsewhere))).toBe(5);
  });

  it("is applied before the operation runs", async () => {
    const { client, pool } = await start();
    const identities = async () =>
      (await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60 }))).Identities?.length;
    await passing(() => getId(pool)(client));
    await expect(getId(pool)(client)).rejects.toThrow();
    expect(await identities()).toBe(25);
  });

  it("is not applied by default", async () => {
    const { client, pool } = await start(false);
    expect(await passing(() => tag(pool)(client), 50)).toBe(50);
  });
});
