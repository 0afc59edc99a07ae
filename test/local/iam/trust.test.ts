/** Trust policies decide who gets credentials, in both flows; and IAM refuses malformed ones. */
import * as cognito from "@aws-sdk/client-cognito-identity";
import * as sdk from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guestRole } from "../../support/client.ts";
import { callSts } from "../sts/sts-client.ts";
import { type Clients, createRole, roleArn, startClients, trust } from "./support.ts";

const NO_ROLE = {
  name: "InvalidIdentityPoolConfigurationException",
  message: "Invalid identity pool configuration. Check assigned IAM roles for this pool.",
};
const DENIED = [403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity"];

let clients: Clients;
let pool: string;
let guest: string;
let other: string;

/** A developer user's identity and the token with which it gets credentials. */
async function user(PrincipalTags?: Record<string, string>) {
  const { IdentityId = "", Token = "" } = await clients.cognito.send(
    new cognito.GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId: pool,
      Logins: { "login.app": "ann" },
      PrincipalTags,
    }),
  );
  return { IdentityId, Logins: { "cognito-identity.amazonaws.com": Token } };
}

const idOfNewPool = async (client: cognito.CognitoIdentityClient): Promise<string> => {
  const { IdentityPoolId = "" } = await client.send(
    new cognito.CreateIdentityPoolCommand({
      IdentityPoolName: "trusting",
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: "login.app",
    }),
  );
  return IdentityPoolId;
};

beforeAll(async () => {
  clients = await startClients();
  pool = await idOfNewPool(clients.cognito);
  other = await idOfNewPool(clients.cognito);
  const { IdentityId = "" } = await clients.cognito.send(new cognito.GetIdCommand({ IdentityPoolId: pool }));
  guest = IdentityId;
});
afterAll(async () => await clients[Symbol.asyncDispose]());

let numbered = 0;
/** Puts a new role with this trust policy in the pool, for both kinds. */
async function use(document: string): Promise<string> {
  numbered += 1;
  const arn = await createRole(clients.iam, `role${numbered}`, document);
  await setRoles(arn);
  return arn;
}

const setRoles = (arn: string) =>
  clients.cognito.send(
    new cognito.SetIdentityPoolRolesCommand({
      IdentityPoolId: pool,
      Roles: { authenticated: arn, unauthenticated: arn },
    }),
  );

const enhanced = (caller: { IdentityId: string; Logins?: Record<string, string> } = { IdentityId: guest }) =>
  clients.cognito.send(new cognito.GetCredentialsForIdentityCommand(caller));

async function basic(
  RoleArn: string,
  caller: { IdentityId: string; Logins?: Record<string, string> } = { IdentityId: guest },
  form: Readonly<Record<string, string>> = {},
) {
  const { Token = "" } = await clients.cognito.send(new cognito.GetOpenIdTokenCommand(caller));
  const answer = await callSts(clients.server.url, {
    Action: "AssumeRoleWithWebIdentity",
    Version: "2011-06-15",
    RoleArn,
    RoleSessionName: "session",
    WebIdentityToken: Token,
    ...form,
  });
  return [answer.status, answer.element("Code"), answer.element("Message")];
}

const OK = [200, undefined, undefined];

/** Whether a guest and a user get credentials with this trust policy: the same in both flows. */
async function outcome(document: string): Promise<{ guest: boolean; user: boolean }> {
  const arn = await use(document);
  const found = { guest: false, user: false };
  for (const [kind, caller] of [
    ["guest", { IdentityId: guest }],
    ["user", await user()],
  ] as const) {
    const answer = await basic(arn, caller);
    found[kind] = answer[0] === 200;
    if (found[kind]) await enhanced(caller);
    else {
      expect(answer).toEqual(DENIED);
      await expect(enhanced(caller)).rejects.toMatchObject(NO_ROLE);
    }
  }
  return found;
}

