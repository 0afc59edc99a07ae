/** The AWS SDK drives every operation of the embedded service over HTTP. Calls succeed and fail as with AWS. */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  arnOf,
  createPool,
  developerProvider,
  guestRole,
  region,
  type Service,
  startService,
  userRole,
} from "../support/client.ts";
import { googleToken, idToken } from "../support/tokens.ts";

const nowhere = `${region}:00000000-0000-4000-8000-000000000000`;
const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const cognito = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";

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

const getId = async (Logins?: Record<string, string>, IdentityPoolId = pool) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId, ...(Logins && { Logins }) }))).IdentityId ?? "";
const developer = async (user: string, IdentityId?: string) =>
  await client.send(
    new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: pool,
      Logins: { [developerProvider]: user },
      ...(IdentityId !== undefined && { IdentityId }),
    }),
  );
const describePool = () => client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: pool }));
const credentials = (IdentityId: string, Logins?: Record<string, string>) =>
  client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId, ...(Logins && { Logins }) }));
const notFound = { name: "ResourceNotFoundException", $metadata: { httpStatusCode: 400 } };

describe("pools", () => {
  const full = {
    IdentityPoolName: "full",
    AllowUnauthenticatedIdentities: false,
    AllowClassicFlow: true,
    SupportedLoginProviders: { [google]: "app" },
    DeveloperProviderName: "dev",
    OpenIdConnectProviderARNs: ["arn:aws:iam::000000000000:oidc-provider/idp.example.com"],
    CognitoIdentityProviders: [{ ProviderName: cognito, ClientId: "client", ServerSideTokenCheck: true }],
    SamlProviderARNs: ["arn:aws:iam::000000000000:saml-provider/idp"],
    IdentityPoolTags: { a: "b" },
  };

  it("are described as they were created", async () => {
    const { $metadata, ...created } = await client.send(new sdk.CreateIdentityPoolCommand(full));
    expect(created).toEqual({ ...full, IdentityPoolId: expect.stringMatching(/^eu-west-1:[0-9a-f-]{36}$/) });
    expect($metadata.requestId).toBeDefined();
    const { $metadata: _, ...described } = await client.send(
      new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: created.IdentityPoolId }),
    );
    expect(described).toEqual(created);
  });

  it("are replaced by an update, except the developer provider and the tags", async () => {
    const { IdentityPoolId } = await client.send(new sdk.CreateIdentityPoolCommand(full));
    const { $metadata: _, ...updated } = await client.send(
      new sdk.UpdateIdentityPoolCommand({
        IdentityPoolId,
        IdentityPoolName: "bare",
        AllowUnauthenticatedIdentities: true,
      }),
    );
    expect(updated).toEqual({
      IdentityPoolId,
      IdentityPoolName: "bare",
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: "dev",
      IdentityPoolTags: { a: "b" },
    });
  });

  it("keep their developer provider name", async () => {
    await expect(
      client.send(
        new sdk.UpdateIdentityPoolCommand({
          IdentityPoolId: pool,
          IdentityPoolName: "x",
          AllowUnauthenticatedIdentities: true,
          DeveloperProviderName: "another",
        }),
      ),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("refuse an invalid provider name", async () => {
    for (const ProviderName of ["eu_west_1", "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a"])
      await expect(
        client.send(new sdk.CreateIdentityPoolCommand({ ...full, CognitoIdentityProviders: [{ ProviderName }] })),
      ).rejects.toMatchObject({ name: "InvalidParameterException", message: "Invalid Cognito Identity Provider" });
  });

  it("are listed by region, page by page, in the order of their creation", async () => {
    await using own = await startService();
    const made: (string | undefined)[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) made.push(await createPool(own.sdk, name));
    const listed: (string | undefined)[] = [];
    for await (const { IdentityPools = [] } of sdk.paginateListIdentityPools(
      { client: own.sdk, pageSize: 2 },
      { MaxResults: 2 },
    )) {
      expect(IdentityPools.length).toBeLessThanOrEqual(2);
      listed.push(...IdentityPools.map(({ IdentityPoolId }) => IdentityPoolId));
    }
    expect(listed).toEqual(made);
    const elsewhere = new sdk.CognitoIdentityClient({
      region: "us-east-1",
      endpoint: own.url,
      credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
    });
    expect((await elsewhere.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 60 }))).IdentityPools).toEqual([]);
    await expect(
      elsewhere.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId: made[0] })),
    ).rejects.toMatchObject(notFound);
    const { IdentityId } = await own.sdk.send(new sdk.GetIdCommand({ IdentityPoolId: made[0] }));
    await expect(elsewhere.send(new sdk.DescribeIdentityCommand({ IdentityId }))).rejects.toMatchObject(notFound);
    expect(
      await elsewhere.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId ?? ""] })),
    ).toMatchObject({ UnprocessedIdentityIds: [{ IdentityId, ErrorCode: "AccessDenied" }] });
    elsewhere.destroy();
    await expect(
      own.sdk.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 1, NextToken: "forged" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });

  it("are deleted with everything in them", async () => {
    const IdentityId = await getId();
    await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId: pool }));
    await expect(describePool()).rejects.toMatchObject({
      ...notFound,
      message: `IdentityPool '${pool}' not found.`,
    });
    await expect(client.send(new sdk.DescribeIdentityCommand({ IdentityId }))).rejects.toMatchObject({
      ...notFound,
      message: `Identity '${IdentityId}' not found.`,
    });
    await expect(client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId: pool }))).rejects.toMatchObject(
      notFound,
    );
  });
});

