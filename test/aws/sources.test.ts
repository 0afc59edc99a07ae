/** Credentials from wherever the SDK finds them: of a role, a web identity, single sign-on, `aws login`, a program, a container, an instance. */
import { createHash, generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "../support/client.ts";
import { account, keys, type Led, leadAws, pools, refuses, role, stsRefuses } from "./lead.ts";

let aws: Led;
beforeAll(async () => {
  aws = await leadAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws[Symbol.dispose]());

async function findPools(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  await using session = await startServer({ args, env: { ...aws.env, ...more } });
  return await session.call("list-identity-pools");
}

const base = `[profile base]
aws_access_key_id = AKIDBASE
aws_secret_access_key = base
`;
const roleOfProfile = `[profile admin]
role_arn = ${role}
source_profile = base
region = eu-west-1
${base}`;

const cognitoIdentity = "cognito-identity.eu-west-1.amazonaws.com";
const sts = "sts.eu-west-1.amazonaws.com";
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString();
const anHourAgo = () => new Date(Date.now() - 3_600_000).toISOString();

/** Writes what `aws sso login` or `aws login` leaves behind, under the name that it has there. */
function leave(service: "sso" | "login", session: string, content: object): string {
  const folder = join(aws.folder, ".aws", service, "cache");
  mkdirSync(folder, { recursive: true });
  const hash = createHash(service === "sso" ? "sha1" : "sha256");
  const file = join(folder, `${hash.update(session).digest("hex")}.json`);
  writeFileSync(file, JSON.stringify(content));
  return file;
}

describe("the credentials", () => {
  it("of a role that the profile names are asked of STS", async () => {
    aws.configure(roleOfProfile);
    expect((await findPools(["--profile", "admin"])).content).toMatchObject(pools);
    expect(aws.asked).toEqual([sts, cognitoIdentity]);
  });

  it("of a role that is reached through another are asked of STS twice", async () => {
    aws.configure(`[profile admin]
role_arn = ${role}
source_profile = between
region = eu-west-1
[profile between]
role_arn = ${role}-between
source_profile = base
${base}`);
    expect((await findPools(["--profile", "admin"])).content).toMatchObject(pools);
    expect(aws.asked).toEqual([sts, sts, cognitoIdentity]);
  });

  it("of a role are asked for again when they have run out", async () => {
    aws.configure(roleOfProfile);
    aws.expires = new Date();
    await using session = await startServer({ args: ["--profile", "admin"], env: aws.env });
    await session.call("list-identity-pools");
    aws.asked.length = 0;
    expect((await session.call("list-identity-pools")).content).toMatchObject(pools);
    expect(aws.asked[0]).toBe(sts);
  });

  it("of a role name the account that a plan is for", async () => {
    aws.configure(roleOfProfile);
    const IdentityPoolId = "eu-west-1:00000000-0000-4000-8000-000000000000";
    aws.says["cognito-identity"] = () => ({ status: 200, body: { IdentityPoolId, IdentityPoolName: "pool" } });
    const questions: string[] = [];
    await using session = await startServer({
      args: ["--profile", "admin"],
      env: aws.env,
      respond: ({ message }) => {
        questions.push(message);
        return { action: "decline" };
      },
    });
    await session.call("delete-identity-pool", { IdentityPoolId });
    expect(questions).toEqual([expect.stringContaining(`account ${account}`)]);
    expect(questions.join()).not.toContain(keys.id);
  });

  it.each([
    ["AccessDenied", "did not allow this server to assume the role"],
    ["ExpiredToken", "have expired"],
    ["InvalidClientTokenId", "does not recognize the AWS credentials"],
    ["SignatureDoesNotMatch", "rejected the signature"],
  ])("of a role that STS refuses with %s", async (code, words) => {
    aws.configure(roleOfProfile);
    aws.says["sts"] = stsRefuses(code);
    const { content } = await findPools(["--profile", "admin"]);
    expect(content).toEqual({ failed: expect.stringContaining(words), next: expect.stringMatching(/\.$/), code });
    expect(JSON.stringify(content)).not.toContain("as told");
  });

  it("of a web identity are asked of STS", async () => {
    const file = join(aws.folder, "web-identity");
    writeFileSync(file, "a-web-identity");
    const { content } = await findPools([], {
      AWS_REGION: "eu-west-1",
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: role,
    });
    expect(content).toMatchObject(pools);
    expect(aws.asked).toEqual([sts, cognitoIdentity]);
  });

  it("are not asked of a foreign STS", async () => {
    aws.configure(roleOfProfile);
    const { content } = await findPools(["--profile", "admin"], { AWS_ENDPOINT_URL_STS: "https://sts.example.com" });
    expect(content).toMatchObject({ code: "EndpointError" });
    expect(aws.asked).toEqual([]);
  });
});

describe("the credentials of single sign-on", () => {
  const portal = "portal.sso.eu-central-1.amazonaws.com";
  const oidc = "oidc.eu-central-1.amazonaws.com";
  const start = "https://d-xxx.awsapps.com/start";
  const token = { accessToken: "an-access-token", clientId: "client", clientSecret: "secret", refreshToken: "refresh" };
  const withSession = `[profile admin]
sso_session = company
sso_account_id = ${account}
sso_role_name = admin
region = eu-west-1
[sso-session company]
sso_start_url = ${start}
sso_region = eu-central-1
`;

  it("are asked of its portal", async () => {
    leave("sso", start, { accessToken: "an-access-token", expiresAt: inAnHour() });
    aws.configure(`[default]
sso_start_url = ${start}
sso_region = eu-central-1
sso_account_id = ${account}
sso_role_name = admin
region = eu-west-1
`);
    expect((await findPools([])).content).toMatchObject(pools);
    expect(aws.asked).toEqual([portal, cognitoIdentity]);
  });

  it("are asked for with a token that is renewed where it has run out", async () => {
    const file = leave("sso", "company", { ...token, expiresAt: anHourAgo() });
    aws.configure(withSession);
    expect((await findPools(["--profile", "admin"])).content).toMatchObject(pools);
    expect(aws.asked).toEqual([oidc, portal, cognitoIdentity]);
    expect(readFileSync(file, "utf8")).toContain("a-new-access-token");
  });

  it("are found by the next call after somebody has signed in", async () => {
    leave("sso", "company", { ...token, expiresAt: anHourAgo() });
    aws.says["oidc"] = refuses("InvalidGrantException");
    aws.configure(withSession);
    await using session = await startServer({ args: ["--profile", "admin"], env: aws.env });
    expect((await session.call("list-identity-pools")).content).toMatchObject({
      next: expect.stringMatching(/^Run aws sso login/),
    });
    leave("sso", "company", { ...token, expiresAt: inAnHour() });
    expect((await session.call("list-identity-pools")).content).toMatchObject(pools);
  });

  it.each([
    ["AWS_ENDPOINT_URL_SSO", inAnHour],
    ["AWS_ENDPOINT_URL_SSO_OIDC", anHourAgo],
  ])("are not asked of a foreign host that %s names", async (variable, expiresAt) => {
    leave("sso", "company", { ...token, expiresAt: expiresAt() });
    aws.configure(withSession);
    const { isError } = await findPools(["--profile", "admin"], { [variable]: "https://sso.example.com" });
    expect(isError).toBe(true);
    expect(aws.asked).toEqual([]);
  });
});

describe("the credentials that are on this machine", () => {
  const { id: AccessKeyId, secret: SecretAccessKey, token: Token } = keys;
  const found = { AccessKeyId, SecretAccessKey, Token, Expiration: inAnHour() };

  it("come from a program", async () => {
    const file = join(aws.folder, "printed");
    writeFileSync(file, JSON.stringify({ Version: 1, AccessKeyId, SecretAccessKey }));
    aws.configure(`[default]\nregion = eu-west-1\ncredential_process = cat ${file}\n`);
    expect((await findPools([])).content).toMatchObject(pools);
  });

  it("come from a container, which wants a token", async () => {
    let wanted: unknown;
    aws.says["127.0.0.1"] = ({ headers }) => {
      wanted = headers["authorization"];
      return { status: 200, body: found };
    };
    const { content } = await findPools([], {
      AWS_REGION: "eu-west-1",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${aws.url}/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "the-token-of-the-container",
    });
    expect(content).toMatchObject(pools);
    expect(wanted).toBe("the-token-of-the-container");
  });

  it("come from the instance", async () => {
    aws.says["127.0.0.1"] = ({ path }) => {
      const body = path.endsWith("/token") ? "a-token" : path.endsWith("/security-credentials/") ? "admin" : found;
      return { status: 200, body };
    };
    const { content } = await findPools([], {
      AWS_REGION: "eu-west-1",
      AWS_EC2_METADATA_DISABLED: "false",
      AWS_EC2_METADATA_SERVICE_ENDPOINT: aws.url,
    });
    expect(content).toMatchObject(pools);
  });

  it("of the environment take on the role of a profile", async () => {
    aws.configure(`[default]\nregion = eu-west-1\nrole_arn = ${role}\ncredential_source = Environment\n`);
    const base = { AWS_ACCESS_KEY_ID: "AKIDBASE", AWS_SECRET_ACCESS_KEY: "base" };
    // The environment's own come first where no profile is asked for.
    expect((await findPools(["--profile", "default"], base)).content).toMatchObject(pools);
    expect(aws.asked).toEqual([sts, cognitoIdentity]);
  });
});

it("the credentials of aws login are renewed where they have run out", async () => {
  const user = `arn:aws:iam::${account}:user/me`;
  const dpopKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "sec1", format: "pem" });
  leave("login", user, {
    accessToken: {
      accessKeyId: "ASIAOLD",
      secretAccessKey: "old",
      sessionToken: "old",
      accountId: account,
      expiresAt: anHourAgo(),
    },
    clientId: "client",
    refreshToken: "refresh",
    dpopKey,
  });
  aws.configure(`[profile admin]\nlogin_session = ${user}\nregion = eu-west-1\n`);
  expect((await findPools(["--profile", "admin"])).content).toMatchObject(pools);
  expect(aws.asked).toEqual(["eu-west-1.signin.aws.amazon.com", cognitoIdentity]);
});
