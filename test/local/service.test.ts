/** The service without a socket: equal options and requests produce equal responses, and undeclared members are dropped. */
import { exportJWK, generateKeyPair } from "jose";
import { describe, expect, it } from "vitest";
import { createLocalService, type LocalOptions } from "../../src/local/service.ts";

const region = "eu-west-1";
const authorization = `AWS4-HMAC-SHA256 Credential=AKIDTEST/20260101/${region}/cognito-identity/aws4_request, SignedHeaders=host, Signature=0`;

/** A new service, and its calls: the answer's status, headers and parsed body. */
function start(options: LocalOptions = {}) {
  const service = createLocalService(options);
  const call = async (operation: string, input: unknown, headers: Record<string, string> = { authorization }) => {
    const answer = await service.handle({
      method: "POST",
      path: "/",
      headers: { "x-amz-target": `AWSCognitoIdentityService.${operation}`, ...headers },
      body: Buffer.from(typeof input === "string" ? input : JSON.stringify(input)),
    });
    return { ...answer, output: JSON.parse(answer.body || "{}") };
  };
  return { service, call };
}

const pool = { IdentityPoolName: "pool", AllowUnauthenticatedIdentities: true };

/** Deterministic ids, bytes and time. */
function predictable(): LocalOptions {
  let ids = 0;
  return {
    clock: () => 1_700_000_000_500,
    newId: () => {
      ids += 1;
      return `00000000-0000-0000-0000-${String(ids).padStart(12, "0")}`;
    },
    randomBytes: (size) => new Uint8Array(size).fill(7),
    accountId: "123456789012",
  };
}

describe("the options", () => {
  it("determine all tokens, with a signing key", async () => {
    const { privateKey } = await generateKeyPair("RS512", { extractable: true });
    const signingKey = await exportJWK(privateKey);
    const run = async () => {
      const { call } = start({ ...predictable(), signingKey });
      const { output: made } = await call("CreateIdentityPool", pool);
      const { output: guest } = await call("GetId", { IdentityPoolId: made.IdentityPoolId });
      return (await call("GetOpenIdToken", guest)).output;
    };
    const answer = await run();
    expect(answer.Token).toMatch(/^eyJ/);
    expect(await run()).toEqual(answer);
  });

  it("determine all responses", async () => {
    const run = async () => {
      const { call } = start(predictable());
      const { output: made } = await call("CreateIdentityPool", pool);
      const { IdentityPoolId } = made;
      await call("SetIdentityPoolRoles", {
        IdentityPoolId,
        Roles: { unauthenticated: "arn:aws:iam::123456789012:role/guests" },
      });
      const { output: guest } = await call("GetId", { IdentityPoolId });
      const ResourceArn = `arn:aws:cognito-identity:${region}:123456789012:identitypool/${IdentityPoolId}`;
      return [
        made,
        guest,
        (await call("DescribeIdentity", guest)).output,
        (await call("GetCredentialsForIdentity", guest)).output,
        (await call("ListTagsForResource", { ResourceArn })).output,
      ];
    };
    const answers = await run();
    expect(await run()).toEqual(answers);
    const IdentityId = `${region}:00000000-0000-0000-0000-000000000002`;
    expect(answers).toMatchObject([
      { IdentityPoolId: `${region}:00000000-0000-0000-0000-000000000001` },
      { IdentityId },
      { IdentityId, CreationDate: 1_700_000_000.5, LastModifiedDate: 1_700_000_000.5 },
      { IdentityId, Credentials: { AccessKeyId: "ASIAHHHHHHHHHHHHHHHH", Expiration: 1_700_003_600 } },
      { Tags: {} },
    ]);
  });

  it("include a callback for every call that names an operation, also if it fails", async () => {
    const told: [string, unknown][] = [];
    const { call } = start({ onCall: (operation, input) => told.push([operation, input]) });
    await call("ListIdentityPools", { MaxResults: 1 });
    await call("DeleteIdentityPool", { IdentityPoolId: `${region}:0` });
    await call("NoSuchOperation", {});
    await call("DeleteIdentityPool", { IdentityPoolId: `${region}:0` }, {});
    expect(told).toEqual([
      ["ListIdentityPools", { MaxResults: 1 }],
      ["DeleteIdentityPool", { IdentityPoolId: `${region}:0` }],
    ]);
  });

  it("may throw: the response contains no details", async () => {
    const { call } = start({
      newId: () => {
        throw new Error("a secret of ours");
      },
    });
    const { status, headers, body, output } = await call("CreateIdentityPool", pool);
    expect(status).toBe(500);
    expect(output).toEqual({ __type: "InternalErrorException", message: expect.any(String) });
    expect(JSON.stringify(headers) + body).not.toMatch(/secret|\.ts|at /);
  });
});

