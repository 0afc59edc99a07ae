/** Linking, merging and unlinking identities, and the identity that a token proves. */
import { createHash } from "node:crypto";
import * as sdk from "@aws-sdk/client-cognito-identity";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serveLocal } from "../../../src/local/http.ts";
import { createLocalService } from "../../../src/local/service.ts";
import { createPool, developerProvider, region } from "../../support/client.ts";
import { googleToken, idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const own = "cognito-identity.amazonaws.com";

let client: sdk.CognitoIdentityClient;
let close: () => Promise<void>;
let pool: string;
let now = Date.now();

beforeAll(async () => {
  const server = await serveLocal(createLocalService({ clock: () => now }));
  client = new sdk.CognitoIdentityClient({
    region,
    endpoint: server.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
  close = server.close;
});
afterAll(async () => {
  client.destroy();
  await close();
});
beforeEach(async () => {
  pool = await createPool(client);
});

type Logins = Record<string, string>;

const getId = async (logins?: Logins) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId: pool, ...(logins && { Logins: logins }) }))).IdentityId ??
  "";
const developer = async (
  user: string,
  { id, logins = {}, ...rest }: { id?: string; logins?: Logins; PrincipalTags?: Logins; TokenDuration?: number } = {},
) => {
  const { IdentityId = "", Token = "" } = await client.send(
    new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: pool,
      Logins: { [developerProvider]: user, ...logins },
      ...(id !== undefined && { IdentityId: id }),
      ...rest,
    }),
  );
  return { id: IdentityId, token: Token };
};
const credentials = async (IdentityId: string, logins?: Logins) =>
  (await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId, ...(logins && { Logins: logins }) })))
    .IdentityId;
const openIdToken = async (IdentityId: string, logins?: Logins) =>
  (await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId, ...(logins && { Logins: logins }) }))).Token ?? "";
const unlink = (IdentityId: string, logins: Logins, ...LoginsToRemove: string[]) =>
  client.send(new sdk.UnlinkIdentityCommand({ IdentityId, Logins: logins, LoginsToRemove }));
const loginsOf = async (IdentityId: string) =>
  (await client.send(new sdk.DescribeIdentityCommand({ IdentityId }))).Logins ?? [];

const mismatch = {
  name: "NotAuthorizedException",
  message: "Logins don't match. Please include at least one valid login for this identity or identity pool.",
};
const forbidden = (id: string) => ({
  name: "NotAuthorizedException",
  message: `Access to Identity '${id}' is forbidden.`,
});

describe("a guest", () => {
  it("who signs in for the first time keeps the identity, which is then authenticated", async () => {
    const guest = await getId();
    expect(await credentials(guest, { [google]: googleToken("user") })).toBe(guest);
    expect(await getId({ [google]: googleToken("user") })).toBe(guest);
    await expect(credentials(guest)).rejects.toMatchObject(forbidden(guest));
  });

  it("who signs in as a known user gets the identity of that user", async () => {
    const known = await getId({ [google]: googleToken("user") });
    const guest = await getId();
    expect(await credentials(guest, { [google]: googleToken("user") })).toBe(known);
    await expect(credentials(guest)).rejects.toMatchObject(forbidden(guest));
    expect(await credentials(known, { [google]: googleToken("user") })).toBe(known);
  });

  it("needs a pool that still allows guests", async () => {
    const guest = await getId();
    await client.send(
      new sdk.UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "x",
        AllowUnauthenticatedIdentities: false,
      }),
    );
    await expect(credentials(guest)).rejects.toMatchObject({
      message: "Unauthenticated access is not supported for this identity pool.",
    });
  });
});

