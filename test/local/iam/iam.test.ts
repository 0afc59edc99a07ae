/** IAM over HTTP, through AWS's own client. */
import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { account, type Clients, startClients, trust } from "./support.ts";

const POOL = "eu-west-1:11111111-2222-3333-4444-555555555555";
const trusted = trust(POOL, "unauthenticated");
const permissions = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::photos/*" }],
});
const now = Date.UTC(2026, 0, 2, 3, 4, 5);

let clients: Clients;
let iam: sdk.IAMClient;
beforeAll(async () => {
  clients = await startClients({ clock: () => now });
  iam = clients.iam;
});
afterAll(async () => await clients[Symbol.asyncDispose]());

const created = (RoleName: string, more: Partial<sdk.CreateRoleCommandInput> = {}) =>
  iam.send(new sdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trusted, ...more }));

/** The name, the status and the text of the error. */
const failureOf = async (call: Promise<unknown>): Promise<[string, number | undefined, string]> => {
  const error = await call.then(
    () => expect.fail("there was no error"),
    (reason: unknown) => reason as sdk.IAMServiceException,
  );
  return [error.name, error.$metadata.httpStatusCode, error.message];
};

describe("a role", () => {
  it("is what was created, with its document in percent-encoding", async () => {
    const AssumeRolePolicyDocument = `${trusted.slice(0, -1)} ,"Id":"<a>&'b'!(*)+ÿ"}`;
    const { Role } = await created("whole", {
      AssumeRolePolicyDocument,
      Path: "/app/",
      Description: "a < b & c",
      MaxSessionDuration: 7200,
      Tags: [
        { Key: "team", Value: "one / two" },
        { Key: "empty", Value: "" },
      ],
    });
    const expected = {
      Path: "/app/",
      RoleName: "whole",
      RoleId: expect.stringMatching(/^AROA[A-Z2-7]{17}$/),
      Arn: `arn:aws:iam::${account}:role/app/whole`,
      CreateDate: new Date(now),
      AssumeRolePolicyDocument: expect.not.stringMatching(/[^A-Za-z0-9._~%-]/),
      Description: "a < b & c",
      MaxSessionDuration: 7200,
      Tags: [
        { Key: "team", Value: "one / two" },
        { Key: "empty", Value: "" },
      ],
    };
    expect(Role).toEqual(expected);
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(AssumeRolePolicyDocument);
    const read = await iam.send(new sdk.GetRoleCommand({ RoleName: "WHOLE" }));
    expect(read.Role).toEqual({ ...expected, RoleLastUsed: {} });
  });

  it("can get another trust policy, and be deleted once it has no policies", async () => {
    await created("short");
    const other = trust(POOL, "authenticated");
    await iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName: "short", PolicyDocument: other }));
    const { Role } = await iam.send(new sdk.GetRoleCommand({ RoleName: "short" }));
    expect(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? "")).toBe(other);
    const inline = { RoleName: "short", PolicyName: "read" };
    const attached = { RoleName: "short", PolicyArn: "arn:aws:iam::aws:policy/ReadOnlyAccess" };
    await iam.send(new sdk.PutRolePolicyCommand({ ...inline, PolicyDocument: permissions }));
    await iam.send(new sdk.AttachRolePolicyCommand(attached));
    const remove = () => iam.send(new sdk.DeleteRoleCommand({ RoleName: "short" }));
    const text = "Cannot delete entity, must detach all policies first.";
    expect(await failureOf(remove())).toEqual(["DeleteConflictException", 409, text]);
    await iam.send(new sdk.DetachRolePolicyCommand(attached));
    expect((await failureOf(remove()))[2]).toBe("Cannot delete entity, must delete policies first.");
    await iam.send(new sdk.DeleteRolePolicyCommand(inline));
    await remove();
    expect(await failureOf(iam.send(new sdk.GetRoleCommand({ RoleName: "short" })))).toEqual([
      "NoSuchEntityException",
      404,
      "The role with name short cannot be found.",
    ]);
  });

  it("is there once, whatever its case and path", async () => {
    await created("once");
    expect(await failureOf(created("ONCE", { Path: "/other/" }))).toEqual([
      "EntityAlreadyExistsException",
      409,
      "Role with name ONCE already exists.",
    ]);
  });

  it.each<[string, Partial<sdk.CreateRoleCommandInput>, string, string]>([
    [
      "a name with a slash",
      { RoleName: "a/b" },
      "ValidationError",
      "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ],
    [
      "a path without a final slash",
      { Path: "/a" },
      "ValidationError",
      "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ],
    [
      "a long name",
      { RoleName: "a".repeat(65) },
      "ValidationError",
      `1 validation error detected: Value '${"a".repeat(65)}' at 'roleName' failed to satisfy constraint: Member must have length less than or equal to 64`,
    ],
    [
      "a short session",
      { MaxSessionDuration: 3599 },
      "ValidationError",
      "1 validation error detected: Value '3599' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600",
    ],
    ["a fraction of a second", { MaxSessionDuration: 3600.5 }, "MalformedInput", "UnknownError"],
    [
      "a tag twice",
      {
        Tags: [
          { Key: "a", Value: "" },
          { Key: "A", Value: "" },
        ],
      },
      "InvalidInputException",
      "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    ],
  ])("is refused with %s", async (_, input, name, message) => {
    expect(await failureOf(created("refused", input))).toEqual([name, 400, message]);
  });

  it("with more tags than can be read is refused, and they are not read to their end", async () => {
    const Tags = Array.from({ length: 1001 }, (_, index) => ({ Key: `k${index}`, Value: "" }));
    const [name, status, message] = await failureOf(created("refused", { Tags }));
    expect([name, status]).toEqual(["ValidationError", 400]);
    expect(message).toMatch(/Member must have length less than or equal to 50$/);
    expect(message).toContain("k999,");
    expect(message).not.toContain("k1000,");
  });

  it("without a document is refused", async () => {
    const [name, , message] = await failureOf(created("refused", { AssumeRolePolicyDocument: undefined }));
    expect([name, message]).toEqual([
      "ValidationError",
      "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null",
    ]);
  });

  it("cannot have a long trust policy; white space does not count", async () => {
    const long = (characters: number, space = "") => {
      const empty = trust(POOL, "unauthenticated", { Sid: "" });
      return `${space}${trust(POOL, "unauthenticated", { Sid: "x".repeat(characters - empty.length) })}`;
    };
    await created("long", { AssumeRolePolicyDocument: long(2048, " \n".repeat(1000)) });
    expect(await failureOf(created("longer", { AssumeRolePolicyDocument: long(2049) }))).toEqual([
      "LimitExceededException",
      409,
      "Cannot exceed quota for ACLSizePerRole: 2048",
    ]);
  });
});

describe("lists", () => {
  it("come in pages, in the order of names, without tags", async () => {
    await using own = await startClients();
    const names = Array.from({ length: 7 }, (_, index) => `${"abc"[index % 3]}${index}`);
    for (const RoleName of names)
      await own.iam.send(
        new sdk.CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: trusted,
          Path: RoleName.startsWith("a") ? "/a/" : "/",
          Tags: [{ Key: "a", Value: "b" }],
        }),
      );
    const pages: (string | undefined)[][] = [];
    for await (const { Roles = [], IsTruncated, Marker } of sdk.paginateListRoles(
      { client: own.iam, pageSize: 3 },
      {},
    )) {
      pages.push(Roles.map(({ RoleName }) => RoleName));
      expect(IsTruncated).toBe(Marker !== undefined);
      for (const role of Roles) expect(role).not.toHaveProperty("Tags");
    }
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1]);
    expect(pages.flat()).toEqual([...names].sort());
    const { Roles = [] } = await own.iam.send(new sdk.ListRolesCommand({ PathPrefix: "/a/" }));
    expect(Roles.map(({ RoleName }) => RoleName)).toEqual(["a0", "a3", "a6"]);
    const { Marker } = await own.iam.send(new sdk.ListRolesCommand({ MaxItems: 1 }));
    for (const marker of [`${Marker}x`, "nonsense", "W10"])
      expect(await failureOf(own.iam.send(new sdk.ListRolesCommand({ Marker: marker, PathPrefix: "/a/" })))).toEqual([
        "ValidationError",
        400,
        "Invalid Marker.",
      ]);
  });

  it("of a role's policies come in pages", async () => {
    await created("policies");
    const RoleName = "policies";
    for (const PolicyName of ["c", "a", "b"])
      await iam.send(new sdk.PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument: permissions }));
    for (const name of ["Z", "service-role/Y", "X"])
      await iam.send(new sdk.AttachRolePolicyCommand({ RoleName, PolicyArn: `arn:aws:iam::aws:policy/${name}` }));
    const first = await iam.send(new sdk.ListRolePoliciesCommand({ RoleName, MaxItems: 2 }));
    expect(first).toMatchObject({ PolicyNames: ["a", "b"], IsTruncated: true });
    const rest = await iam.send(new sdk.ListRolePoliciesCommand({ RoleName, MaxItems: 2, Marker: first.Marker }));
    expect(rest).toMatchObject({ PolicyNames: ["c"], IsTruncated: false });
    const attached = await iam.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName }));
    expect(attached.AttachedPolicies).toEqual([
      { PolicyName: "X", PolicyArn: "arn:aws:iam::aws:policy/X" },
      { PolicyName: "Z", PolicyArn: "arn:aws:iam::aws:policy/Z" },
      { PolicyName: "Y", PolicyArn: "arn:aws:iam::aws:policy/service-role/Y" },
    ]);
    const under = await iam.send(new sdk.ListAttachedRolePoliciesCommand({ RoleName, PathPrefix: "/service-role/" }));
    expect(under.AttachedPolicies?.map(({ PolicyName }) => PolicyName)).toEqual(["Y"]);
  });

  it("that are empty are empty lists", async () => {
    await created("bare");
    const { PolicyNames } = await iam.send(new sdk.ListRolePoliciesCommand({ RoleName: "bare" }));
    expect(PolicyNames).toEqual([]);
  });
});