describe("an input", () => {
  it("can have undeclared members, which are dropped", async () => {
    const { call } = start();
    const providers = {
      CognitoIdentityProviders: [{ ProviderName: provider, ClientId: "client", Extra: 1 }],
      Extra: 1,
    };
    const { output: made } = await call("CreateIdentityPool", { ...pool, ...providers });
    expect(made.CognitoIdentityProviders).toEqual([
      { ProviderName: provider, ClientId: "client", ServerSideTokenCheck: false },
    ]);
    const { IdentityPoolId } = made;
    const mapping = { Type: "Token", AmbiguousRoleResolution: "Deny" };
    await call("SetIdentityPoolRoles", {
      IdentityPoolId,
      Roles: {},
      RoleMappings: { [`${provider}:client`]: { ...mapping, RulesConfiguration: null, Extra: 1 } },
    });
    const { output: roles } = await call("GetIdentityPoolRoles", { IdentityPoolId });
    expect(roles).toEqual({ IdentityPoolId, RoleMappings: { [`${provider}:client`]: mapping } });
  });

  it("treats a null member as missing", async () => {
    const { call } = start();
    const { output } = await call("CreateIdentityPool", { ...pool, AllowClassicFlow: null, IdentityPoolTags: null });
    expect(output).toEqual({ ...pool, IdentityPoolId: expect.any(String), IdentityPoolTags: {} });
  });

  it("can contain names of properties of JavaScript objects", async () => {
    const { call } = start();
    const name = "__proto__";
    const { output: made } = await call(
      "CreateIdentityPool",
      `{"IdentityPoolName":"x","AllowUnauthenticatedIdentities":true,"DeveloperProviderName":"${name}",
        "SupportedLoginProviders":{"${name}":"app"},"IdentityPoolTags":{"${name}":"v","constructor":"w"}}`,
    );
    expect(Object.entries(made.IdentityPoolTags)).toEqual([
      [name, "v"],
      ["constructor", "w"],
    ]);
    expect(Object.entries(made.SupportedLoginProviders)).toEqual([[name, "app"]]);
    const { IdentityPoolId } = made;
    const without = await call("GetOpenIdTokenForDeveloperIdentity", { IdentityPoolId, Logins: { other: "user" } });
    expect(without.output.message).toBe("This identity pool does not support the specified developer provider");
    const unlisted = await call("GetId", { IdentityPoolId, Logins: { constructor: "user" } });
    expect(unlisted.output.__type).toBe("NotAuthorizedException");
    const missing = await call("DescribeIdentityPool", `{"${name}":{"IdentityPoolId":"${IdentityPoolId}"}}`);
    expect(missing.output.__type).toBe("ValidationException");
  });

  it("of a pool needs a user pool's client too, and fifty tags at most", async () => {
    const { call } = start();
    const { output } = await call("CreateIdentityPool", {
      ...pool,
      CognitoIdentityProviders: [{ ProviderName: provider }],
    });
    expect(output).toEqual({ __type: "InvalidParameterException", message: "Invalid Cognito Identity Provider" });
    const tags = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, "v"]));
    expect((await call("CreateIdentityPool", { ...pool, IdentityPoolTags: tags(50) })).status).toBe(200);
    const over = await call("CreateIdentityPool", { ...pool, IdentityPoolTags: tags(51) });
    expect(over.output.__type).toBe("InvalidParameterException");
  });
});

describe("an unsigned call", () => {
  it("uses the region of its id, whatever its Authorization header", async () => {
    const { call } = start();
    const { output } = await call("CreateIdentityPool", pool);
    for (const header of [authorization.replace(region, "us-east-1"), "Bearer x"])
      expect((await call("GetId", output, { authorization: header })).status).toBe(200);
  });
});

const provider = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf";