describe("several logins", () => {
  it("merge the identity of the second login into the identity of the call", async () => {
    const second = await getId({ [facebook]: "user" });
    const first = await getId({ [google]: googleToken("user") });
    expect(await credentials(first, { [google]: googleToken("user"), [facebook]: "user" })).toBe(first);
    await expect(credentials(second, { [facebook]: "user" })).rejects.toMatchObject(forbidden(second));
    expect((await loginsOf(first)).sort()).toEqual([google, facebook]);
    expect(await loginsOf(second)).toEqual([]);
  });

  it("all fail if one is invalid, and nothing is created or linked", async () => {
    const id = await getId({ [google]: googleToken("user") });
    await expect(credentials(id, { [google]: googleToken("user"), "www.amazon.com": "a" })).rejects.toMatchObject({
      message: "Token is not from a supported provider of this identity pool.",
    });
    await expect(getId({ [facebook]: "new", "www.amazon.com": "a" })).rejects.toThrow();
    const { Identities } = await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60 }));
    expect(Identities?.map(({ IdentityId, Logins: names }) => ({ IdentityId, names }))).toEqual([
      { IdentityId: id, names: [google] },
    ]);
  });

  it("of one provider by two users are a conflict, also for an identity that has one of them", async () => {
    const id = await getId({ [google]: googleToken("one"), [facebook]: "shared" });
    await expect(credentials(id, { [facebook]: "shared", [google]: googleToken("two") })).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    expect(await getId({ [google]: googleToken("two") })).not.toBe(id);
  });

  it("distinguish a subject from a token with the same text", async () => {
    const digest = createHash("sha256").update("opaque").digest("hex");
    const ids = new Set([await getId({ [facebook]: "opaque" })]);
    for (const sub of ["opaque", digest, `sha256 ${digest}`])
      ids.add(await getId({ [facebook]: idToken(facebook, "app.example", { sub }) }));
    expect(ids.size).toBe(4);
  });

  it("do not accept the developer provider as a public provider", async () =>
    await expect(getId({ [developerProvider]: "user" })).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Please provide a valid public provider",
    }));
});

describe("unlinking", () => {
  it("the last login makes the identity inaccessible", async () => {
    const id = await getId({ [google]: googleToken("user") });
    await unlink(id, { [google]: googleToken("user") }, google);
    await expect(credentials(id)).rejects.toMatchObject(forbidden(id));
    await expect(credentials(id, { [google]: googleToken("user") })).rejects.toMatchObject(mismatch);
    expect(await getId({ [google]: googleToken("user") })).not.toBe(id);
  });

  it("uses the given logins as proof, and links none of them", async () => {
    const id = await getId({ [google]: googleToken("user") });
    await unlink(id, { [google]: googleToken("user"), [facebook]: "new" }, "www.amazon.com");
    expect(await loginsOf(id)).toEqual([google]);
  });

  it("needs a login of the identity, also for a guest", async () => {
    const guest = await getId();
    await expect(unlink(guest, { [google]: googleToken("user") }, google)).rejects.toMatchObject(mismatch);
    await expect(unlink(guest, {}, google)).rejects.toMatchObject(mismatch);
    expect(await loginsOf(guest)).toEqual([]);
  });

  it("the last developer user makes the identity inaccessible", async () => {
    const { id, token } = await developer("user");
    await client.send(
      new sdk.UnlinkDeveloperIdentityCommand({
        IdentityId: id,
        IdentityPoolId: pool,
        DeveloperProviderName: developerProvider,
        DeveloperUserIdentifier: "user",
      }),
    );
    await expect(credentials(id)).rejects.toMatchObject(forbidden(id));
    expect((await developer("user")).id).not.toBe(id);
    expect(token).not.toBe("");
  });
});