describe("identities", () => {
  it("are new for each guest, and refused where guests are not allowed", async () => {
    expect(await getId()).not.toBe(await getId());
    await client.send(
      new sdk.UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "x",
        AllowUnauthenticatedIdentities: false,
      }),
    );
    await expect(getId()).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Unauthenticated access is not supported for this identity pool.",
    });
  });

  it("are the same for the same user, whatever the token", async () => {
    const token = (provider: string, claims: Record<string, unknown>) => idToken(provider, "app.example", claims);
    const first = await getId({ [google]: token(google, { sub: "user", nonce: 1 }) });
    expect(await getId({ [google]: token(google, { sub: "user", nonce: 2 }) })).toBe(first);
    expect(await getId({ [google]: token(google, { sub: "another" }) })).not.toBe(first);
    expect(await getId({ [facebook]: token(facebook, { sub: "user" }) })).not.toBe(first);
  });

  it("need a provider that the pool has", async () => {
    await expect(getId({ "www.amazon.com": "a" })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: "Token is not from a supported provider of this identity pool.",
    });
    const { IdentityPoolId } = await client.send(
      new sdk.CreateIdentityPoolCommand({ IdentityPoolName: "bare", AllowUnauthenticatedIdentities: true }),
    );
    await expect(getId({ [google]: googleToken("a") }, IdentityPoolId)).rejects.toMatchObject({
      message: `Identity pool - ${IdentityPoolId} does not have identity providers configured.`,
    });
  });

  it("link the logins of one call, and merge if they belonged to two identities", async () => {
    const first = await getId({ [google]: googleToken("google-user") });
    const second = await getId({ [facebook]: "facebook-user" });
    expect(second).not.toBe(first);
    expect(await getId({ [google]: googleToken("google-user"), [facebook]: "facebook-user" })).toBe(first);
    expect(await getId({ [facebook]: "facebook-user" })).toBe(first);
    expect((await client.send(new sdk.DescribeIdentityCommand({ IdentityId: first }))).Logins?.sort()).toEqual([
      google,
      facebook,
    ]);
    await expect(credentials(second, { [facebook]: "facebook-user" })).rejects.toMatchObject({
      name: "NotAuthorizedException",
      message: `Access to Identity '${second}' is forbidden.`,
    });
  });

  it("have one login per provider: a second user is a conflict, and changes nothing", async () => {
    const first = await getId({ [google]: googleToken("one"), [facebook]: "shared" });
    const second = await getId({ [google]: googleToken("two") });
    await expect(getId({ [google]: googleToken("two"), [facebook]: "shared" })).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    expect(await getId({ [google]: googleToken("one") })).toBe(first);
    expect(await getId({ [google]: googleToken("two") })).toBe(second);
  });

  it("are listed, with or without the disabled, and described without tokens", async () => {
    const first = await getId({ [google]: googleToken("google-user") });
    const merged = await getId({ [facebook]: "facebook-user" });
    await getId({ [google]: googleToken("google-user"), [facebook]: "facebook-user" });
    const ids = async (HideDisabled: boolean) =>
      (
        await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60, HideDisabled }))
      ).Identities?.map(({ IdentityId }) => IdentityId);
    expect(await ids(false)).toEqual([first, merged]);
    expect(await ids(true)).toEqual([first]);
    const described = await client.send(new sdk.DescribeIdentityCommand({ IdentityId: first }));
    expect(described.CreationDate).toBeInstanceOf(Date);
    expect(JSON.stringify(described)).not.toContain("google-user");
  });

  it("are deleted, and unknown ones are returned as unprocessed", async () => {
    const IdentityId = await getId({ [google]: googleToken("user") });
    const { UnprocessedIdentityIds } = await client.send(
      new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId, nowhere] }),
    );
    expect(UnprocessedIdentityIds).toEqual([{ IdentityId: nowhere, ErrorCode: "AccessDenied" }]);
    expect(await getId({ [google]: googleToken("user") })).not.toBe(IdentityId);
  });

  it("lose a login that is unlinked, by a caller who proves a login", async () => {
    const Logins = { [google]: googleToken("google-user"), [facebook]: "facebook-user" };
    const IdentityId = await getId(Logins);
    await expect(
      client.send(
        new sdk.UnlinkIdentityCommand({
          IdentityId,
          Logins: { [google]: googleToken("another") },
          LoginsToRemove: [facebook],
        }),
      ),
    ).rejects.toMatchObject({ name: "NotAuthorizedException" });
    await client.send(
      new sdk.UnlinkIdentityCommand({
        IdentityId,
        Logins: { [google]: googleToken("google-user") },
        LoginsToRemove: [facebook],
      }),
    );
    expect(await getId({ [facebook]: "facebook-user" })).not.toBe(IdentityId);
    expect(await getId({ [google]: googleToken("google-user") })).toBe(IdentityId);
  });
});

