/** Where calls may go: to AWS, to this machine, or where the operator said; elsewhere not a byte. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isTrusted } from "../../src/aws/trusted-hosts.ts";
import { startServer } from "../support/client.ts";
import { report } from "../support/figures.ts";

const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
const keys = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "eu-west-1" };

let folder: string;
let connections = 0;
const listener = createServer((socket) => {
  connections += 1;
  socket.destroy();
});
/** This machine under a name that is not known to be this machine. */
let foreign: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  await new Promise<void>((resolve) => listener.listen(0, "::", resolve));
  foreign = `[::ffff:127.0.0.1]:${(listener.address() as AddressInfo).port}`;
});
afterAll(() => {
  report(7, "foreign and plain-http endpoints, of a profile and of variables", "not a byte sent");
  listener.close();
  rmSync(folder, { recursive: true });
});

describe("a foreign endpoint", () => {
  it.each(["http", "https"])("of a profile, by %s, gets nothing", async (protocol) => {
    const file = join(folder, "config");
    writeFileSync(file, `[default]\nendpoint_url = ${protocol}://${foreign}\n`);
    connections = 0;
    await using session = await startServer({
      args: ["--policy", "delete=off"],
      env: { ...keys, AWS_CONFIG_FILE: file },
    });
    for (const [tool, input] of [
      ["describe-identity-pool", { IdentityPoolId }],
      ["delete-identity-pool", { IdentityPoolId }],
      [
        "get-credentials-for-identity",
        { IdentityId: IdentityPoolId, Logins: { "accounts.google.com": "a-login-token" } },
      ],
      ["create-identity-pool", { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false }],
    ] as const) {
      const { isError, content } = await session.call(tool, input);
      expect({ isError, code: content["code"] }).toEqual({ isError: true, code: "EndpointError" });
      expect(content).not.toHaveProperty("outcome");
    }
    expect(connections).toBe(0);
  });

  it.each(["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_COGNITO_IDENTITY"])("of %s refuses to start", async (variable) => {
    for (const protocol of ["http", "https"])
      await expect(startServer({ env: { ...keys, [variable]: `${protocol}://${foreign}` } })).rejects.toThrow();
    expect(connections).toBe(0);
  });

  it("that the operator names is called", async () => {
    connections = 0;
    await using session = await startServer({ args: ["--endpoint-url", `https://${foreign}`], env: keys });
    expect((await session.call("describe-identity-pool", { IdentityPoolId })).content["code"]).not.toBe(
      "EndpointError",
    );
    expect(connections).toBeGreaterThan(0);
  });
});

describe("a host", () => {
  it.each([
    "cognito-identity.eu-west-1.amazonaws.com",
    "cognito-identity-fips.us-east-1.amazonaws.com",
    "cognito-identity.cn-north-1.amazonaws.com.cn",
    "cognito-identity.us-east-2.api.aws",
    "vpce-0123456789abcdef0-abcdefgh.cognito-identity.eu-west-1.vpce.amazonaws.com",
    "cognito-identity.eusc-de-east-1.amazonaws.eu",
    "sts.amazonaws.com",
    "sts.eu-west-1.amazonaws.com",
    "sts-fips.us-east-1.api.aws",
    "sts.cn-north-1.amazonaws.com.cn",
    "vpce-0123456789abcdef0-abcdefgh.sts.eu-west-1.vpce.amazonaws.com",
    "portal.sso.eu-west-1.amazonaws.com",
    "portal.sso-fips.us-east-1.api.aws",
    "oidc.cn-north-1.amazonaws.com.cn",
    "eu-west-1.signin.aws.amazon.com",
    "us-east-1.oauth.signin.aws",
    "iam.amazonaws.com",
    "iam-fips.amazonaws.com",
    "iam.us-gov.amazonaws.com",
    "iam.cn-north-1.amazonaws.com.cn",
    "iam.eusc-de-east-1.amazonaws.eu",
    "iam.global.api.aws",
    "cognito-idp.eu-west-1.amazonaws.com",
    "cognito-idp-fips.us-gov-west-1.amazonaws.com",
  ])("%s is AWS's, by https alone", (host) => {
    expect([isTrusted("https:", host), isTrusted("http:", host)]).toEqual([true, false]);
  });

  it.each([
    "cognito-identity.eu-west-1.amazonaws.com.example.com",
    "example.com",
    "abc123.execute-api.eu-west-1.amazonaws.com",
    "cognito-identity.s3.eu-west-1.amazonaws.com",
    "ec2-1-2-3-4.eu-west-1.compute.amazonaws.com",
    "cognito-identity-eu-west-1.amazonaws.com",
    "xcognito-identity.eu-west-1.amazonaws.com",
    "s3.amazonaws.com",
    "sts.evil.example",
    "sts.eu-west-1.amazonaws.com.evil.example",
    "sts.x.y.amazonaws.com",
    "evil.sts.amazonaws.com",
    "portal.sso.evil.example",
    "sso.eu-west-1.amazonaws.com",
    "oidc.x.y.amazonaws.com",
    "signin.evil.example",
    "evil.example.signin.aws.amazon.com",
    "signin-aws.amazon.com",
    "iam.x.y.amazonaws.com",
    "iam.amazonaws.com.evil.example",
    "evil.iam.amazonaws.com",
    "cognito-idp.amazonaws.com",
    "xcognito-idp.eu-west-1.amazonaws.com",
    "127.0.0.1.example.com",
    "localhost.example.com",
    "169.254.169.254",
    "[::ffff:7f00:1]",
    "0.0.0.0",
    "",
  ])("%s is not", (host) => {
    expect([isTrusted("https:", host), isTrusted("http:", host)]).toEqual([false, false]);
  });

  it("of this machine may be plain", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) expect(isTrusted("http:", host)).toBe(true);
  });
});
