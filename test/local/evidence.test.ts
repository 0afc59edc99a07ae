/**
 * What AWS was seen to answer, row by row as in docs/local-service.md. Each test names the source of its row, and covers the
 * operations, providers and flows that must behave alike.
 */
import { createHash } from "node:crypto";
import * as sdk from "@aws-sdk/client-cognito-identity";
import { UnsecuredJWT } from "jose";
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

const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const oidc = "login.example.com/tenant";
const oidcArn = `arn:aws:iam::000000000000:oidc-provider/${oidc}`;
const saml = "arn:aws:iam::000000000000:saml-provider/idp";
const userPool = `cognito-idp.${region}.amazonaws.com/${region}_AbCdEf`;

let service: Service;
let client: sdk.CognitoIdentityClient;
/** With guests, Google, Facebook and a developer provider. */
let pool: string;
/** With guests and every kind of provider. */
let full: string;

beforeAll(async () => {
  service = await startService();
  client = service.sdk;
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  pool = await createPool(client);
  full = await makePool({});
});

const fullPool = {
  IdentityPoolName: "full",
  AllowUnauthenticatedIdentities: true,
  SupportedLoginProviders: { [google]: "app.example", [facebook]: "1", "appleid.apple.com": "com.app" },
  OpenIdConnectProviderARNs: [oidcArn],
  SamlProviderARNs: [saml],
  CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: "client" }],
};

async function makePool(settings: Partial<sdk.CreateIdentityPoolCommandInput>): Promise<string> {
  const { IdentityPoolId = "" } = await client.send(new sdk.CreateIdentityPoolCommand({ ...fullPool, ...settings }));
  const Roles = { authenticated: userRole, unauthenticated: guestRole };
  await client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
  return IdentityPoolId;
}

type Logins = Record<string, string>;
const getId = async (IdentityPoolId: string, logins?: Logins) =>
  (await client.send(new sdk.GetIdCommand({ IdentityPoolId, ...(logins && { Logins: logins }) }))).IdentityId ?? "";
const credentials = (IdentityId: string, logins?: Logins, CustomRoleArn?: string) =>
  client.send(
    new sdk.GetCredentialsForIdentityCommand({
      IdentityId,
      ...(logins && { Logins: logins }),
      ...(CustomRoleArn !== undefined && { CustomRoleArn }),
    }),
  );
const openIdToken = async (IdentityId: string, logins?: Logins) =>
  (await client.send(new sdk.GetOpenIdTokenCommand({ IdentityId, ...(logins && { Logins: logins }) }))).Token ?? "";
const userToken = (claims: Record<string, unknown> = {}) => ({
  [userPool]: idToken(userPool, "client", { sub: "user", ...claims }),
});