describe("inline policies", () => {
  it("are what was put, and the last put counts", async () => {
    await created("inline");
    const policy = { RoleName: "inline", PolicyName: "read" };
    await iam.send(new sdk.PutRolePolicyCommand({ ...policy, PolicyDocument: permissions }));
    const other = permissions.replace("GetObject", "PutObject");
    await iam.send(new sdk.PutRolePolicyCommand({ ...policy, PolicyDocument: other }));
    const { PolicyDocument = "", ...read } = await iam.send(new sdk.GetRolePolicyCommand(policy));
    expect(read).toMatchObject(policy);
    expect(decodeURIComponent(PolicyDocument)).toBe(other);
    for (const PolicyName of ["READ", "constructor", "__proto__"])
      expect(await failureOf(iam.send(new sdk.GetRolePolicyCommand({ ...policy, PolicyName })))).toEqual([
        "NoSuchEntityException",
        404,
        `The role policy with name ${PolicyName} cannot be found.`,
      ]);
  });

  it("have at most 10,240 characters together", async () => {
    await created("full");
    const put = (PolicyName: string, length: number) =>
      iam.send(
        new sdk.PutRolePolicyCommand({
          RoleName: "full",
          PolicyName,
          PolicyDocument: permissions.replace("photos", "p".repeat(length - permissions.length + 6)),
        }),
      );
    await put("a", 10_000);
    expect(await failureOf(put("b", 241))).toEqual([
      "LimitExceededException",
      409,
      "Maximum policy size of 10240 bytes exceeded for role full",
    ]);
    await put("b", 240);
    await put("a", 9000);
  });

  it.each<[unknown, string]>([
    ["{", "Syntax errors in policy."],
    [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*" }] },
      "Policy statement must contain resources.",
    ],
    [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Resource: "*" }] },
      "Policy statement must contain actions.",
    ],
    [
      { Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] },
      "Policy document must be version 2012-10-17 or greater.",
    ],
    [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*", Principal: "*" }] },
      "Policy document should not specify a principal.",
    ],
    [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "read", Resource: "*" }] },
      "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
    ],
    [
      { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "photos" }] },
      'Resource photos must be in ARN format or "*".',
    ],
  ])("%j is refused", async (document, message) => {
    const PolicyDocument = typeof document === "string" ? document : JSON.stringify(document);
    for (const call of [
      iam.send(new sdk.PutRolePolicyCommand({ RoleName: "inline", PolicyName: "x", PolicyDocument })),
      iam.send(new sdk.CreatePolicyCommand({ PolicyName: "x", PolicyDocument })),
    ])
      expect(await failureOf(call)).toEqual(["MalformedPolicyDocumentException", 400, message]);
  });
});

