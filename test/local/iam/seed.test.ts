/** Roles, policies, identity providers and user pools in the seed file and the state file. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as cognito from "@aws-sdk/client-cognito-identity";
import * as idp from "@aws-sdk/client-cognito-identity-provider";
import * as sdk from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalFiles, openLocalService } from "../../../src/local/service.ts";
import { callSts } from "../sts/sts-client.ts";
import { createRole, roleArn, startClients, trust } from "./support.ts";

const POOL = "eu-west-1:11111111-2222-3333-4444-555555555555";
const USER_POOL = "eu-west-1_AbCdEfGhI";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seed-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const seedOf = (document: unknown): string => {
  const path = join(folder, "seed.json");
  writeFileSync(path, JSON.stringify(document));
  return path;
};

const open = async (files: LocalFiles) => await startClients({}, await openLocalService(files));

const permissions = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:Get*", Resource: "*" }] };
const pool = {
  IdentityPoolId: POOL,
  IdentityPoolName: "photos",
  AllowUnauthenticatedIdentities: true,
  Roles: { unauthenticated: roleArn("app/guests") },
};
const guests = {
  RoleName: "guests",
  Path: "/app/",
  AssumeRolePolicyDocument: JSON.parse(trust(POOL, "unauthenticated")) as object,
  Policies: [{ PolicyName: "read", PolicyDocument: permissions }],
  ManagedPolicyArns: ["arn:aws:iam::000000000000:policy/Photos", "arn:aws:iam::aws:policy/AWSLambda_ReadOnlyAccess"],
  Tags: [{ Key: "team", Value: "blue" }],
};
const userPool = {
  UserPoolId: USER_POOL,
  PoolName: "people",
  AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
  AutoVerifiedAttributes: ["email"],
  Schema: [{ Name: "team", AttributeDataType: "String", Mutable: true }],
  Clients: [{ ClientId: "1example23456789", ClientName: "web", WriteAttributes: ["custom:team"] }],
  Groups: Array.from({ length: 65 }, (_, number) => ({
    GroupName: `group${number}`,
    Precedence: number,
    RoleArn: roleArn("app/guests"),
  })),
};
const whole = {
  pools: [pool],
  policies: [
    { PolicyName: "Photos", PolicyDocument: permissions },
    { PolicyName: "Session", PolicyDocument: permissions, AccountId: "aws", Path: "/service-role/" },
  ],
  samlProviders: [
    { Name: "corp", SAMLMetadataDocument: `<EntityDescriptor entityID="a">${" ".repeat(1000)}</EntityDescriptor>` },
  ],
  oidcProviders: [{ Url: "https://login.example.com", ClientIDList: ["app"] }],
  roles: [guests],
  userPools: [userPool],
};

const vend = async (client: cognito.CognitoIdentityClient) => {
  const { IdentityId } = await client.send(new cognito.GetIdCommand({ IdentityPoolId: POOL }));
  return await client.send(new cognito.GetCredentialsForIdentityCommand({ IdentityId }));
};

describe("a seed file", () => {
  it("makes roles with their policies, and providers, and the roles decide", async () => {
    await using service = await open({ seed: seedOf(whole) });
    const { iam } = service;
    const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName: "guests" }));
    expect(Role).toMatchObject({ Arn: roleArn("app/guests"), Tags: guests.Tags });
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(trust(POOL, "unauthenticated"));
    const inline = await iam.send(new sdk.GetRolePolicyCommand({ RoleName: "guests", PolicyName: "read" }));
    expect(JSON.parse(decodeURIComponent(inline.PolicyDocument ?? ""))).toEqual(permissions);
    const attached = await iam.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName: "guests" }));
    expect(attached.AttachedPolicies?.map(({ PolicyArn }) => PolicyArn)).toEqual(guests.ManagedPolicyArns);
    const ofAws = { PolicyArn: "arn:aws:iam::aws:policy/service-role/Session", VersionId: "v1" };
    const { PolicyVersion } = await iam.send(new sdk.GetPolicyVersionCommand(ofAws));
    expect(JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? ""))).toEqual(permissions);
    const { SAMLProviderList = [] } = await iam.send(new sdk.ListSAMLProvidersCommand({}));
    expect(SAMLProviderList).toHaveLength(1);
    const { OpenIDConnectProviderList = [] } = await iam.send(new sdk.ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toEqual([{ Arn: "arn:aws:iam::000000000000:oidc-provider/login.example.com" }]);
    expect((await vend(service.cognito)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const PolicyDocument = trust(POOL, "authenticated");
    await iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName: "guests", PolicyDocument }));
    await expect(vend(service.cognito)).rejects.toMatchObject({ name: "InvalidIdentityPoolConfigurationException" });
  });

  it("can have roles of earlier times, which IAM would no longer create", async () => {
    const old = {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Federated: "cognito-identity.amazonaws.com" },
        Action: "sts:AssumeRoleWithWebIdentity",
      },
    };
    await using service = await open({
      seed: seedOf({ pools: [pool], roles: [{ RoleName: "guests", Path: "/app/", AssumeRolePolicyDocument: old }] }),
    });
    expect((await vend(service.cognito)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    await expect(createRole(service.iam, "new", JSON.stringify(old))).rejects.toThrow(
      /condition block must be present/,
    );
  });

  it("can have roles of another account, which IAM does not show, and which need both conditions in the basic flow", async () => {
    const arn = "arn:aws:iam::123456789012:role/theirs";
    const parts = { Condition: { StringEquals: { "cognito-identity.amazonaws.com:aud": POOL } } };
    for (const [document, status] of [
      [trust(POOL, "unauthenticated"), 200],
      [trust(POOL, "unauthenticated", parts), 403],
    ] as const) {
      await using service = await open({
        seed: seedOf({
          pools: [{ ...pool, Roles: { unauthenticated: arn } }],
          roles: [{ RoleName: "theirs", AccountId: "123456789012", AssumeRolePolicyDocument: document }],
        }),
      });
      expect((await vend(service.cognito)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
      const { IdentityId } = await service.cognito.send(new cognito.GetIdCommand({ IdentityPoolId: POOL }));
      const { Token = "" } = await service.cognito.send(new cognito.GetOpenIdTokenCommand({ IdentityId }));
      const answer = await callSts(service.server.url, {
        Action: "AssumeRoleWithWebIdentity",
        RoleArn: arn,
        RoleSessionName: "session",
        WebIdentityToken: Token,
      });
      expect(answer.status).toBe(status);
      await expect(service.iam.send(new sdk.GetRoleCommand({ RoleName: "theirs" }))).rejects.toMatchObject({
        name: "NoSuchEntityException",
      });
    }
  });

  it("can have a trust policy of 4,096 characters, to which the quota can be raised", async () => {
    const long = (characters: number) => {
      const empty = trust(POOL, "unauthenticated", { Sid: "" });
      return trust(POOL, "unauthenticated", { Sid: "x".repeat(characters - empty.length) });
    };
    const seeded = (characters: number) =>
      openLocalService({
        seed: seedOf({ ...whole, roles: [{ ...guests, AssumeRolePolicyDocument: long(characters) }] }),
      });
    await using service = await startClients({}, await seeded(4096));
    expect((await vend(service.cognito)).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    const update = { RoleName: "guests", PolicyDocument: long(2049) };
    await expect(service.iam.send(new sdk.UpdateAssumeRolePolicyCommand(update))).rejects.toMatchObject({
      message: "Cannot exceed quota for ACLSizePerRole: 2048",
    });
    await expect(seeded(4097)).rejects.toThrow("Cannot exceed quota for ACLSizePerRole: 4096");
  });

  it("can have 1,000 roles of an account, which is the quota", async () => {
    const roles = Array.from({ length: 1000 }, (_, number) => ({
      ...guests,
      Policies: [],
      ManagedPolicyArns: [],
      RoleName: `r${number}`,
    }));
    await using service = await open({ seed: seedOf({ pools: [], roles }) });
    await expect(createRole(service.iam, "one-more", trust(POOL, "authenticated"))).rejects.toMatchObject({
      name: "LimitExceededException",
      message: "Cannot exceed quota for RolesPerAccount: 1000",
    });
  });

  it.each<[string, unknown, RegExp]>([
    ["no list", { roles: {} }, /contains "roles", which must be a list\. Correct the file\.$/],
    ["a misspelled list", { role: [] }, /contains "role", .* Did you mean roles\?/],
    ["a role that is no object", { roles: [1] }, /: role 1: The role must be a JSON object\. Correct this role\.$/],
    [
      "a role without a document",
      { roles: [{ ...guests, ManagedPolicyArns: [] }, { RoleName: "a" }] },
      /: role 2: AssumeRolePolicyDocument is required\./,
    ],
    [
      "a misspelled member",
      { roles: [{ ...guests, Polices: [] }] },
      /"Polices" is not a member of the role\. Did you mean Policies\?/,
    ],
    [
      "a malformed trust policy",
      { roles: [{ ...guests, AssumeRolePolicyDocument: { Version: "2012-10-17", Statement: [] } }] },
      /: role 1: Could not parse the policy: Statement is empty\. Correct this role\.$/,
    ],
    [
      "a malformed inline policy",
      { roles: [{ ...guests, ManagedPolicyArns: [], Policies: [{ PolicyName: "a", PolicyDocument: "{" }] }] },
      /: role 1: Syntax errors in policy\. Correct/,
    ],
    [
      "a policy that is not there",
      { roles: [guests] },
      /: role 1: Policy arn:aws:iam::000000000000:policy\/Photos does not exist or is not attachable\./,
    ],
    [
      "a role twice",
      { roles: [1, 2].map(() => ({ ...guests, ManagedPolicyArns: [] })) },
      /: role 2: Role with name guests already exists\./,
    ],
    ["another account", { roles: [{ ...guests, AccountId: "1" }] }, /: role 1: AccountId must match the pattern/],
    [
      "a managed policy without a name",
      { policies: [{ PolicyDocument: permissions }] },
      /: policy 1: PolicyName is required\./,
    ],
    [
      "no URL",
      { oidcProviders: [{ Url: "x" }] },
      /: OpenID Connect provider 1: Invalid Open ID Connect Provider URL\./,
    ],
    [
      "short metadata",
      { samlProviders: [{ Name: "a", SAMLMetadataDocument: "x" }] },
      /: SAML provider 1: SAMLMetadataDocument must have at least 1000 characters\./,
    ],
    [
      "a user pool's id that is none",
      { userPools: [{ ...userPool, UserPoolId: "x" }] },
      /: user pool 1: UserPoolId must match/,
    ],
    [
      "a user pool twice",
      { userPools: [userPool, userPool] },
      /: user pool 2: the id eu-west-1_AbCdEfGhI is already used\./,
    ],
    [
      "a client twice",
      { userPools: [{ ...userPool, Clients: [...userPool.Clients, ...userPool.Clients] }] },
      /: user pool 1: the client 1example23456789 is there twice\./,
    ],
    [
      "a misspelled member of a client",
      { userPools: [{ ...userPool, Clients: [{ ClientId: "a", ClientName: "a", Attributes: [] }] }] },
      /"Attributes" is not a member of Clients\[0\]\./,
    ],
  ])("with %s is refused by name, and nothing is kept", async (_, document, message) => {
    const state = join(folder, "state.jsonl");
    const seed = seedOf({ pools: [pool], ...(document as object) });
    await expect(openLocalService({ seed, state })).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringMatching(message),
    });
    expect(readFileSync(state, "utf8").trim().split("\n")).toHaveLength(1);
  });
});

describe("user pools", () => {
  const clientOf = (endpoint: string, region = "eu-west-1") =>
    new idp.CognitoIdentityProviderClient({
      region,
      endpoint,
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
      maxAttempts: 1,
    });

  it("are described, with their clients and groups", async () => {
    await using service = await open({ seed: seedOf(whole) });
    const client = clientOf(service.server.url);
    const UserPoolId = USER_POOL;
    const { UserPool } = await client.send(new idp.DescribeUserPoolCommand({ UserPoolId }));
    expect(UserPool).toMatchObject({
      Id: USER_POOL,
      Name: "people",
      Arn: `arn:aws:cognito-idp:eu-west-1:000000000000:userpool/${USER_POOL}`,
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      SchemaAttributes: userPool.Schema,
      CreationDate: expect.any(Date),
    });
    expect(UserPool).not.toHaveProperty("Clients");
    const ClientId = "1example23456789";
    const { UserPoolClient } = await client.send(new idp.DescribeUserPoolClientCommand({ UserPoolId, ClientId }));
    expect(UserPoolClient).toMatchObject({ UserPoolId, ...userPool.Clients[0] });
    const first = await client.send(new idp.ListGroupsCommand({ UserPoolId }));
    expect(first.Groups).toHaveLength(60);
    expect(first.Groups?.[0]).toMatchObject({ UserPoolId, ...userPool.Groups[0] });
    const rest = await client.send(new idp.ListGroupsCommand({ UserPoolId, NextToken: first.NextToken }));
    expect(rest.Groups?.map(({ GroupName }) => GroupName)).toEqual(
      [60, 61, 62, 63, 64].map((number) => `group${number}`),
    );
    expect(rest.NextToken).toBeUndefined();
    const two = await client.send(new idp.ListGroupsCommand({ UserPoolId, Limit: 2 }));
    expect(two.Groups).toHaveLength(2);
    client.destroy();
  });

  it("that are not there, or of another region, are not found", async () => {
    await using service = await open({ seed: seedOf(whole) });
    const client = clientOf(service.server.url);
    const elsewhere = clientOf(service.server.url, "eu-west-2");
    const notFound = (message: string) => ({ name: "ResourceNotFoundException", message });
    const describePool = new idp.DescribeUserPoolCommand({ UserPoolId: USER_POOL });
    await expect(elsewhere.send(describePool)).rejects.toMatchObject(
      notFound(`User pool ${USER_POOL} does not exist.`),
    );
    await expect(client.send(new idp.ListGroupsCommand({ UserPoolId: "eu-west-1_none" }))).rejects.toMatchObject(
      notFound("User pool eu-west-1_none does not exist."),
    );
    for (const ClientId of ["none", "constructor", "__proto__"])
      await expect(
        client.send(new idp.DescribeUserPoolClientCommand({ UserPoolId: USER_POOL, ClientId })),
      ).rejects.toMatchObject(notFound(`User pool client ${ClientId} does not exist.`));
    await expect(client.send(new idp.DescribeUserPoolCommand({ UserPoolId: "x y" }))).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Value 'x y' at 'userPoolId' failed to satisfy constraint"),
    });
    await expect(
      client.send(new idp.ListGroupsCommand({ UserPoolId: USER_POOL, NextToken: "x" })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
    await expect(client.send(new idp.ListUserPoolsCommand({ MaxResults: 1 }))).rejects.toMatchObject({
      name: "UnknownOperationException",
    });
    client.destroy();
    elsewhere.destroy();
  });

  it("need a signature for cognito-idp", async () => {
    await using service = await open({ seed: seedOf(whole) });
    const post = async (authorization?: string) => {
      const response = await fetch(service.server.url, {
        method: "POST",
        headers: {
          "x-amz-target": "AWSCognitoIdentityProviderService.DescribeUserPool",
          "content-type": "application/x-amz-json-1.1",
          ...(authorization && { authorization }),
        },
        body: JSON.stringify({ UserPoolId: USER_POOL }),
      });
      return [response.status, ((await response.json()) as { __type?: string }).__type];
    };
    const signed = (service: string) =>
      `AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
    expect(await post()).toEqual([400, "MissingAuthenticationTokenException"]);
    expect(await post(signed("cognito-identity"))).toEqual([400, "IncompleteSignatureException"]);
    expect(await post(signed("cognito-idp"))).toEqual([200, undefined]);
  });
});

describe("a state file", () => {
  it("keeps everything, and the seed is not loaded again", async () => {
    const state = join(folder, "state.jsonl");
    const files = { state, seed: seedOf(whole) };
    {
      await using service = await open(files);
      await createRole(service.iam, "second", trust(POOL, "authenticated"));
      await createRole(service.iam, "deleted", trust(POOL, "authenticated"));
      await service.iam.send(new sdk.DeleteRoleCommand({ RoleName: "deleted" }));
      const inline = { RoleName: "guests", PolicyName: "read" };
      await service.iam.send(new sdk.DeleteRolePolicyCommand(inline));
      await service.cognito.send(
        new cognito.SetIdentityPoolRolesCommand({
          IdentityPoolId: POOL,
          Roles: { unauthenticated: roleArn("deleted") },
        }),
      );
    }
    await using service = await open(files);
    const { Roles = [] } = await service.iam.send(new sdk.ListRolesCommand({}));
    expect(Roles.map(({ RoleName }) => RoleName)).toEqual(["guests", "second"]);
    const { PolicyNames } = await service.iam.send(new sdk.ListRolePoliciesCommand({ RoleName: "guests" }));
    expect(PolicyNames).toEqual([]);
    await expect(vend(service.cognito)).rejects.toMatchObject({ name: "InvalidIdentityPoolConfigurationException" });
    const client = new idp.CognitoIdentityProviderClient({
      region: "eu-west-1",
      endpoint: service.server.url,
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    const { UserPool } = await client.send(new idp.DescribeUserPoolCommand({ UserPoolId: USER_POOL }));
    expect(UserPool?.Name).toBe("people");
    client.destroy();
  });

  it("with roles alone is not seeded again either", async () => {
    const files = {
      state: join(folder, "state.jsonl"),
      seed: seedOf({ pools: [], roles: [{ ...guests, ManagedPolicyArns: [] }] }),
    };
    await using _ = await open(files).then(async (service) => {
      await service[Symbol.asyncDispose]();
      return await open(files);
    });
  });

  it("keeps its size when a role changes often: it is rewritten when it is opened", async () => {
    const state = join(folder, "state.jsonl");
    {
      await using service = await open({ state });
      await createRole(service.iam, "busy", trust(POOL, "authenticated"));
    }
    const [header = "", line = ""] = readFileSync(state, "utf8").trim().split("\n");
    writeFileSync(state, `${[header, ...Array<string>(10_001).fill(line)].join("\n")}\n`);
    {
      await using service = await open({ state });
      expect((await service.iam.send(new sdk.ListRolesCommand({}))).Roles).toHaveLength(1);
    }
    expect(readFileSync(state, "utf8").trim().split("\n")).toHaveLength(2);
  });
});