/** A signed call without the SDK: the answer as it is on the wire. */
async function send(operation: string, input: object, ofRegion = region) {
  const response = await fetch(service.url, {
    method: "POST",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": `AWSCognitoIdentityService.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/${ofRegion}/cognito-identity/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  const text = await response.text();
  return { status: response.status, text, body: text === "" ? undefined : JSON.parse(text) };
}

const refusal = (name: string, message: string) => ({ name, message, $metadata: { httpStatusCode: 400 } });
const parts = (token: string) =>
  token
    .split(".")
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>);

describe("D1 (https://github.com/aws-amplify/amplify-swift/issues/2842): a pool without tags", () => {
  it("shows empty tags in create, describe and update", async () => {
    const made = await send("CreateIdentityPool", { IdentityPoolName: "x", AllowUnauthenticatedIdentities: true });
    expect(made.body).toMatchObject({ IdentityPoolTags: {} });
    const { IdentityPoolId } = made.body;
    expect((await send("DescribeIdentityPool", { IdentityPoolId })).body.IdentityPoolTags).toEqual({});
    const updated = { IdentityPoolId, IdentityPoolName: "y", AllowUnauthenticatedIdentities: true };
    expect((await send("UpdateIdentityPool", updated)).body.IdentityPoolTags).toEqual({});
  });
});

describe("D2 (cloud-custodian's recorded data, and the API reference): an operation without an output", () => {
  it("answers 200 with an empty body", async () => {
    const logins = { [google]: googleToken("user") };
    const id = await getId(pool, { ...logins, [facebook]: "user" });
    const user = await client.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: { [developerProvider]: "u" } }),
    );
    const calls: [string, object][] = [
      ["SetIdentityPoolRoles", { IdentityPoolId: pool, Roles: {} }],
      ["UnlinkIdentity", { IdentityId: id, Logins: logins, LoginsToRemove: [facebook] }],
      [
        "UnlinkDeveloperIdentity",
        {
          IdentityId: user.IdentityId,
          IdentityPoolId: pool,
          DeveloperProviderName: developerProvider,
          DeveloperUserIdentifier: "u",
        },
      ],
      ["DeleteIdentityPool", { IdentityPoolId: pool }],
    ];
    for (const [operation, input] of calls)
      expect([operation, await send(operation, input)]).toMatchObject([operation, { status: 200, text: "" }]);
  });

  it("has an empty object where the model has an output", async () => {
    expect((await send("TagResource", { ResourceArn: arnOf(pool), Tags: { a: "b" } })).text).toBe("{}");
    expect((await send("UntagResource", { ResourceArn: arnOf(pool), TagKeys: ["a"] })).text).toBe("{}");
  });
});

describe("D3 (an output of the AWS CLI, 2022): ServerSideTokenCheck", () => {
  it("is false where it was left out, in create, describe and update", async () => {
    const echoed = [{ ProviderName: userPool, ClientId: "client", ServerSideTokenCheck: false }];
    const made = await send("CreateIdentityPool", fullPool);
    expect(made.body.CognitoIdentityProviders).toEqual(echoed);
    const { IdentityPoolId } = made.body;
    expect((await send("DescribeIdentityPool", { IdentityPoolId })).body.CognitoIdentityProviders).toEqual(echoed);
    expect((await send("UpdateIdentityPool", { IdentityPoolId, ...fullPool })).body.CognitoIdentityProviders).toEqual(
      echoed,
    );
  });
});

describe("D4 (https://github.com/awslabs/aws-rum-web/issues/172): the classic flow with role mappings", () => {
  it("is refused for guests and users, and possible again without them", async () => {
    const token = userToken();
    const ids = [await getId(full), await getId(full, token)];
    const RoleMappings = { [`${userPool}:client`]: { Type: "Token", AmbiguousRoleResolution: "Deny" } } as const;
    const Roles = { authenticated: userRole, unauthenticated: guestRole };
    await client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId: full, Roles, RoleMappings }));
    const refused = refusal(
      "InvalidParameterException",
      "Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.",
    );
    await expect(openIdToken(ids[0] ?? "")).rejects.toMatchObject(refused);
    await expect(openIdToken(ids[1] ?? "", token)).rejects.toMatchObject(refused);
    expect((await credentials(ids[0] ?? "")).Credentials).toBeDefined();
    await client.send(new sdk.SetIdentityPoolRolesCommand({ IdentityPoolId: full, Roles }));
    expect(await openIdToken(ids[0] ?? "")).toMatch(/^eyJ/);
  });
});

describe("D5 (https://github.com/aws-amplify/aws-sdk-ios/issues/520): the classic flow with a SAML login", () => {
  it("is refused, for a new guest's login too; the enhanced flow is not", async () => {
    const logins = { [saml]: "assertion" };
    const id = await getId(full, logins);
    for (const one of [id, await getId(full)])
      await expect(openIdToken(one, logins)).rejects.toMatchObject(
        refusal(
          "InvalidParameterException",
          "Basic (classic) flow is not supported with SAML, please use enhanced flow.",
        ),
      );
    expect((await credentials(id, logins)).Credentials).toBeDefined();
  });
});