describe("credentials and tokens", () => {
  it("are vended to a guest, for an hour", async () => {
    const { Credentials } = await credentials(await getId());
    expect(Credentials?.AccessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(Credentials?.SecretKey).toHaveLength(40);
    expect(Credentials?.SessionToken).toMatch(/^IQoJ/);
    const left = (Credentials?.Expiration?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(3_500_000);
    expect(left).toBeLessThanOrEqual(3_600_000);
  });

  it("need a login of the identity, and link a new login of the same call", async () => {
    const IdentityId = await getId({ [google]: googleToken("google-user") });
    await expect(credentials(IdentityId)).rejects.toMatchObject({
      message: `Access to Identity '${IdentityId}' is forbidden.`,
    });
    for (const Logins of [{ [google]: googleToken("another") }, { [facebook]: "facebook-user" }])
      await expect(credentials(IdentityId, Logins)).rejects.toMatchObject({
        message: expect.stringMatching(/^Logins don't match/),
      });
    await credentials(IdentityId, { [google]: googleToken("google-user"), [facebook]: "facebook-user" });
    expect(await getId({ [facebook]: "facebook-user" })).toBe(IdentityId);
  });

  it("need a role for the kind of identity", async () => {
    await client.send(
      new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles: { authenticated: userRole } }),
    );
    await expect(credentials(await getId())).rejects.toMatchObject({
      name: "InvalidIdentityPoolConfigurationException",
      message: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
    });
    const Logins = { [google]: googleToken("google-user") };
    expect((await credentials(await getId(Logins), Logins)).Credentials).toBeDefined();
  });

  it("an OpenID token is a real RS512 token with the claims of AWS", async () => {
    const IdentityId = await getId({ [google]: googleToken("google-user") });
    const { Token = "" } = await client.send(
      new sdk.GetOpenIdTokenCommand({ IdentityId, Logins: { [google]: googleToken("google-user") } }),
    );
    expect(decodeProtectedHeader(Token)).toEqual({ kid: expect.any(String), typ: "JWS", alg: "RS512" });
    const claims = decodeJwt(Token);
    expect(claims).toMatchObject({
      iss: "https://cognito-identity.amazonaws.com",
      aud: pool,
      sub: IdentityId,
      amr: ["authenticated", google],
    });
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(600);
    const guest = await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId: await getId() }));
    expect(decodeJwt(guest.Token ?? "")["amr"]).toEqual(["unauthenticated"]);
  });

  it("the classic flow is closed by false, and open when unset", async () => {
    const IdentityId = await getId();
    await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId }));
    await client.send(
      new sdk.UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "x",
        AllowUnauthenticatedIdentities: true,
        AllowClassicFlow: false,
      }),
    );
    await expect(client.send(new sdk.GetOpenIdTokenCommand({ IdentityId }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: "Basic (classic) flow is not enabled, please use enhanced flow.",
    });
  });
});