const AUD = "cognito-identity.amazonaws.com:aud";
const AMR = "cognito-identity.amazonaws.com:amr";
const SUB = "cognito-identity.amazonaws.com:sub";
const statement = (parts: object) => ({
  Effect: "Allow",
  Principal: { Federated: "cognito-identity.amazonaws.com" },
  Action: "sts:AssumeRoleWithWebIdentity",
  ...parts,
});
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const own = () => ({ StringEquals: { [AUD]: pool } });

describe("a trust policy", () => {
  it.each<[string, () => string, { guest: boolean; user: boolean }]>([
    ["for guests", () => trust(pool, "unauthenticated"), { guest: true, user: false }],
    ["for users", () => trust(pool, "authenticated"), { guest: false, user: true }],
    ["of another pool", () => trust(other, "unauthenticated"), { guest: false, user: false }],
    [
      "with a user pool's id",
      () => policy(statement({ Condition: { StringEquals: { [AUD]: "eu-west-1_AbCdEfGhI" } } })),
      { guest: false, user: false },
    ],
    [
      "with another action",
      () => policy(statement({ Action: "sts:AssumeRole", Condition: own() })),
      { guest: false, user: false },
    ],
    [
      "with an action by wildcard, in another case",
      () => policy(statement({ Action: "STS:assumerole*", Condition: own() })),
      { guest: true, user: true },
    ],
    [
      "with everything but another action",
      () => policy(statement({ Action: undefined, NotAction: "sts:AssumeRole", Condition: own() })),
      { guest: true, user: true },
    ],
    [
      "of another principal",
      () => policy(statement({ Principal: { Federated: "accounts.google.com" }, Condition: own() })),
      { guest: false, user: false },
    ],
    [
      "of another partition's principal",
      () => policy(statement({ Principal: { Federated: "cognito-identity-us-gov.amazonaws.com" }, Condition: own() })),
      { guest: false, user: false },
    ],
    [
      "of a service principal",
      () => policy(statement({ Principal: { Service: "cognito-identity.amazonaws.com" }, Condition: own() })),
      { guest: false, user: false },
    ],
    [
      "of several principals",
      () =>
        policy(
          statement({
            Principal: { Federated: ["accounts.google.com", "cognito-identity.amazonaws.com"], AWS: "123456789012" },
            Condition: own(),
          }),
        ),
      { guest: true, user: true },
    ],
    [
      "with a developer provider in amr",
      () => policy(statement({ Condition: { ...own(), "ForAnyValue:StringLike": { [AMR]: "login.app*" } } })),
      { guest: false, user: true },
    ],
    [
      "with a misspelt key",
      () => policy(statement({ Condition: { "ForAnyValue:StringLike": { "cognito-identity.amazon.com:amr": "*" } } })),
      { guest: false, user: false },
    ],
    [
      "for one identity",
      () => policy(statement({ Condition: { ...own(), StringLike: { [SUB]: guest } } })),
      { guest: true, user: false },
    ],
    [
      "that denies users",
      () =>
        policy(
          statement({ Condition: own() }),
          statement({ Effect: "Deny", Condition: { "ForAnyValue:StringEquals": { [AMR]: "authenticated" } } }),
        ),
      { guest: true, user: false },
    ],
    [
      "that denies everybody without a certain session name",
      () =>
        policy(
          statement({ Condition: own() }),
          statement({
            Effect: "Deny",
            Principal: { AWS: "*" },
            Condition: { StringNotEquals: { "sts:RoleSessionName": ["session", "CognitoIdentityCredentials"] } },
          }),
        ),
      { guest: true, user: true },
    ],
    [
      "that denies everybody",
      () => policy(statement({ Condition: own() }), statement({ Effect: "Deny", Principal: { AWS: "*" } })),
      { guest: false, user: false },
    ],
    [
      "with amr compared without a set operator",
      () => policy(statement({ Condition: { ...own(), StringLike: { [AMR]: "*authenticated" } } })),
      // A user's amr has several values.
      { guest: true, user: false },
    ],
    [
      "with ForAllValues over a key that is not there",
      () => policy(statement({ Condition: { ...own(), "ForAllValues:StringEquals": { "aws:TagKeys": "team" } } })),
      { guest: true, user: true },
    ],
    [
      "with a variable",
      () =>
        policy(
          // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
          statement({ Condition: { ...own(), StringEquals: { "sts:RoleSessionName": "${sts:RoleSessionName}" } } }),
        ),
      { guest: true, user: true },
    ],
    [
      "that asks for the provider of a role session, which the caller does not have yet",
      () => policy(statement({ Condition: { ...own(), Null: { "aws:FederatedProvider": "false" } } })),
      { guest: false, user: false },
    ],
    [
      "that asks for the duration of the session, of which such a call has no key",
      () => policy(statement({ Condition: { ...own(), NumericLessThanEquals: { "sts:DurationSeconds": "43200" } } })),
      { guest: false, user: false },
    ],
    [
      "with Null and a set operator",
      () => policy(statement({ Condition: { ...own(), "ForAllValues:Null": { [AMR]: "true" } } })),
      { guest: true, user: true },
    ],
    [
      "with keys in another case",
      () => policy(statement({ Condition: { StringEquals: { [AUD.toUpperCase()]: pool } } })),
      { guest: true, user: true },
    ],
  ])("%s", async (_, document, expected) => {
    expect(await outcome(document())).toEqual(expected);
  });

  it("that is repaired vends credentials again", async () => {
    await use(trust(other, "unauthenticated"));
    await expect(enhanced()).rejects.toMatchObject(NO_ROLE);
    const RoleName = `role${numbered}`;
    const PolicyDocument = trust(pool, "unauthenticated");
    await clients.iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument }));
    expect((await enhanced()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
  });
});