describe("managed policies", () => {
  it("are what was created, and count their roles", async () => {
    const { Policy } = await iam.send(
      new sdk.CreatePolicyCommand({
        PolicyName: "Photos",
        PolicyDocument: permissions,
        Path: "/app/",
        Description: "reads photos",
      }),
    );
    const PolicyArn = `arn:aws:iam::${account}:policy/app/Photos`;
    expect(Policy).toMatchObject({ PolicyName: "Photos", Arn: PolicyArn, AttachmentCount: 0, IsAttachable: true });
    await created("photographers");
    await iam.send(new sdk.AttachRolePolicyCommand({ RoleName: "photographers", PolicyArn }));
    const read = await iam.send(new sdk.GetPolicyCommand({ PolicyArn }));
    expect(read.Policy).toMatchObject({ AttachmentCount: 1, DefaultVersionId: "v1", Description: "reads photos" });
    const { PolicyVersion } = await iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v1" }));
    expect(decodeURIComponent(PolicyVersion?.Document ?? "")).toBe(permissions);
    expect(PolicyVersion?.IsDefaultVersion).toBe(true);
    expect((await failureOf(iam.send(new sdk.GetPolicyVersionCommand({ PolicyArn, VersionId: "v2" }))))[0]).toBe(
      "NoSuchEntityException",
    );
    const again = new sdk.CreatePolicyCommand({ PolicyName: "photos", PolicyDocument: permissions });
    expect(await failureOf(iam.send(again))).toEqual([
      "EntityAlreadyExistsException",
      409,
      "A policy called photos already exists. Duplicate names are not allowed.",
    ]);
  });

  it("that are not there cannot be read or attached; those of AWS can be attached", async () => {
    await created("attaching");
    const PolicyArn = `arn:aws:iam::${account}:policy/none`;
    expect(await failureOf(iam.send(new sdk.GetPolicyCommand({ PolicyArn })))).toEqual([
      "NoSuchEntityException",
      404,
      `Policy ${PolicyArn} was not found.`,
    ]);
    expect((await failureOf(iam.send(new sdk.AttachRolePolicyCommand({ RoleName: "attaching", PolicyArn }))))[2]).toBe(
      `Policy ${PolicyArn} does not exist or is not attachable.`,
    );
    for (let number = 0; number < 10; number += 1)
      await iam.send(
        new sdk.AttachRolePolicyCommand({ RoleName: "attaching", PolicyArn: `arn:aws:iam::aws:policy/P${number}` }),
      );
    const eleventh = { RoleName: "attaching", PolicyArn: "arn:aws:iam::aws:policy/P10" };
    expect((await failureOf(iam.send(new sdk.AttachRolePolicyCommand(eleventh))))[2]).toBe(
      "Cannot exceed quota for PoliciesPerRole: 10",
    );
  });
});

