/** The documented quotas: at a quota, the service works; above it, the service reports the error and changes nothing. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { arnOf, createPool, developerProvider, region, type Service, startService } from "../../support/client.ts";

let service: Service;
let client: sdk.CognitoIdentityClient;
beforeEach(async () => {
  service = await startService();
  client = service.sdk;
});
afterEach(() => service[Symbol.asyncDispose]());

const minimalPool = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: true };

describe("an account", () => {
  it("can have 1,000 pools in a region, and another one after one is deleted", async () => {
    const create = () => client.send(new sdk.CreateIdentityPoolCommand(minimalPool));
    const { IdentityPoolId } = await create();
    await Promise.all(Array.from({ length: 999 }, create));
    await expect(create()).rejects.toMatchObject({ name: "LimitExceededException" });
    const elsewhere = new sdk.CognitoIdentityClient({
      region: "us-east-1",
      endpoint: service.url,
      credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
    });
    await elsewhere.send(new sdk.CreateIdentityPoolCommand(minimalPool));
    elsewhere.destroy();
    await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId }));
    await create();
  });
});

describe("a pool", () => {
  it("has 50 user pools", async () => {
    const userPools = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        ProviderName: `cognito-idp.${region}.amazonaws.com/${region}_${index}`,
        ClientId: "client",
      }));
    await client.send(new sdk.CreateIdentityPoolCommand({ ...minimalPool, CognitoIdentityProviders: userPools(50) }));
    await expect(
      client.send(new sdk.CreateIdentityPoolCommand({ ...minimalPool, CognitoIdentityProviders: userPools(51) })),
    ).rejects.toMatchObject({ name: "LimitExceededException" });
  });

  it("has 50 tags", async () => {
    const ResourceArn = arnOf(await createPool(client));
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "v"]));
    // One exists from the start.
    await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: tags(49) }));
    await expect(client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: tags(50) }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    const { Tags = {} } = await client.send(new sdk.ListTagsForResourceCommand({ ResourceArn }));
    expect(Object.keys(Tags)).toHaveLength(50);
  });
});

describe("an identity", () => {
  it("has 20 logins", async () => {
    const IdentityPoolId = await createPool(client);
    const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId }));
    const add = (user: number) =>
      client.send(
        new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
          IdentityPoolId,
          IdentityId,
          Logins: { [developerProvider]: `user ${user}` },
        }),
      );
    for (let user = 1; user <= 20; user += 1) await add(user);
    await expect(add(21)).rejects.toMatchObject({ name: "InvalidParameterException" });
    const { DeveloperUserIdentifierList } = await client.send(
      new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId, IdentityId, MaxResults: 60 }),
    );
    expect(DeveloperUserIdentifierList).toHaveLength(20);
  });
});