describe("session tags", () => {
  const both = (more: object = {}) =>
    policy(
      statement({ Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"], Condition: { ...own(), ...more } }),
    );

  it("need sts:TagSession", async () => {
    const arn = await use(trust(pool, "authenticated"));
    const tagged = await user({ team: "blue" });
    await expect(enhanced(tagged)).rejects.toMatchObject(NO_ROLE);
    expect(await basic(arn, tagged)).toEqual(DENIED);
    // The same user without tags.
    await enhanced(await user());
    const tagging = await use(both());
    await enhanced(tagged);
    expect(await basic(tagging, tagged)).toEqual(OK);
  });

  it("can be in conditions", async () => {
    await use(both({ StringEqualsIfExists: { "aws:RequestTag/team": "blue" } }));
    await enhanced(await user({ team: "blue" }));
    await enhanced(await user());
    await expect(enhanced(await user({ team: "red" }))).rejects.toMatchObject(NO_ROLE);
    await use(both({ "ForAllValues:StringEquals": { "aws:TagKeys": ["team"] } }));
    await enhanced(await user({ team: "red" }));
    await expect(enhanced(await user({ team: "red", rank: "1" }))).rejects.toMatchObject(NO_ROLE);
  });

  it("have at most 460 bytes together, and the characters of STS", async () => {
    const arn = await use(both());
    const tag = { a: "x".repeat(229), b: "y".repeat(229) };
    await enhanced(await user(tag));
    const large = await user({ ...tag, b: "y".repeat(230) });
    await expect(enhanced(large)).rejects.toMatchObject(NO_ROLE);
    expect(await basic(arn, large)).toEqual([
      400,
      "PackedPolicyTooLarge",
      "Packed size of session tags consumes 101% of allotted space.",
    ]);
    await expect(enhanced(await user({ a: "<b>" }))).rejects.toMatchObject(NO_ROLE);
  });

  it("come from the claims of a login where the pool maps them", async () => {
    const provider = "login.example.com";
    const arn = `arn:aws:iam::000000000000:oidc-provider/${provider}`;
    const { IdentityPoolId } = await clients.cognito.send(
      new cognito.CreateIdentityPoolCommand({
        IdentityPoolName: "tagging",
        AllowUnauthenticatedIdentities: false,
        OpenIdConnectProviderARNs: [arn],
      }),
    );
    const claims = { iss: `https://${provider}`, aud: "app", sub: "ann", exp: 4_000_000_000, department: "blue" };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
    const Logins = { [provider]: `${encode({ alg: "RS256" })}.${encode(claims)}.eA` };
    const authenticated = await createRole(clients.iam, "untagged", trust(IdentityPoolId ?? "", "authenticated"));
    await clients.cognito.send(new cognito.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { authenticated } }));
    const { IdentityId = "" } = await clients.cognito.send(new cognito.GetIdCommand({ IdentityPoolId, Logins }));
    await enhanced({ IdentityId, Logins });
    await clients.cognito.send(
      new cognito.SetPrincipalTagAttributeMapCommand({
        IdentityPoolId,
        IdentityProviderName: arn,
        PrincipalTags: { team: "department" },
      }),
    );
    await expect(enhanced({ IdentityId, Logins })).rejects.toMatchObject(NO_ROLE);
    await clients.iam.send(
      new sdk.UpdateAssumeRolePolicyCommand({
        RoleName: "untagged",
        PolicyDocument: policy(
          statement({
            Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
            Condition: { StringEquals: { [AUD]: IdentityPoolId, "aws:RequestTag/team": "blue" } },
          }),
        ),
      }),
    );
    await enhanced({ IdentityId, Logins });
  });
});

