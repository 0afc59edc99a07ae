/** Roles and user pools, read over HTTP from a service that answers as IAM and Cognito user pools do. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createAws, type SigningCredentials } from "../../src/aws/clients.ts";
import { everyTool } from "../../src/call/catalogue.ts";
import { dispatch } from "../../src/call/dispatch.ts";
import { createSession } from "../../src/call/session.ts";
import type { Services } from "../../src/call/types.ts";
import { createLocalService } from "../../src/local/service.ts";
import { openPolicy, testServices } from "../support/services.ts";

const ROLE = "arn:aws:iam::123456789012:role/app/guests";
const USER_POOL = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI";
const keys = { accessKeyId: "AKIDTEST", secretAccessKey: "test" };

const local = createLocalService();
/** What IAM answers by action: XML, or an error code. */
let iam: Readonly<Record<string, string | number>> = {};
/** What the user pools answer by operation. */
let userPools: Readonly<Record<string, object>> = {};
const asked: { operation: string; authorization: string; body: string }[] = [];

const server = createServer((request, response) => void answer(request, response));

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body = await text(request);
  const target = String(request.headers["x-amz-target"] ?? "");
  const { authorization = "" } = request.headers;
  if (target.startsWith("AWSCognitoIdentityService.")) {
    const given = await local.handle({
      method: "POST",
      path: "/",
      headers: headersOf(request),
      body: Buffer.from(body),
    });
    response.writeHead(given.status, given.headers).end(given.body);
    return;
  }
  const operation = target.split(".")[1] ?? new URLSearchParams(body).get("Action") ?? "";
  asked.push({ operation, authorization, body });
  if (target !== "") {
    const given = userPools[operation];
    response.writeHead(given ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
    response.end(JSON.stringify(given ?? { __type: "AccessDeniedException", message: "no" }));
    return;
  }
  const given = iam[operation] ?? "NoSuchEntity";
  const failed = typeof given === "string" && /^\w+$/.test(given);
  response.writeHead(failed ? (given === "NoSuchEntity" ? 404 : 403) : 200, { "content-type": "text/xml" });
  response.end(
    failed
      ? `<ErrorResponse><Error><Type>Sender</Type><Code>${given}</Code><Message>User: arn:aws:iam::1:user/x</Message></Error><RequestId>r</RequestId></ErrorResponse>`
      : `<${operation}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><${operation}Result>${given}</${operation}Result></${operation}Response>`,
  );
}

function headersOf({ headers }: IncomingMessage): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

let endpoint = "";
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  process.env["AWS_ACCESS_KEY_ID"] = keys.accessKeyId;
  process.env["AWS_SECRET_ACCESS_KEY"] = keys.secretAccessKey;
});
afterAll(() => {
  delete process.env["AWS_ACCESS_KEY_ID"];
  delete process.env["AWS_SECRET_ACCESS_KEY"];
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  iam = {};
  userPools = {};
  asked.length = 0;
});

const role = (trust: unknown, arn = ROLE) =>
  `<Role><Path>/app/</Path><RoleName>guests</RoleName><RoleId>AROA</RoleId><Arn>${arn}</Arn><CreateDate>2026-01-01T00:00:00Z</CreateDate><AssumeRolePolicyDocument>${encodeURIComponent(JSON.stringify(trust))}</AssumeRolePolicyDocument></Role>`;

/** A pool with a role for guests and for users, and the report about it. */
async function open(parts: Partial<Services> = {}, signing: SigningCredentials[] = []) {
  const aws = createAws({ endpoint, product: "product/1", onCredentials: (credentials) => signing.push(credentials) });
  const services = testServices({
    aws,
    tools: everyTool,
    policy: { ...openPolicy, rules: new Map([["update", "off"]]) },
    ...parts,
  });
  const call = async (tool: string, given: object) => {
    const outcome = await dispatch(
      { tool, arguments: given, signal: new AbortController().signal },
      services,
      createSession(),
    );
    return outcome.kind === "success" ? outcome.content : outcome;
  };
  const setup = testServices({ aws, tools: everyTool, policy: { ...openPolicy, rules: new Map([["update", "off"]]) } });
  const made = async (tool: string, given: object) => {
    const outcome = await dispatch(
      { tool, arguments: given, signal: new AbortController().signal },
      setup,
      createSession(),
    );
    if (outcome.kind !== "success") throw new Error(JSON.stringify(outcome));
    return outcome.content;
  };
  const { IdentityPoolId } = await made("create-identity-pool", {
    region: "eu-west-1",
    IdentityPoolName: "p",
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: USER_POOL, ClientId: "client1" }],
  });
  await made("set-identity-pool-roles", { IdentityPoolId, Roles: { unauthenticated: ROLE, authenticated: ROLE } });
  // The plan asked STS whether the roles are of this account.
  asked.length = 0;
  return {
    IdentityPoolId: String(IdentityPoolId),
    diagnose: (input: object) => call("diagnose-identity-pool", { IdentityPoolId, ...input }),
  };
}

const trustFor = (pool: string) => ({
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: { Federated: "cognito-identity.amazonaws.com" },
      Action: "sts:AssumeRoleWithWebIdentity",
      Condition: { StringEquals: { "cognito-identity.amazonaws.com:aud": pool } },
    },
  ],
});

