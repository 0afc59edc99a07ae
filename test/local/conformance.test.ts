/**
 * What must be true of both the embedded service and AWS. Runs against the embedded service; with REMOTE=1 also against
 * the AWS account of the environment, on a pool of its own that it deletes again. Nothing here touches any other pool.
 */
import { randomUUID } from "node:crypto";
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startService } from "../support/client.ts";

interface Target extends AsyncDisposable {
  readonly sdk: sdk.CognitoIdentityClient;
}

const targets: Record<string, () => Promise<Target>> = { "the embedded service": startService };
if (process.env["REMOTE"])
  targets["AWS"] = async () => {
    const client = new sdk.CognitoIdentityClient();
    return { sdk: client, [Symbol.asyncDispose]: async () => client.destroy() };
  };

describe.each(Object.entries(targets))("%s", (_, start) => {
  let target: Target;
  let client: sdk.CognitoIdentityClient;
  let IdentityPoolId: string;
  const IdentityPoolName = `conformance ${randomUUID()}`;

  beforeAll(async () => {
    target = await start();
    client = target.sdk;
    const pool = await client.send(
      new sdk.CreateIdentityPoolCommand({
        IdentityPoolName,
        AllowUnauthenticatedIdentities: true,
        AllowClassicFlow: true,
        SupportedLoginProviders: { "graph.facebook.com": "1234567890" },
        DeveloperProviderName: "login.conformance",
        IdentityPoolTags: { purpose: "conformance" },
      }),
    );
    IdentityPoolId = pool.IdentityPoolId ?? "";
  });
  afterAll(async () => {
    if (IdentityPoolId) await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId }));
    await target[Symbol.asyncDispose]();
  });

  const describePool = () => client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId }));
  const getId = async () => (await client.send(new sdk.GetIdCommand({ IdentityPoolId }))).IdentityId ?? "";

  it("describes what was created", async () => {
    expect(await describePool()).toMatchObject({
      IdentityPoolId,
      IdentityPoolName,
      AllowUnauthenticatedIdentities: true,
      AllowClassicFlow: true,
      SupportedLoginProviders: { "graph.facebook.com": "1234567890" },
      DeveloperProviderName: "login.conformance",
      IdentityPoolTags: { purpose: "conformance" },
    });
  });

  it("reports violated constraints with AWS's text", async () => {
    await expect(
      client.send(new sdk.CreateIdentityPoolCommand({ IdentityPoolName: "a/b", AllowUnauthenticatedIdentities: true })),
    ).rejects.toMatchObject({
      name: "ValidationException",
      message:
        "1 validation error detected: Value 'a/b' at 'identityPoolName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+",
    });
  });

  it("does not find a pool that does not exist", async () => {
    const id = `${await client.config.region()}:${randomUUID()}`;
    await expect(client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: id }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `IdentityPool '${id}' not found.`,
      $metadata: { httpStatusCode: 400 },
    });
  });

  it("gives guests identities, lists, describes and deletes them", async () => {
    const IdentityId = await getId();
    expect(await getId()).not.toBe(IdentityId);
    const { Identities } = await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60 }));
    expect(Identities).toContainEqual(expect.objectContaining({ IdentityId, CreationDate: expect.any(Date) }));
    expect(await client.send(new sdk.DescribeIdentityCommand({ IdentityId }))).toMatchObject({ IdentityId });
    await client.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId] }));
    await expect(client.send(new sdk.DescribeIdentityCommand({ IdentityId }))).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
  });

  it("gives a guest no credentials without a role, and a token in the classic flow", async () => {
    const IdentityId = await getId();
    await expect(client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId }))).rejects.toMatchObject({
      name: "InvalidIdentityPoolConfigurationException",
      message: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    });
    expect((await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId }))).Token).toMatch(/^eyJ/);
  });

  it("keeps developer users apart, and finds them", async () => {
    const get = async (user: string) =>
      (
        await client.send(
          new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { "login.conformance": user } }),
        )
      ).IdentityId;
    const first = await get("first");
    expect(await get("first")).toBe(first);
    expect(await get("second")).not.toBe(first);
    expect(
      await client.send(
        new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId, DeveloperUserIdentifier: "first", MaxResults: 10 }),
      ),
    ).toMatchObject({ IdentityId: first, DeveloperUserIdentifierList: ["first"] });
  });

  it("replaces everything in an update, except the developer provider", async () => {
    await client.send(
      new sdk.UpdateIdentityPoolCommand({ IdentityPoolId, IdentityPoolName, AllowUnauthenticatedIdentities: true }),
    );
    const { SupportedLoginProviders = {}, DeveloperProviderName } = await describePool();
    expect({ SupportedLoginProviders, DeveloperProviderName }).toEqual({
      SupportedLoginProviders: {},
      DeveloperProviderName: "login.conformance",
    });
  });
});