describe("identity providers", () => {
  const metadata = (attributes = "") =>
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"${attributes} entityID="urn:idp">${"<!-- -->".repeat(120)}</md:EntityDescriptor>`;

  it("of SAML are what was created, and say when their metadata expires", async () => {
    const SAMLMetadataDocument = metadata(' validUntil="2027-01-01T00:00:00Z"');
    const { SAMLProviderArn } = await iam.send(
      new sdk.CreateSAMLProviderCommand({ Name: "corp", SAMLMetadataDocument }),
    );
    expect(SAMLProviderArn).toBe(`arn:aws:iam::${account}:saml-provider/corp`);
    const read = await iam.send(new sdk.GetSAMLProviderCommand({ SAMLProviderArn }));
    expect(read).toMatchObject({
      SAMLMetadataDocument,
      ValidUntil: new Date("2027-01-01T00:00:00Z"),
      CreateDate: new Date(now),
    });
    await iam.send(new sdk.CreateSAMLProviderCommand({ Name: "endless", SAMLMetadataDocument: metadata() }));
    const { SAMLProviderList = [] } = await iam.send(new sdk.ListSAMLProvidersCommand({}));
    expect(SAMLProviderList.map(({ ValidUntil }) => ValidUntil?.getUTCFullYear())).toEqual([2027, 2126]);
    const invalid = new sdk.CreateSAMLProviderCommand({ Name: "odd", SAMLMetadataDocument: "x".repeat(1000) });
    expect(await failureOf(iam.send(invalid))).toEqual(["InvalidInputException", 400, "Could not parse metadata"]);
    const none = `arn:aws:iam::${account}:saml-provider/none`;
    expect(await failureOf(iam.send(new sdk.GetSAMLProviderCommand({ SAMLProviderArn: none })))).toEqual([
      "NoSuchEntityException",
      404,
      `Manifest not found for arn ${none}`,
    ]);
  });

  it("of OpenID Connect are what was created, without the scheme", async () => {
    const created = await iam.send(
      new sdk.CreateOpenIDConnectProviderCommand({
        Url: "https://login.example.com/tenant",
        ClientIDList: ["one", "two"],
        ThumbprintList: ["a".repeat(40)],
      }),
    );
    const { OpenIDConnectProviderArn } = created;
    expect(OpenIDConnectProviderArn).toBe(`arn:aws:iam::${account}:oidc-provider/login.example.com/tenant`);
    expect(await iam.send(new sdk.GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }))).toMatchObject({
      Url: "login.example.com/tenant",
      ClientIDList: ["one", "two"],
      ThumbprintList: ["a".repeat(40)],
    });
    const { OpenIDConnectProviderList } = await iam.send(new sdk.ListOpenIDConnectProvidersCommand({}));
    expect(OpenIDConnectProviderList).toEqual([{ Arn: OpenIDConnectProviderArn }]);
    for (const Url of ["http://login.example.com", "https://login.example.com/?a=b", "login.example.com"])
      expect((await failureOf(iam.send(new sdk.CreateOpenIDConnectProviderCommand({ Url }))))[0]).toBe(
        "InvalidInputException",
      );
    const again = new sdk.CreateOpenIDConnectProviderCommand({ Url: "https://login.example.com/tenant" });
    expect(await failureOf(iam.send(again))).toEqual([
      "EntityAlreadyExistsException",
      409,
      "Provider with url https://login.example.com/tenant already exists.",
    ]);
  });
});