describe("a role", () => {
  it("that nobody created is accepted", async () => {
    await setRoles(guestRole);
    await enhanced();
    expect(await basic(roleArn("nobody"))).toEqual(OK);
  });

  it("that was deleted is not accepted, until it is created again", async () => {
    const arn = await use(trust(pool, "unauthenticated"));
    const RoleName = `role${numbered}`;
    await enhanced();
    await clients.iam.send(new sdk.DeleteRoleCommand({ RoleName }));
    await expect(enhanced()).rejects.toMatchObject(NO_ROLE);
    expect(await basic(arn)).toEqual(DENIED);
    await createRole(clients.iam, RoleName, trust(pool, "unauthenticated"));
    await enhanced();
  });

  it("under another path than its own does not exist", async () => {
    await createRole(clients.iam, "pathless", trust(pool, "unauthenticated"));
    expect(await basic(roleArn("pathless"))).toEqual(OK);
    expect(await basic(roleArn("some/pathless"))).toEqual(DENIED);
  });

  it("that nobody created is refused with strictRoles", async () => {
    await using strict = await startClients({ strictRoles: true });
    const IdentityPoolId = await idOfNewPool(strict.cognito);
    const { IdentityId } = await strict.cognito.send(new cognito.GetIdCommand({ IdentityPoolId }));
    const give = (unauthenticated: string) =>
      strict.cognito.send(new cognito.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { unauthenticated } }));
    const get = () => strict.cognito.send(new cognito.GetCredentialsForIdentityCommand({ IdentityId }));
    await give(guestRole);
    await expect(get()).rejects.toMatchObject(NO_ROLE);
    const { Token = "" } = await strict.cognito.send(new cognito.GetOpenIdTokenCommand({ IdentityId }));
    const answer = await callSts(strict.server.url, {
      Action: "AssumeRoleWithWebIdentity",
      RoleArn: guestRole,
      RoleSessionName: "session",
      WebIdentityToken: Token,
    });
    expect([answer.status, answer.element("Code"), answer.element("Message")]).toEqual(DENIED);
    await give(await createRole(strict.iam, "guests", trust(IdentityPoolId, "unauthenticated")));
    expect((await get()).Credentials?.AccessKeyId).toMatch(/^ASIA/);
  });

  it("gives sessions of at most its own duration", async () => {
    const arn = await use(trust(pool, "unauthenticated"));
    expect(await basic(arn, undefined, { DurationSeconds: "3600" })).toEqual(OK);
    expect(await basic(arn, undefined, { DurationSeconds: "3601" })).toEqual([
      400,
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    ]);
  });
});