describe("developer identities", () => {
  const lookup = (input: {
    IdentityId?: string;
    DeveloperUserIdentifier?: string;
    MaxResults?: number;
    NextToken?: string;
  }) => client.send(new sdk.LookupDeveloperIdentityCommand({ IdentityPoolId: pool, ...input }));

  it("are created once per user, and their token authenticates the identity", async () => {
    const { IdentityId = "", Token = "" } = await developer("user");
    expect((await developer("user")).IdentityId).toBe(IdentityId);
    const claims = decodeJwt(Token);
    expect(claims["amr"]).toEqual(["authenticated", developerProvider, `${developerProvider}:${pool}:user`]);
    expect((claims.exp ?? 0) - (claims.iat ?? 0)).toBe(900);
    const Logins = { "cognito-identity.amazonaws.com": Token };
    expect((await credentials(IdentityId, Logins)).IdentityId).toBe(IdentityId);
    await expect(credentials(IdentityId, { "cognito-identity.amazonaws.com": `${Token}x` })).rejects.toMatchObject({
      message: "Invalid login token. Couldn't verify signed token.",
    });
    expect((await client.send(new sdk.DescribeIdentityCommand({ IdentityId }))).Logins).toEqual([developerProvider]);
  });

  it("need the pool's developer provider", async () => {
    await expect(
      client.send(
        new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { other: "user" } }),
      ),
    ).rejects.toMatchObject({ message: "This identity pool does not support the specified developer provider" });
  });

  it("are linked to the identity named, unless they belong to another", async () => {
    const guest = await getId();
    expect((await developer("user", guest)).IdentityId).toBe(guest);
    await expect(developer("user", await getId())).rejects.toMatchObject({
      name: "DeveloperUserAlreadyRegisteredException",
    });
    await expect(developer("user", nowhere)).rejects.toMatchObject(notFound);
  });

  it("are found by user or by identity, page by page", async () => {
    const { IdentityId = "" } = await developer("a");
    await developer("b", IdentityId);
    await developer("c", IdentityId);
    expect(await lookup({ DeveloperUserIdentifier: "b" })).toMatchObject({
      IdentityId,
      DeveloperUserIdentifierList: ["b"],
    });
    const first = await lookup({ IdentityId, MaxResults: 2 });
    const { NextToken = "" } = first;
    const second = await lookup({ IdentityId, MaxResults: 2, NextToken });
    expect([first.DeveloperUserIdentifierList, second.DeveloperUserIdentifierList]).toEqual([["a", "b"], ["c"]]);
    expect(second.NextToken).toBeUndefined();
    await expect(lookup({})).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(lookup({ IdentityId: await getId(), DeveloperUserIdentifier: "b" })).rejects.toMatchObject({
      name: "ResourceConflictException",
    });
    await expect(lookup({ DeveloperUserIdentifier: "nobody" })).rejects.toMatchObject(notFound);
  });

  it("merge: users and logins move, the source is disabled", async () => {
    const source = (await developer("source")).IdentityId ?? "";
    const destination = (await developer("destination")).IdentityId ?? "";
    const merge = (SourceUserIdentifier: string, DestinationUserIdentifier: string) =>
      client.send(
        new sdk.MergeDeveloperIdentitiesCommand({
          IdentityPoolId: pool,
          DeveloperProviderName: developerProvider,
          SourceUserIdentifier,
          DestinationUserIdentifier,
        }),
      );
    expect((await merge("source", "destination")).IdentityId).toBe(destination);
    expect((await lookup({ DeveloperUserIdentifier: "source" })).IdentityId).toBe(destination);
    await expect(credentials(source)).rejects.toMatchObject({
      message: `Access to Identity '${source}' is forbidden.`,
    });
    await expect(merge("nobody", "destination")).rejects.toMatchObject(notFound);
    await expect(merge("source", "destination")).rejects.toMatchObject({ name: "ResourceConflictException" });
  });

  it("are unlinked from their own identity only", async () => {
    const { IdentityId = "" } = await developer("user");
    const unlink = (id: string) =>
      client.send(
        new sdk.UnlinkDeveloperIdentityCommand({
          IdentityId: id,
          IdentityPoolId: pool,
          DeveloperProviderName: developerProvider,
          DeveloperUserIdentifier: "user",
        }),
      );
    await expect(unlink(await getId())).rejects.toMatchObject({ name: "ResourceConflictException" });
    await unlink(IdentityId);
    await expect(lookup({ DeveloperUserIdentifier: "user" })).rejects.toMatchObject(notFound);
  });
});