describe("a developer user", () => {
  it("is not linked to an authenticated identity without one of its logins", async () => {
    const id = await getId({ [google]: googleToken("user") });
    await expect(developer("dev", { id })).rejects.toMatchObject(mismatch);
    await expect(developer("dev", { id, logins: { [google]: googleToken("another") } })).rejects.toMatchObject(
      mismatch,
    );
    expect((await developer("dev", { id, logins: { [google]: googleToken("user") } })).id).toBe(id);
    expect((await loginsOf(id)).sort()).toEqual([google, developerProvider].sort());
  });

  it("can be linked with public logins, and is found by either", async () => {
    const { id } = await developer("dev", { logins: { [google]: googleToken("user") } });
    expect(await getId({ [google]: googleToken("user") })).toBe(id);
    expect((await developer("dev")).id).toBe(id);
  });

  it("takes over the identity of a public login if both were known", async () => {
    const { id } = await developer("dev");
    const other = await getId({ [google]: googleToken("user") });
    expect((await developer("dev", { logins: { [google]: googleToken("user") } })).id).toBe(id);
    await expect(credentials(other, { [google]: googleToken("user") })).rejects.toMatchObject(forbidden(other));
  });

  it("counts as one of twenty logins", async () => {
    const { id } = await developer("user 0");
    for (let user = 1; user < 20; user += 1) await developer(`user ${user}`, { id });
    await expect(developer("user 20", { id })).rejects.toMatchObject({ name: "InvalidParameterException" });
    await developer("another");
    await expect(
      client.send(
        new sdk.MergeDeveloperIdentitiesCommand({
          IdentityPoolId: pool,
          DeveloperProviderName: developerProvider,
          SourceUserIdentifier: "another",
          DestinationUserIdentifier: "user 0",
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    expect((await developer("another")).id).not.toBe(id);
  });

  it("is not merged into an identity with another login of the same provider", async () => {
    const source = await developer("source", { logins: { [google]: googleToken("one") } });
    await developer("destination", { logins: { [google]: googleToken("two") } });
    await expect(
      client.send(
        new sdk.MergeDeveloperIdentitiesCommand({
          IdentityPoolId: pool,
          DeveloperProviderName: developerProvider,
          SourceUserIdentifier: "source",
          DestinationUserIdentifier: "destination",
        }),
      ),
    ).rejects.toMatchObject({ name: "ResourceConflictException" });
    expect(await getId({ [google]: googleToken("one") })).toBe(source.id);
  });

  it("who is unknown does not match an identity", async () => {
    const { id } = await developer("user");
    await expect(
      client.send(
        new sdk.LookupDeveloperIdentityCommand({
          IdentityPoolId: pool,
          IdentityId: id,
          DeveloperUserIdentifier: "nobody",
        }),
      ),
    ).rejects.toMatchObject({ name: "ResourceConflictException" });
  });
});

describe("a developer user's token", () => {
  it("authenticates that identity and links further logins", async () => {
    const { id, token } = await developer("user");
    expect(await credentials(id, { [own]: token, [google]: googleToken("user") })).toBe(id);
    expect(await getId({ [google]: googleToken("user") })).toBe(id);
    expect(decodeJwt(await openIdToken(id, { [own]: token }))["amr"]).toEqual([
      "authenticated",
      google,
      developerProvider,
      `${developerProvider}:${pool}:user`,
    ]);
  });

  it("authenticates no other identity", async () => {
    const { token } = await developer("user");
    const other = await developer("other");
    await expect(credentials(other.id, { [own]: token })).rejects.toMatchObject(mismatch);
  });

  it("is refused by GetId", async () => {
    const { token } = await developer("user");
    await expect(getId({ [own]: token })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Invalid login token. Can't pass in a Cognito token.",
    });
  });

  it("expires exactly after the requested time", async () => {
    const { id, token } = await developer("user", { TokenDuration: 60 });
    const { exp = 0, iat = 0 } = decodeJwt(token);
    expect(exp - iat).toBe(60);
    const start = now;
    now = exp * 1000 - 1;
    expect(await credentials(id, { [own]: token })).toBe(id);
    now = exp * 1000;
    await expect(credentials(id, { [own]: token })).rejects.toMatchObject({
      message: `Invalid login token. Token expired: ${exp} >= ${exp}`,
    });
    now = start;
  });

  it("contains the principal tags", async () => {
    const { token } = await developer("user", { PrincipalTags: { team: "blue" } });
    expect(decodeJwt(token)["https://aws.amazon.com/tags"]).toEqual({ principal_tags: { team: ["blue"] } });
    expect(decodeJwt((await developer("user")).token)).not.toHaveProperty("https://aws.amazon.com/tags");
  });

  it("is of this pool, and of a developer user", async () => {
    const { id } = await developer("user");
    const notOurs = { message: "Invalid login token. Not a Cognito token." };
    await expect(credentials(id, { [own]: "opaque" })).rejects.toMatchObject(notOurs);
    const publicUser = await getId({ [google]: googleToken("user") });
    const publicToken = await openIdToken(publicUser, { [google]: googleToken("user") });
    await expect(credentials(publicUser, { [own]: publicToken })).rejects.toMatchObject(notOurs);
    const home = pool;
    pool = await createPool(client);
    const { token } = await developer("user");
    pool = home;
    await expect(credentials(id, { [own]: token })).rejects.toMatchObject(notOurs);
  });

  it("of another service is not verified", async () => {
    const { id } = await developer("user");
    const server = await serveLocal(createLocalService());
    const elsewhere = new sdk.CognitoIdentityClient({
      region,
      endpoint: server.url,
      credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
    });
    const { Token = "" } = await elsewhere.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: await createPool(elsewhere),
        Logins: { [developerProvider]: "user" },
      }),
    );
    elsewhere.destroy();
    await server.close();
    await expect(credentials(id, { [own]: Token })).rejects.toMatchObject({
      message: "Invalid login token. Couldn't verify signed token.",
    });
  });
});