it.each([
  ["us-gov-west-1", "cognito-identity-us-gov.amazonaws.com", "cognito-identity-us-gov.amazonaws.com"],
  ["us-gov-east-1", "cognito-identity.us-gov-east-1.amazonaws.com", "cognito-identity.us-gov-east-1.amazonaws.com"],
  ["cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn", "cognito-identity.amazonaws.com.cn"],
  ["cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn", "cognito-identity.cn-north-1.amazonaws.com.cn"],
])("a pool of %s is trusted as %s, by the keys of %s", async (there, principal, prefix) => {
  const settings = {
    region: there,
    endpoint: clients.server.url,
    credentials: { accessKeyId: "any", secretAccessKey: "any" },
  };
  const client = new cognito.CognitoIdentityClient(settings);
  const iam = new sdk.IAMClient(settings);
  const IdentityPoolId = await idOfNewPool(client);
  const named = (name: string) =>
    trust(IdentityPoolId, "unauthenticated")
      .replaceAll("cognito-identity.amazonaws.com:", `${prefix}:`)
      .replace('"cognito-identity.amazonaws.com"', `"${name}"`);
  const RoleName = `in-${there}-${prefix.length}`;
  const unauthenticated = await createRole(iam, RoleName, named("cognito-identity.amazonaws.com"));
  await client.send(new cognito.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: { unauthenticated } }));
  const { IdentityId } = await client.send(new cognito.GetIdCommand({ IdentityPoolId }));
  const get = () => client.send(new cognito.GetCredentialsForIdentityCommand({ IdentityId }));
  await expect(get()).rejects.toMatchObject(NO_ROLE);
  await iam.send(new sdk.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: named(principal) }));
  await get();
  client.destroy();
  iam.destroy();
});