describe("D6, D7, D8 (posted tokens; https://speakerdeck.com/player/fcca686ecc42459fa57423156ce7561f): a token", () => {
  it("of an OpenID Connect user names the provider's ARN and the subject in amr (D6)", async () => {
    const logins = { [oidc]: idToken(oidc, "app", { sub: "me" }) };
    const [, claims] = parts(await openIdToken(await getId(full, logins), logins));
    expect(claims?.["amr"]).toEqual(["authenticated", oidc, `${oidcArn}:OIDC:me`]);
  });

  it("of a user pool's user names the subject in amr (D6, inferred: https://github.com/ministackorg/ministack/pull/1609)", async () => {
    const [, claims] = parts(await openIdToken(await getId(full, userToken()), userToken()));
    expect(claims?.["amr"]).toEqual(["authenticated", userPool, `${userPool}:CognitoSignIn:user`]);
  });

  it("of Google and Facebook names the provider alone, and of a guest none", async () => {
    const logins = { [google]: googleToken("me"), [facebook]: "opaque" };
    const [, claims] = parts(await openIdToken(await getId(full, logins), logins));
    expect(claims?.["amr"]).toEqual(["authenticated", google, facebook]);
    const [, guest] = parts(await openIdToken(await getId(full)));
    expect(guest?.["amr"]).toEqual(["unauthenticated"]);
  });

  it("has the claims and the header in AWS's order, the pool's ARN, and the region in its key ID (D7, D8)", async () => {
    const [header, claims] = parts(await openIdToken(await getId(full)));
    expect(JSON.stringify(header)).toBe(`{"kid":"${region}1","typ":"JWS","alg":"RS512"}`);
    expect(Object.keys(claims ?? {})).toEqual([
      "sub",
      "aud",
      "amr",
      "iss",
      "https://cognito-identity.amazonaws.com/identity-pool-arn",
      "exp",
      "iat",
    ]);
    expect(claims?.["https://cognito-identity.amazonaws.com/identity-pool-arn"]).toBe(arnOf(full));
    const { Token = "" } = await client.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: pool,
        Logins: { [developerProvider]: "u" },
        PrincipalTags: { team: "blue" },
      }),
    );
    const [, developer] = parts(Token);
    expect(Object.keys(developer ?? {})[3]).toBe("https://aws.amazon.com/tags");
    expect(developer?.["amr"]).toEqual(["authenticated", developerProvider, `${developerProvider}:${pool}:u`]);
    expect(developer?.["https://cognito-identity.amazonaws.com/identity-pool-arn"]).toBe(arnOf(pool));
  });
});

describe("the issuer by partition (AWS's documentation; GovCloud's is inferred from its principals)", () => {
  it.each([
    ["eu-west-1", "cognito-identity.amazonaws.com", "aws"],
    ["cn-north-1", "cognito-identity.cn-north-1.amazonaws.com.cn", "aws-cn"],
    ["us-gov-west-1", "cognito-identity-us-gov.amazonaws.com", "aws-us-gov"],
    ["us-gov-east-1", "cognito-identity.us-gov-east-1.amazonaws.com", "aws-us-gov"],
    ["eusc-de-east-1", "cognito-identity.amazonaws.com", "aws-eusc"],
    ["us-iso-east-1", "cognito-identity.amazonaws.com", "aws-iso"],
  ])("of %s is %s", async (where, host, partition) => {
    await using own = await startService();
    const elsewhere = new sdk.CognitoIdentityClient({
      region: where,
      endpoint: own.url,
      credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
    });
    const IdentityPoolId = await createPool(elsewhere);
    const { IdentityId, Token = "" } = await elsewhere.send(
      new sdk.GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [developerProvider]: "u" } }),
    );
    const [header, claims] = parts(Token);
    expect(claims?.["iss"]).toBe(`https://${host}`);
    expect(header?.["kid"]).toBe(`${where}1`);
    const arn = `arn:${partition}:cognito-identity:${where}:000000000000:identitypool/${IdentityPoolId}`;
    expect(claims?.["https://cognito-identity.amazonaws.com/identity-pool-arn"]).toBe(arn);
    // The token is a login under the service's name, and the ARN is one that the tag operations take.
    const { Credentials } = await elsewhere.send(
      new sdk.GetCredentialsForIdentityCommand({ IdentityId, Logins: { [host]: Token } }),
    );
    expect(Credentials).toBeDefined();
    expect(await elsewhere.send(new sdk.ListTagsForResourceCommand({ ResourceArn: arn }))).toMatchObject({
      Tags: { stage: "test" },
    });
    const keys = (await (await fetch(`${own.url}/.well-known/jwks_uri`)).json()) as { keys: { kid: string }[] };
    expect(keys.keys.map(({ kid }) => kid)).toEqual([`${where}1`]);
    elsewhere.destroy();
  });
});

