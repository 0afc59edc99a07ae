/**
 * Suites that others wrote for identity pools, as sequences of calls and values: docs/other-suites.md lists their results. The
 * cases that this service refuses, as AWS does, are tested for the refusal.
 */
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createLoginToken } from "../../src/local/start.ts";
import { type Service, startService } from "../support/client.ts";

let service: Service;
let client: sdk.CognitoIdentityClient;
const region = "us-west-2";

beforeAll(async () => {
  service = await startService();
  client = new sdk.CognitoIdentityClient({
    region,
    endpoint: service.url,
    credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
  });
});
afterAll(async () => {
  client.destroy();
  await service[Symbol.asyncDispose]();
});

const create = async (input: Partial<sdk.CreateIdentityPoolCommandInput> = {}) => {
  const defaults = { IdentityPoolName: "identity pool test", AllowUnauthenticatedIdentities: false };
  const { $metadata: _, ...pool } = await client.send(new sdk.CreateIdentityPoolCommand({ ...defaults, ...input }));
  return pool;
};
const describePool = async (IdentityPoolId: string | undefined) => {
  const { $metadata: _, ...pool } = await client.send(new sdk.DescribeIdentityPoolCommand({ IdentityPoolId }));
  return pool;
};
const update = (IdentityPoolId: string | undefined, input: Partial<sdk.UpdateIdentityPoolCommandInput>) =>
  client.send(
    new sdk.UpdateIdentityPoolCommand({
      IdentityPoolId,
      IdentityPoolName: "identity pool test",
      AllowUnauthenticatedIdentities: false,
      ...input,
    }),
  );
const setRoles = (IdentityPoolId: string | undefined, rest: Partial<sdk.SetIdentityPoolRolesCommandInput> = {}) =>
  client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: roles, ...rest }));
const roles = {
  authenticated: "arn:aws:iam::111111111111:role/Cognito_MyIdentityPoolAuth_Role",
  unauthenticated: "arn:aws:iam::111111111111:role/Cognito_MyIdentityPoolUnauth_Role",
};

describe("moto (tests/test_cognitoidentity/test_cognitoidentity.py)", () => {
  const valid = {
    SupportedLoginProviders: { "graph.facebook.com": "123456789012345" },
    DeveloperProviderName: "devname",
  };

  it("create_identity_pool, describe_identity_pool, update_identity_pool, delete: with a valid provider", async () => {
    const made = await create(valid);
    expect(await describePool(made.IdentityPoolId)).toEqual(made);
    const changed = {
      ...valid,
      SupportedLoginProviders: { "graph.facebook.com": "other" },
      IdentityPoolTags: { k: "v" },
    };
    await update(made.IdentityPoolId, changed);
    expect(await describePool(made.IdentityPoolId)).toMatchObject(changed);
    const { IdentityPools } = await client.send(new sdk.ListIdentityPoolsCommand({ MaxResults: 60 }));
    expect(IdentityPools?.map(({ IdentityPoolId }) => IdentityPoolId)).toContain(made.IdentityPoolId);
    await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId: made.IdentityPoolId }));
    await expect(describePool(made.IdentityPoolId)).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("create_identity_pool with the provider `testprovider` and ARNs of databases is refused, as by AWS", async () => {
    const CognitoIdentityProviders = [{ ProviderName: "testprovider", ClientId: "CLIENT12345" }];
    await expect(create({ ...valid, CognitoIdentityProviders })).rejects.toMatchObject({
      message: "Invalid Cognito Identity Provider",
    });
    const SamlProviderARNs = ["arn:aws:rds:eu-west-2:123456789012:db:mysql-db"];
    await expect(create({ ...valid, SamlProviderARNs })).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });

  it("describe_identity_pool with an invalid id raises an error, that of the pattern", async () => {
    await expect(describePool("us-west-2_non-existent")).rejects.toMatchObject({ name: "ValidationException" });
  });

  it("get_id, get_credentials and get_open_id_token of what does not exist are refused, as by AWS", async () => {
    const calls = [
      () => client.send(new sdk.GetIdCommand({ IdentityPoolId: "us-west-2:12345", Logins: { someurl: "12345" } })),
      () => client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId: "us-west-2:12345" })),
      () => client.send(new sdk.GetOpenIdTokenCommand({ IdentityId: "us-west-2:12345", Logins: { someurl: "12345" } })),
      () =>
        client.send(
          new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
            IdentityPoolId: "us-west-2:12345",
            Logins: { someurl: "12345" },
            TokenDuration: 123,
          }),
        ),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("get_id, get_credentials, both tokens and list_identities work on a pool that exists", async () => {
    const { IdentityPoolId } = await create({ ...valid, AllowUnauthenticatedIdentities: true });
    await setRoles(IdentityPoolId);
    const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId }));
    expect(IdentityId).toMatch(/^us-west-2:/);
    const { Credentials } = await client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId }));
    expect(Credentials?.Expiration?.getTime()).toBeGreaterThan(Date.now());
    expect((await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId }))).Token?.length).toBeGreaterThan(0);
    const developer = await client.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId,
        IdentityId,
        Logins: { devname: "12345" },
        TokenDuration: 123,
      }),
    );
    expect(developer).toMatchObject({ IdentityId, Token: expect.stringMatching(/^eyJ/) });
    const { Identities } = await client.send(new sdk.ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60 }));
    expect(Identities?.map((identity) => identity.IdentityId)).toEqual([IdentityId]);
  });
});

