/** Pagination: each entry appears once and in order despite changes between pages; a token is valid for its list only. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createPool, developerProvider, type Service, startService } from "../../support/client.ts";
import { googleToken } from "../../support/tokens.ts";

let service: Service;
let client: sdk.CognitoIdentityClient;
let pool: string;
beforeAll(async () => {
  service = await startService();
  client = service.sdk;
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  pool = await createPool(client);
});

const getId = async (Logins: Record<string, string> = {}) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, Logins }))).IdentityId ?? "";
const list = (input: Partial<sdk.ListIdentitiesInput> = {}) =>
  client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 2, ...input }));
const idsOf = ({ Identities = [] }: sdk.ListIdentitiesResponse) => Identities.map(({ IdentityId }) => IdentityId);
const invalid = { name: "InvalidParameterException" };

describe("ListIdentities", () => {
  it("continues after the last item of a page, even if that item was deleted and others were added", async () => {
    const made = [await getId(), await getId(), await getId()];
    const { NextToken = "", ...first } = await list();
    expect(idsOf(first)).toEqual(made.slice(0, 2));
    await client.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [made[1] ?? ""] }));
    made.push(await getId());
    const second = await list({ NextToken });
    expect(idsOf(second)).toEqual(made.slice(2));
    expect(second.NextToken).toBeUndefined();
  });

  it("has no token on a last page that is full", async () => {
    await getId();
    await getId();
    expect((await list()).NextToken).toBeUndefined();
  });

  it("fills its pages with the enabled when the disabled are hidden", async () => {
    const google = "accounts.google.com";
    const facebook = "graph.facebook.com";
    const first = await getId({ [google]: googleToken("user") });
    await getId({ [facebook]: "user" });
    const last = await getId();
    await getId({ [google]: googleToken("user"), [facebook]: "user" });
    const page = await list({ HideDisabled: true });
    expect(idsOf(page)).toEqual([first, last]);
    expect(page.NextToken).toBeUndefined();
    await client.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [first] }));
    expect(idsOf(await list({ HideDisabled: true }))).toEqual([last]);
  });
});

describe("a token", () => {
  async function tokenOfIdentities(): Promise<string> {
    for (let guest = 0; guest < 3; guest += 1) await getId();
    return (await list()).NextToken ?? "";
  }

  it("is valid only for its pool and its operation", async () => {
    const NextToken = await tokenOfIdentities();
    await expect(client.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 1, NextToken }))).rejects.toMatchObject(
      invalid,
    );
    const other = await createPool(client);
    await expect(list({ IdentityPoolId: other, NextToken })).rejects.toMatchObject(invalid);
    const { IdentityId } = await client.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: "user" },
      }),
    );
    await expect(
      client.send(new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId: pool, IdentityId, NextToken })),
    ).rejects.toMatchObject(invalid);
  });

  it("is rejected after any change", async () => {
    const token = await tokenOfIdentities();
    expect(idsOf(await list({ NextToken: token }))).toHaveLength(1);
    for (let at = 0; at < token.length; at += 1) {
      const changed = token.slice(0, at) + (token[at] === "A" ? "B" : "A") + token.slice(at + 1);
      await expect(list({ NextToken: changed })).rejects.toMatchObject(invalid);
    }
    for (const NextToken of [`${token}=`, `${token}A`, "x", Buffer.from("2").toString("base64url")])
      await expect(list({ NextToken })).rejects.toMatchObject(invalid);
  });

  it("is rejected by another service", async () => {
    await createPool(client);
    const { NextToken } = await client.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 1 }));
    const next = new sdk.ListIdentityPoolsCommand({ MaxResults: 1, NextToken });
    expect((await client.send(next)).IdentityPools).toHaveLength(1);
    await using other = await startService();
    await expect(other.sdk.send(next)).rejects.toMatchObject(invalid);
  });
});