it("reads the trust policy of a role with a path, with signed requests, and names the cause", async () => {
  const signing: SigningCredentials[] = [];
  const { IdentityPoolId, diagnose } = await open({}, signing);
  iam = { GetRole: role(trustFor("eu-west-1:other")) };
  expect(await diagnose({ kind: "guest" })).toMatchObject({
    causes: [
      {
        branch: "B21",
        certainty: "found",
        evidence: { inThePolicy: ["eu-west-1:other"], inTheRequest: [IdentityPoolId] },
      },
    ],
  });
  expect(asked).toEqual([
    {
      operation: "GetRole",
      authorization: expect.stringContaining("/iam/aws4_request"),
      body: expect.stringContaining("RoleName=guests"),
    },
  ]);
  expect(signing.at(-1)).toMatchObject(keys);
  iam = { GetRole: role(trustFor(IdentityPoolId)) };
  expect(await diagnose({ kind: "guest" })).toMatchObject({ causes: [] });
});

it("says what IAM does not let it read", async () => {
  const { diagnose } = await open();
  iam = { GetRole: "AccessDenied" };
  expect(await diagnose({ kind: "guest" })).toMatchObject({
    summary: expect.stringContaining("could not be read"),
    causes: [
      {
        branch: "B19",
        certainty: "possible",
        fix: [
          { iam: "iam:UpdateAssumeRolePolicy", role: ROLE, statement: { Action: "sts:AssumeRoleWithWebIdentity" } },
        ],
      },
    ],
    notRead: [{ what: "role", id: ROLE, permission: "iam:GetRole", reason: expect.stringMatching(/^AccessDenied/) }],
  });
});

it("takes a role of the same name in this account for none of another account", async () => {
  const { diagnose } = await open();
  iam = { GetRole: role(trustFor("x"), ROLE.replace("123456789012", "999999999999")) };
  expect(await diagnose({ kind: "guest", errorText: "Invalid identity pool configuration" })).toMatchObject({
    causes: [{ branch: "B25", evidence: { role: ROLE, otherAccount: true } }],
  });
});

it.each([
  ["123456789012", { causes: [{ branch: "B19", evidence: { exists: false } }] }],
  ["999999999999", { causes: [{ branch: "B25", evidence: { role: ROLE, otherAccount: true } }] }],
])("knows a role that is gone from one of another account, with credentials of %s", async (account, expected) => {
  iam = {
    GetCallerIdentity: `<Arn>arn:aws:iam::${account}:user/x</Arn><UserId>AIDA</UserId><Account>${account}</Account>`,
  };
  const { diagnose } = await open();
  expect(await diagnose({ kind: "guest" })).toMatchObject(expected);
  // The account is known from the plan before.
  expect(asked.map(({ operation }) => operation)).toEqual(["GetRole"]);
});

it("reads groups and attributes of a user pool", async () => {
  const { IdentityPoolId, diagnose } = await open();
  iam = { GetRole: role(trustFor(IdentityPoolId)) };
  userPools = {
    DescribeUserPool: { UserPool: { SchemaAttributes: [{ Name: "custom:team" }, { Name: "email" }] } },
    ListGroups: { Groups: [{ GroupName: "staff", RoleArn: ROLE, Precedence: 1 }] },
  };
  expect(await diagnose({ kind: "user" })).toMatchObject({
    causes: [{ branch: "B18", evidence: { groupsWithARole: ["staff"] } }],
  });
});

it("does not read a user pool of a region that is not allowed", async () => {
  const { diagnose } = await open({ policy: { ...openPolicy, regions: new Set(["us-east-1"]) } });
  expect(await diagnose({ kind: "user" })).toMatchObject({ kind: "refusal" });
  expect(asked).toEqual([]);
});

it("reads the policies of the role that was denied", async () => {
  const { IdentityPoolId, diagnose } = await open();
  const policy = encodeURIComponent(
    JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:Get*", Resource: "*" } }),
  );
  iam = {
    GetRole: role(trustFor(IdentityPoolId)),
    ListAttachedRolePolicies:
      "<AttachedPolicies><member><PolicyName>attached</PolicyName><PolicyArn>arn:aws:iam::123456789012:policy/attached</PolicyArn></member></AttachedPolicies><IsTruncated>false</IsTruncated>",
    ListRolePolicies: "<PolicyNames><member>inline</member></PolicyNames><IsTruncated>false</IsTruncated>",
    GetPolicy: "<Policy><DefaultVersionId>v3</DefaultVersionId></Policy>",
    GetPolicyVersion: `<PolicyVersion><Document>${policy}</Document></PolicyVersion>`,
    GetRolePolicy: `<RoleName>guests</RoleName><PolicyName>inline</PolicyName><PolicyDocument>${policy}</PolicyDocument>`,
  };
  const errorText =
    "User: arn:aws:sts::123456789012:assumed-role/guests/CognitoIdentityCredentials is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:PutObject action";
  expect(await diagnose({ kind: "guest", errorText })).toMatchObject({
    causes: [{ branch: "B28", evidence: { policies: 2, allowing: [] } }],
  });
  expect(asked.find(({ operation }) => operation === "GetPolicyVersion")?.body).toContain("VersionId=v3");
});