describe("the Terraform provider (internal/service/cognitoidentity/*_test.go)", () => {
  const provider = (client: string, pool: string) => ({
    ClientId: client,
    ProviderName: `cognito-idp.${region}.amazonaws.com/${region}_${pool}`,
    ServerSideTokenCheck: false,
  });
  const providers = [
    provider("7lhlkkfbfb4q5kpp90urffao", "Ab129faBb"),
    provider("7lhlkkfbfb4q5kpp90urffao", "Zr231apJu"),
  ];
  const oidc = (host: string) => `arn:aws:iam::123456789012:oidc-provider/${host}`;

  /** The steps of a test: after each one, the pool is the same pool and has just these members. */
  async function steps(...all: Partial<sdk.CreateIdentityPoolCommandInput>[]) {
    const [first = {}, ...rest] = all;
    const { IdentityPoolId, ...made } = await create(first);
    const bare = {
      IdentityPoolName: "identity pool test",
      AllowUnauthenticatedIdentities: false,
      IdentityPoolTags: {},
    };
    expect(made).toEqual({ ...bare, ...first });
    for (const step of [...rest, {}]) {
      await update(IdentityPoolId, step);
      expect(await describePool(IdentityPoolId)).toEqual({ IdentityPoolId, ...bare, ...step });
    }
  }

  it("basic and supportedLoginProviders", () =>
    steps(
      { SupportedLoginProviders: { "graph.facebook.com": "7346241598935555" } },
      {
        SupportedLoginProviders: {
          "graph.facebook.com": "7346241598935552",
          "accounts.google.com": "123456789012.apps.googleusercontent.com",
        },
      },
    ));
  it("openidConnectProviderARNs, of an account that is not the caller's", () =>
    steps(
      { OpenIdConnectProviderARNs: [oidc("server.example.com")] },
      { OpenIdConnectProviderARNs: [oidc("modified-1.example.com"), oidc("modified-2.example.com")] },
    ));
  it("samlProviderARNs", () =>
    steps(
      { SamlProviderARNs: ["arn:aws:iam::000000000000:saml-provider/default"] },
      { SamlProviderARNs: ["arn:aws:iam::000000000000:saml-provider/secondary"] },
    ));
  it("cognitoIdentityProviders", () =>
    steps(
      { CognitoIdentityProviders: providers },
      { CognitoIdentityProviders: [provider("6lhlkkfbfb4q5kpp90urffae", "Zr231apJu")] },
    ));
  it("addingNewProviderKeepsOldProvider", () =>
    steps(
      { CognitoIdentityProviders: providers },
      { CognitoIdentityProviders: providers, OpenIdConnectProviderARNs: [oidc("server.example.com")] },
    ));
  it("DeveloperProviderName: a new name needs a new pool", async () => {
    const { IdentityPoolId } = await create({ DeveloperProviderName: "first" });
    await expect(update(IdentityPoolId, { DeveloperProviderName: "second" })).rejects.toMatchObject({
      name: "InvalidParameterException",
    });
  });
  it("tags are added, changed and removed through the tag operations", async () => {
    const { IdentityPoolId = "" } = await create({ IdentityPoolTags: { key1: "value1" } });
    const ResourceArn = `arn:aws:cognito-identity:${region}:000000000000:identitypool/${IdentityPoolId}`;
    await client.send(new sdk.TagResourceCommand({ ResourceArn, Tags: { key1: "value1updated", key2: "value2" } }));
    expect((await describePool(IdentityPoolId)).IdentityPoolTags).toEqual({ key1: "value1updated", key2: "value2" });
    await client.send(new sdk.UntagResourceCommand({ ResourceArn, TagKeys: ["key1"] }));
    expect((await describePool(IdentityPoolId)).IdentityPoolTags).toEqual({ key2: "value2" });
  });

  it("pool_provider_principal_tag: basic, updated, disappears, and an OpenID Connect provider by its ARN", async () => {
    const arn = "arn:aws:iam::000000000000:oidc-provider/accounts.example.com";
    const [first] = providers;
    const { IdentityPoolId } = await create({
      OpenIdConnectProviderARNs: [arn],
      CognitoIdentityProviders: providers,
      SupportedLoginProviders: { "accounts.google.com": "new-client-id-url.apps.googleusercontent.com" },
    });
    for (const IdentityProviderName of [first?.ProviderName ?? "", arn])
      for (const PrincipalTags of [{ test: "value" }, { test: "value", new: "map" }, {}]) {
        const map = { IdentityPoolId, IdentityProviderName, UseDefaults: false };
        await client.send(new sdk.SetPrincipalTagAttributeMapCommand({ ...map, PrincipalTags }));
        const read = await client.send(new sdk.GetPrincipalTagAttributeMapCommand(map));
        expect(read.PrincipalTags ?? {}).toEqual(PrincipalTags);
      }
  });

  it("pool_roles_attachment: roles, then mappings by token and by rules, and errors without their members", async () => {
    const { IdentityPoolId } = await create({ CognitoIdentityProviders: providers });
    const key = `${providers[0]?.ProviderName}:${providers[0]?.ClientId}`;
    const rule = { Claim: "isAdmin", MatchType: "Equals", Value: "paid", RoleARN: roles.authenticated } as const;
    const rulesOf = (...Rules: sdk.MappingRule[]) => ({ RulesConfiguration: { Rules } });
    const byRules = { Type: "Rules", AmbiguousRoleResolution: "AuthenticatedRole" } as const;
    const mappings: (sdk.RoleMapping | undefined)[] = [
      undefined,
      { ...byRules, ...rulesOf(rule) },
      { ...byRules, ...rulesOf(rule, { ...rule, Value: "foo" }) },
      { Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" },
    ];
    for (const mapping of mappings) {
      await setRoles(IdentityPoolId, mapping && { RoleMappings: { [key]: mapping } });
      const { RoleMappings } = await client.send(new sdk.GetIdentityPoolRolesCommand({ IdentityPoolId }));
      expect(RoleMappings).toEqual(mapping && { [key]: mapping });
    }
    for (const mapping of [{ Type: "Token" }, { ...byRules }] as const)
      await expect(setRoles(IdentityPoolId, { RoleMappings: { [key]: mapping } })).rejects.toMatchObject({
        name: "InvalidParameterException",
      });
  });
});

describe("the documented examples of the AWS CLI (awscli/examples/cognito-identity)", () => {
  const userPool = {
    ProviderName: "cognito-idp.us-west-2.amazonaws.com/us-west-2_aaaaaaaaa",
    ClientId: "3n4b5urk1ft4fl3mg5e62d9ado",
    ServerSideTokenCheck: false,
  };
  it("create-identity-pool, but that a pool has empty tags since 2020", async () => {
    expect(await create({ IdentityPoolName: "MyIdentityPool", CognitoIdentityProviders: [userPool] })).toEqual({
      IdentityPoolId: expect.stringMatching(/^us-west-2:/),
      IdentityPoolName: "MyIdentityPool",
      AllowUnauthenticatedIdentities: false,
      CognitoIdentityProviders: [userPool],
      IdentityPoolTags: {},
    });
  });
  it("set-identity-pool-roles and get-identity-pool-roles", async () => {
    const { IdentityPoolId } = await create();
    await setRoles(IdentityPoolId);
    const { $metadata: _, ...read } = await client.send(new sdk.GetIdentityPoolRolesCommand({ IdentityPoolId }));
    expect(read).toEqual({ IdentityPoolId, Roles: roles });
  });
  it("delete-identities and delete-identity-pool", async () => {
    const { IdentityPoolId } = await create({ AllowUnauthenticatedIdentities: true });
    const { IdentityId = "" } = await client.send(new sdk.GetIdCommand({ IdentityPoolId }));
    const deleted = await client.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId] }));
    expect(deleted.UnprocessedIdentityIds).toEqual([]);
    await client.send(new sdk.DeleteIdentityPoolCommand({ IdentityPoolId }));
  });
});