describe("D9 (https://github.com/aws-amplify/amplify-js/issues/5015, https://github.com/aws/aws-sdk-ruby/issues/2941): a user's identity without logins", () => {
  it.each([
    ["GetCredentialsForIdentity", credentials],
    ["GetOpenIdToken", openIdToken],
  ] as const)("is forbidden in %s, or guests are not supported", async (_, call) => {
    const id = await getId(full, userToken());
    for (const logins of [undefined, {}])
      await expect(call(id, logins)).rejects.toMatchObject(
        refusal("NotAuthorizedException", `Access to Identity '${id}' is forbidden.`),
      );
    const settings = { ...fullPool, AllowUnauthenticatedIdentities: false };
    await client.send(new sdk.UpdateIdentityPoolCommand({ IdentityPoolId: full, ...settings }));
    await expect(call(id)).rejects.toMatchObject(
      refusal("NotAuthorizedException", "Unauthenticated access is not supported for this identity pool."),
    );
    await expect(call(id, { [facebook]: "another" })).rejects.toMatchObject({
      message: expect.stringMatching(/^Logins don't match/),
    });
  });
});

describe("D10 (https://github.com/jaredhanson/passport-google-oauth2/issues/20): an opaque token of a provider of id tokens", () => {
  it.each([google, "appleid.apple.com", userPool, oidc])("is refused for %s", async (provider) => {
    const refused = refusal(
      "NotAuthorizedException",
      "Invalid login token. Not a valid OpenId Connect identity token.",
    );
    const guest = await getId(full);
    const logins = { [provider]: "ya29.opaque" };
    await expect(getId(full, logins)).rejects.toMatchObject(refused);
    await expect(credentials(guest, logins)).rejects.toMatchObject(refused);
    await expect(openIdToken(guest, logins)).rejects.toMatchObject(refused);
  });
});

describe("D12 (https://github.com/aws-amplify/amplify-backend/issues/766): the ARN of a SAML provider that is not the account's", () => {
  it.each([
    "arn:us-east-1:iam::000000000000:saml-provider/x",
    "arn:aws:iam::111111111111:saml-provider/x",
    "arn:aws:iam::000000000000:role/saml-provider/x",
  ])("is refused: %s", async (arn) => {
    const refused = refusal("NotAuthorizedException", `Identity provider ${arn} is not valid for account 000000000000`);
    await expect(makePool({ SamlProviderARNs: [arn] })).rejects.toMatchObject(refused);
    await expect(
      client.send(new sdk.UpdateIdentityPoolCommand({ IdentityPoolId: full, ...fullPool, SamlProviderARNs: [arn] })),
    ).rejects.toMatchObject(refused);
  });

  it("is not looked up for OpenID Connect (the Terraform provider's acceptance test)", async () => {
    const OpenIdConnectProviderARNs = ["arn:aws:iam::123456789012:oidc-provider/server.example.com"];
    expect(await makePool({ OpenIdConnectProviderARNs })).toMatch(/^eu-west-1:/);
  });
});

describe("D13 (https://github.com/hashicorp/terraform-provider-aws/pull/25964): principal tags of an OpenID Connect provider", () => {
  it("go by its ARN, and not by its host, and are in its users' tokens", async () => {
    const map = { IdentityPoolId: full, IdentityProviderName: oidcArn };
    const set = await client.send(
      new sdk.SetPrincipalTagAttributeMapCommand({ ...map, PrincipalTags: { user: "sub" } }),
    );
    expect(set).toMatchObject({ IdentityProviderName: oidcArn, PrincipalTags: { user: "sub" }, UseDefaults: false });
    expect(await client.send(new sdk.GetPrincipalTagAttributeMapCommand(map))).toMatchObject({
      PrincipalTags: { user: "sub" },
    });
    const logins = { [oidc]: idToken(oidc, "app", { sub: "me" }) };
    const [, claims] = parts(await openIdToken(await getId(full, logins), logins));
    expect(claims?.["https://aws.amazon.com/tags"]).toEqual({ principal_tags: { user: ["me"] } });
    await expect(
      client.send(new sdk.GetPrincipalTagAttributeMapCommand({ ...map, IdentityProviderName: oidc })),
    ).rejects.toMatchObject({ name: "InvalidParameterException" });
  });
});

describe("D14 (a posted report; a choice): CustomRoleArn with rules", () => {
  it("may name the role of any rule that matches, and no other", async () => {
    const rule = (Value: string, RoleARN: string) =>
      ({ Claim: "team", MatchType: "Contains", Value, RoleARN }) as const;
    const [first, second, third] = ["first", "second", "third"].map((name) => `arn:aws:iam::000000000000:role/${name}`);
    const Rules = [rule("b", first ?? ""), rule("blue", second ?? ""), rule("red", third ?? "")];
    const mapping = { Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules } } as const;
    await client.send(
      new sdk.SetIdentityPoolRolesCommand({
        IdentityPoolId: full,
        Roles: {},
        RoleMappings: { [`${userPool}:client`]: mapping },
      }),
    );
    const logins = userToken({ team: "blue" });
    const id = await getId(full, logins);
    expect((await credentials(id, logins, second)).Credentials).toBeDefined();
    expect((await credentials(id, logins, first)).Credentials).toBeDefined();
    await expect(credentials(id, logins, third)).rejects.toMatchObject({ name: "NotAuthorizedException" });
  });
});