describe("a request", () => {
  const post = async (form: Record<string, string>, authorization?: string) => {
    const response = await fetch(clients.server.url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded", ...(authorization && { authorization }) },
      body: new URLSearchParams({ Version: "2010-05-08", ...form }),
    });
    const xml = await response.text();
    return [response.status, /<Code>(.*)<\/Code>/.exec(xml)?.[1], /<Type>(.*)<\/Type>/.exec(xml)?.[1]];
  };
  const signed = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;

  it("needs a signature and a known action", async () => {
    expect(await post({ Action: "ListRoles" })).toEqual([403, "MissingAuthenticationToken", "Sender"]);
    expect(await post({ Action: "ListRoles" }, "Bearer x")).toEqual([400, "IncompleteSignature", "Sender"]);
    for (const Action of ["", "DeleteUser", "constructor"])
      expect(await post({ Action }, signed("iam"))).toEqual([400, "InvalidAction", "Sender"]);
  });

  it("goes to the service in its signature", async () => {
    expect(await post({ Action: "ListRoles" }, signed("iam"))).toEqual([200, undefined, undefined]);
    expect(await post({ Action: "ListRoles" }, signed("sts"))).toEqual([400, "InvalidAction", "Sender"]);
    expect(await post({ Action: "GetCallerIdentity" }, signed("iam"))).toEqual([400, "InvalidAction", "Sender"]);
  });

  it("of another partition sees the roles of that partition", async () => {
    await using own = await startClients();
    const gov = new sdk.IAMClient({
      region: "us-gov-west-1",
      endpoint: own.server.url,
      credentials: { accessKeyId: "any", secretAccessKey: "any" },
    });
    const { Role } = await gov.send(new sdk.CreateRoleCommand({ RoleName: "gov", AssumeRolePolicyDocument: trusted }));
    expect(Role?.Arn).toBe(`arn:aws-us-gov:iam::${account}:role/gov`);
    expect((await own.iam.send(new sdk.ListRolesCommand({}))).Roles).toEqual([]);
    expect((await gov.send(new sdk.ListRolesCommand({}))).Roles).toHaveLength(1);
    gov.destroy();
  });
});