describe("the credential providers of the AWS SDK and Amplify's fetchAuthSession, as their calls", () => {
  const provider = `cognito-idp.${region}.amazonaws.com/${region}_AbCdEf`;
  const token = createLoginToken({ provider, audience: "client", subject: "user" });
  const Logins = { [provider]: token };
  let IdentityPoolId: string | undefined;
  beforeAll(async () => {
    const made = await create({
      AllowUnauthenticatedIdentities: true,
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId: "client" }],
    });
    IdentityPoolId = made.IdentityPoolId;
    await setRoles(IdentityPoolId);
  });
  const getId = async (logins?: Record<string, string>) =>
    (await client.send(new sdk.GetIdCommand({ IdentityPoolId, ...(logins && { Logins: logins }) }))).IdentityId ?? "";
  const credentials = (IdentityId: string, logins?: Record<string, string>, CustomRoleArn?: string) =>
    client.send(
      new sdk.GetCredentialsForIdentityCommand({
        IdentityId,
        ...(logins && { Logins: logins }),
        ...(CustomRoleArn !== undefined && { CustomRoleArn }),
      }),
    );

  it("fromCognitoIdentityPool: an id once, then credentials with access key, secret, session and expiry", async () => {
    const id = await getId(Logins);
    const { Credentials, IdentityId } = await credentials(id, Logins);
    expect(IdentityId).toBe(id);
    expect(Object.keys(Credentials ?? {}).sort()).toEqual(["AccessKeyId", "Expiration", "SecretKey", "SessionToken"]);
  });
  it("fromCognitoIdentity with customRoleArn: one that the token does not name is refused", async () => {
    const id = await getId(Logins);
    await expect(credentials(id, Logins, roles.authenticated)).rejects.toMatchObject({
      name: "NotAuthorizedException",
    });
  });
  it("fetchAuthSession as a guest and again, then signed in: the guest's identity becomes the user's", async () => {
    const guest = await getId();
    expect((await credentials(guest)).IdentityId).toBe(guest);
    const fresh = createLoginToken({ provider, audience: "client", subject: "fresh" });
    expect((await credentials(guest, { [provider]: fresh })).IdentityId).toBe(guest);
    expect(await getId({ [provider]: fresh })).toBe(guest);
  });
  it("fetchAuthSession with forceRefresh after the identity was deleted: the text by which Amplify drops it", async () => {
    const guest = await getId();
    await client.send(new sdk.DeleteIdentitiesCommand({ IdentityIdsToDelete: [guest] }));
    await expect(credentials(guest)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
      message: `Identity '${guest}' not found.`,
    });
  });
  it("fetchAuthSession with an expired id token: both times in seconds", async () => {
    const expired = createLoginToken({ provider, audience: "client", subject: "user", claims: { exp: 1589092129 } });
    await expect(getId({ [provider]: expired })).rejects.toMatchObject({
      message: expect.stringMatching(/^Invalid login token\. Token expired: \d{10} >= 1589092129$/),
    });
  });
});