describe("roles", () => {
  const rule = { Claim: "aud", MatchType: "Equals", Value: "x", RoleARN: userRole } as const;
  const set = (RoleMappings?: Record<string, sdk.RoleMapping>, Roles: Record<string, string> = {}) =>
    client.send(
      new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles, ...(RoleMappings && { RoleMappings }) }),
    );

  it("are replaced as a whole", async () => {
    await set({ [google]: { Type: "Token", AmbiguousRoleResolution: "Deny" } }, { unauthenticated: guestRole });
    await set(undefined, { authenticated: userRole });
    const { Roles, RoleMappings } = await client.send(new sdk.GetIdentityPoolRolesCommand({ IdentityPoolId: pool }));
    expect({ Roles, RoleMappings }).toEqual({ Roles: { authenticated: userRole }, RoleMappings: undefined });
  });

  it.each<[string, Record<string, sdk.RoleMapping>, RegExp]>([
    [
      "a provider that the pool does not have",
      { [cognito]: { Type: "Token", AmbiguousRoleResolution: "Deny" } },
      /is not a valid RoleMapping ProviderName or is not a configured provider\.$/,
    ],
    ["no resolution", { [google]: { Type: "Token" } }, /AmbiguousRoleResolution/],
    ["rules without rules", { [google]: { Type: "Rules", AmbiguousRoleResolution: "Deny" } }, /RulesConfiguration/],
    [
      "26 rules",
      {
        [google]: {
          Type: "Rules",
          AmbiguousRoleResolution: "Deny",
          RulesConfiguration: { Rules: Array(26).fill(rule) },
        },
      },
      /25 rules/,
    ],
  ])("refuse a mapping with %s", async (_, mappings, message) => {
    await expect(set(mappings)).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringMatching(message),
    });
  });
});

describe("principal tags", () => {
  const provider = () => ({ IdentityPoolId: pool, IdentityProviderName: google });
  const get = (IdentityProviderName = google) =>
    client.send(new sdk.GetPrincipalTagAttributeMapCommand({ IdentityPoolId: pool, IdentityProviderName }));

  it("are replaced as a whole, or are the defaults", async () => {
    expect(await get()).toMatchObject({ ...provider(), UseDefaults: false });
    await client.send(new sdk.SetPrincipalTagAttributeMapCommand({ ...provider(), PrincipalTags: { a: "x", b: "y" } }));
    await client.send(new sdk.SetPrincipalTagAttributeMapCommand({ ...provider(), PrincipalTags: { c: "z" } }));
    expect((await get()).PrincipalTags).toEqual({ c: "z" });
    await client.send(new sdk.SetPrincipalTagAttributeMapCommand({ ...provider(), UseDefaults: true }));
    expect(await get()).toMatchObject({ UseDefaults: true, PrincipalTags: { client: "aud", username: "sub" } });
  });

  it("need a provider that the pool has", async () =>
    await expect(get("www.amazon.com")).rejects.toMatchObject({ name: "InvalidParameterException" }));
});

describe("tags", () => {
  const list = async (ResourceArn = arnOf(pool)) =>
    (await client.send(new sdk.ListTagsForResourceCommand({ ResourceArn }))).Tags;

  it("are added, replaced and removed, per pool", async () => {
    await client.send(new sdk.TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { stage: "prod", a: "" } }));
    expect(await list()).toEqual({ stage: "prod", a: "" });
    await client.send(new sdk.UntagResourceCommand({ ResourceArn: arnOf(pool), TagKeys: ["stage", "none"] }));
    expect((await describePool()).IdentityPoolTags).toEqual({ a: "" });
  });

  it("are fifty at most", async () => {
    const Tags = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`k${index}`, "v"]));
    await expect(client.send(new sdk.TagResourceCommand({ ResourceArn: arnOf(pool), Tags }))).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
    expect(await list()).toEqual({ stage: "test" });
  });

  it("need an ARN of a pool of this account and region", async () => {
    for (const denied of ["arn:aws:s3:::a-bucket-somewhere", arnOf(pool, "111111111111")])
      await expect(list(denied)).rejects.toMatchObject({ name: "AccessDeniedException" });
    await expect(list(arnOf(nowhere))).rejects.toMatchObject(notFound);
    await expect(list(arnOf(pool).replace(region, "us-east-1"))).rejects.toMatchObject(notFound);
  });
});