it.each<[unknown, string]>([
  ["{", "This policy contains invalid Json"],
  ["[]", "This policy contains invalid Json"],
  [{ Version: "2012-10-17", Statement: [] }, "Could not parse the policy: Statement is empty!"],
  [{ Version: "2012-10-17" }, "Could not parse the policy: Statement is empty!"],
  [{ Version: "2020-01-01", Statement: [statement({})] }, "The policy must contain a valid version string"],
  [{ Version: "2012-10-17", Statements: [] }, "Unknown field Statements"],
  [policy(statement({ Effect: undefined })), "Missing required field Effect"],
  [policy(statement({ Effect: "allow" })), "Invalid effect: allow"],
  // A text that cannot be made of the value.
  [policy(statement({ Effect: { toString: null } })), "Syntax error in policy."],
  [policy(statement({ Principal: undefined })), "Missing required field Principal"],
  [policy(statement({ Principal: {} })), "Missing required field Principal cannot be empty!"],
  [policy(statement({ Principal: "*" })), 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'],
  [policy(statement({ Principal: { Aws: "*" } })), 'Invalid principal in policy: "Aws"'],
  [policy(statement({ Principal: { AWS: "ann" } })), 'Invalid principal in policy: "AWS":"ann"'],
  [
    policy(statement({ Principal: { Federated: "arn:aws:iam//000000000000:oidc-provider/a" } })),
    "Federated principals must be valid domain names or SAML metadata ARNs",
  ],
  [policy(statement({ Principal: undefined, NotPrincipal: { AWS: "*" } })), "Allow with NotPrincipal is not allowed."],
  [
    policy(statement({ Effect: "Deny", Principal: undefined, NotPrincipal: { AWS: "*" } })),
    "AssumeRole policy must not contain NotPrincipal field.",
  ],
  [policy(statement({ Action: undefined })), "Missing required field Action"],
  [policy(statement({ Action: "*" })), "AssumeRole policy may only specify STS AssumeRole actions."],
  [
    policy(statement({ Action: ["sts:AssumeRole", "s3:GetObject"] })),
    "AssumeRole policy may only specify STS AssumeRole actions.",
  ],
  [policy(statement({ Resource: "*" })), "Has prohibited field Resource"],
  [policy(statement({ NotResource: "*" })), "AssumeRole policy must not contain resources."],
  [policy(statement({ Condition: { StringEqual: { [AUD]: "a" } } })), "Invalid Condition type : StringEqual"],
  [policy(statement({ Condition: { NullIfExists: { [AUD]: "true" } } })), "Invalid Condition type : NullIfExists"],
  [
    policy(statement({ Condition: { "ForAnyValue:NullIfExists": { [AUD]: "a" } } })),
    "Invalid Condition type : ForAnyValue:NullIfExists",
  ],
  [
    policy(statement({ Condition: { StringLike: { [AUD]: "*" }, StringEquals: { [AUD.toUpperCase()]: "a" } } })),
    "Syntax error in policy.",
  ],
  [policy(statement({ Action: [], Condition: own })), "Missing required field Action"],
  [policy(statement({ Principal: { Federated: [] } })), "Syntax error in policy."],
  [policy(statement({})), "A condition block must be present for the Cognito provider"],
  [
    policy(statement({ Condition: { StringEquals: {} } })),
    "A condition block must be present for the Cognito provider",
  ],
  [policy(statement({ Action: "sts:AssumeRole", NotAction: "sts:TagSession" })), "Syntax error in policy."],
  [policy(statement({ Condition: { StringEquals: "a" } })), "Syntax error in policy."],
  [
    policy(statement({ Sid: "a", Condition: own }), statement({ Sid: "a" })),
    "A condition block must be present for the Cognito provider",
  ],
  [
    policy(
      statement({ Sid: "a", Principal: { Service: "ec2.amazonaws.com" } }),
      statement({ Sid: "a", Principal: { Service: "ec2.amazonaws.com" } }),
    ),
    "The Statement Ids in the policy are not unique",
  ],
])("IAM refuses the trust policy %j", async (document, message) => {
  const text = typeof document === "string" ? document : JSON.stringify(document);
  const error = { name: "MalformedPolicyDocumentException", message };
  await expect(createRole(clients.iam, "malformed", text)).rejects.toMatchObject(error);
  const kept = await use(trust(pool, "unauthenticated"));
  const change = new sdk.UpdateAssumeRolePolicyCommand({ RoleName: `role${numbered}`, PolicyDocument: text });
  await expect(clients.iam.send(change)).rejects.toMatchObject(error);
  expect(await basic(kept)).toEqual(OK);
});

describe("the session policy of AssumeRoleWithWebIdentity", () => {
  const valid = { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] };
  it.each<[string, string, (string | number | undefined)[]]>([
    ["that is valid", JSON.stringify(valid), OK],
    ["that is no JSON", "{", [400, "MalformedPolicyDocument", "This policy contains invalid Json"]],
    ["that is no policy", "{}", [400, "MalformedPolicyDocument", "Syntax errors in policy."]],
    [
      "with a principal",
      JSON.stringify({ ...valid, Statement: [{ ...valid.Statement[0], Principal: "*" }] }),
      [400, "MalformedPolicyDocument", "Policy document should not specify a principal."],
    ],
    [
      "of more than 2,048 characters",
      JSON.stringify(valid) + " ".repeat(2000),
      [
        400,
        "ValidationError",
        "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048",
      ],
    ],
    [
      "that is empty",
      "",
      [
        400,
        "ValidationError",
        "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ],
    ],
  ])("%s", async (_, Policy, expected) => {
    expect(await basic(roleArn("nobody"), undefined, { Policy })).toEqual(expected);
  });
});