describe("D15 (posted answers): the expiration of credentials", () => {
  it("is in whole seconds, here and in STS", async () => {
    const id = await getId(full);
    const { body } = await send("GetCredentialsForIdentity", { IdentityId: id });
    expect(Number.isInteger(body.Credentials.Expiration)).toBe(true);
    const form = { RoleArn: guestRole, RoleSessionName: "session", WebIdentityToken: await openIdToken(id) };
    const answer = await fetch(service.url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", ...form }),
    });
    expect(await answer.text()).toMatch(/<Expiration>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ<\/Expiration>/);
  });
});

describe("D16, D21 (https://github.com/aws/aws-sdk-ruby/issues/2173, https://github.com/aws-samples/resource-control-policy-examples/issues/18): a pool id instead of an ARN", () => {
  it.each([
    ["ListTagsForResource", {}],
    ["TagResource", { Tags: { a: "b" } }],
    ["UntagResource", { TagKeys: ["a"] }],
  ])("is denied by IAM in %s, with a capital Message", async (operation, rest) => {
    const { status, body } = await send(operation, { ResourceArn: pool, ...rest });
    expect(status).toBe(400);
    expect(body).toEqual({
      __type: "AccessDeniedException",
      Message: `User: arn:aws:iam::000000000000:user/local is not authorized to perform: cognito-identity:${operation} on resource: ${pool}`,
    });
  });
});

describe("D17 (published guest ids): an identity's id", () => {
  it("is no UUID of version 4 or of its variant, and fits the service's pattern", async () => {
    const ids = await Promise.all(Array.from({ length: 40 }, () => getId(full)));
    for (const id of ids) {
      expect(id).toMatch(/^eu-west-1:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
      expect(id).not.toMatch(/-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-/);
    }
    // One in four has the variant of RFC 9562 by chance.
    expect(ids.some((id) => !/-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(true);
  });
});

describe("D18 (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/684): a SAML assertion", () => {
  const assertion = (nameId: string, ...times: string[]) =>
    Buffer.from(
      `<?xml version="1.0"?><samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"><saml:Assertion><saml:Subject><saml:NameID Format="x">${nameId}</saml:NameID></saml:Subject>${times.map((time) => `<saml:Conditions NotOnOrAfter="${time}"/>`).join("")}</saml:Assertion></samlp:Response>`,
    ).toString("base64");
  const later = new Date(Date.now() + 600_000).toISOString();

  it("that expired is refused with both times in milliseconds", async () => {
    const expired = { [saml]: assertion("ada", later, "2018-02-12T12:00:10.394Z") };
    const guest = await getId(full);
    for (const call of [() => getId(full, expired), () => credentials(guest, expired)])
      await expect(call()).rejects.toMatchObject({
        name: "NotAuthorizedException",
        message: expect.stringMatching(/^Invalid login token\. Token expired: \d{13} >= 1518436810394$/),
      });
  });

  it("identifies the user by its NameID", async () => {
    const id = await getId(full, { [saml]: assertion("ada", later) });
    expect(await getId(full, { [saml]: assertion("ada", later, later) })).toBe(id);
    expect(await getId(full, { [saml]: assertion("bob", later) })).not.toBe(id);
  });
});

describe("D19 (the developer guide): the key set", () => {
  it("may be cached for 30 days", async () => {
    const answer = await fetch(`${service.url}/.well-known/jwks_uri`);
    expect(answer.headers.get("cache-control")).toBe("max-age=2592000");
  });
});

describe("D20 (https://github.com/amazon-archives/amazon-cognito-identity-js/issues/40): the issuer of an id token", () => {
  const mismatch = refusal("NotAuthorizedException", "Invalid login token. Issuer doesn't match providerName");

  it.each(["cognito-idp:us-east-1.amazonaws.com/us-east-1_X", `https://${userPool}`, oidcArn.replace("arn:", "")])(
    "is compared with %s before the provider is looked up",
    async (provider) => {
      const logins = { [provider]: idToken(userPool, "client", { sub: "user" }) };
      const guest = await getId(full);
      for (const call of [
        () => getId(full, logins),
        () => credentials(guest, logins),
        () => openIdToken(guest, logins),
      ])
        await expect(call()).rejects.toMatchObject(mismatch);
      // Also before it is known whether the pool has providers at all.
      const bare = await client.send(
        new sdk.CreateIdentityPoolCommand({ IdentityPoolName: "bare", AllowUnauthenticatedIdentities: true }),
      );
      await expect(getId(bare.IdentityPoolId ?? "", logins)).rejects.toMatchObject(mismatch);
    },
  );

  it("that matches a provider which the pool does not have leads to the next check", async () => {
    const logins = { "login.other.com": idToken("login.other.com", "app", { sub: "user" }) };
    await expect(getId(full, logins)).rejects.toMatchObject({
      message: "Token is not from a supported provider of this identity pool.",
    });
  });

  it("is not compared for an opaque provider, whose tokens are its own affair", async () => {
    const token = new UnsecuredJWT({
      iss: "https://www.facebook.com",
      nonce: createHash("sha1").digest("hex"),
    }).encode();
    expect(await getId(full, { [facebook]: token })).toMatch(/^eu-west-1:/);
  });
});

describe("STS (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html)", () => {
  it.each(["{", "[]", "{}", "text"])("refuses the session policy %j", async (Policy) => {
    const form = {
      RoleArn: guestRole,
      RoleSessionName: "session",
      WebIdentityToken: await openIdToken(await getId(full)),
    };
    const answer = await fetch(service.url, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", ...form, Policy }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("<Code>MalformedPolicyDocument</Code>");
  });
});
