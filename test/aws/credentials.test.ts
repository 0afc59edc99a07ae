/** Credentials that do not come: the server and the doctor say why in the same words, nothing was sent, and the server goes on. */

import { createHash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { account, type Led, leadAws, pools, refuses, role, stsRefuses } from "./lead.ts";

let aws: Led;
beforeAll(async () => {
  aws = await leadAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws[Symbol.dispose]());

const known = "aws_access_key_id = AKIDBASE\naws_secret_access_key = base\n";
const roleFrom = (source: string) => `role_arn = ${role}\nsource_profile = ${source}\n`;
const company = `sso_session = company\nsso_account_id = ${account}\nsso_role_name = admin\n`;
const session = "[sso-session company]\nsso_start_url = https://x.awsapps.com/start\nsso_region = eu-central-1\n";
const login = "login_session = arn:aws:iam::111122223333:user/me\n";
const program = (script: string) => `credential_process = sh -c '${script}'\n`;

/** Asks with profile admin, of which the configuration begins. Gives what server and doctor say. */
async function askBoth(profile: string, more: Readonly<Record<string, string>> = {}) {
  aws.configure(`[profile admin]\nregion = eu-west-1\n${profile}`);
  const args = ["--profile", "admin"];
  const env = { ...aws.env, ...more };
  await using server = await startServer({ args, env });
  const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
  const { content } = await server.call("create-identity-pool", input);
  const again = await server.call("describe-identity-pool", { IdentityPoolId: "eu-west-1:0" });
  const { stdout } = await runProgram(["doctor", ...args], { ...surroundings, ...env });
  expect(again.isError).toBe(true);
  expect(content).not.toHaveProperty("outcome");
  expect(aws.asked.filter((host) => host.startsWith("cognito-identity"))).toEqual([]);
  const [finding = ""] = /Credentials.*(?:\n {22}.*)*/.exec(stdout) ?? [];
  const doctor = finding.replaceAll(/\n +/g, " ");
  expect(doctor + JSON.stringify(content) + server.stderr()).not.toMatch(/as told|hush-hush/);
  return { content, doctor };
}

function leaveToken(): void {
  const folder = join(aws.folder, ".aws", "sso", "cache");
  mkdirSync(folder, { recursive: true });
  const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
  const name = createHash("sha1").update("company").digest("hex");
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ accessToken: "an-access-token", expiresAt }));
}

describe("the reason is said where", () => {
  const notWhole = /incomplete/;
  const processFailed = /credential_process of the profile failed/;
  const unknownProfile = /profile does not exist in the AWS configuration/;

  it.each<[string, string, RegExp]>([
    ["a program fails", program("echo hush-hush >&2; exit 1"), processFailed],
    ["a program prints rubbish", program("echo hush-hush"), processFailed],
    [
      "a program prints what has expired",
      program(
        'echo {\\"Version\\": 1, \\"AccessKeyId\\": \\"A\\", \\"SecretAccessKey\\": \\"hush-hush\\", \\"Expiration\\": \\"2020-01-01T00:00:00Z\\"}',
      ),
      processFailed,
    ],
    ["a role's source is not there", roleFrom("gone"), unknownProfile],
    ["roles have each other as source", `${roleFrom("b")}[profile b]\n${roleFrom("admin")}`, unknownProfile],
    ["a role wants a code", `${roleFrom("base")}mfa_serial = me\n[profile base]\n${known}`, /MFA code/],
    ["a role wants a code and its source is not there", `${roleFrom("gone")}mfa_serial = me\n`, /MFA code/],
    ["nobody signed in", company + session, /SSO session has expired or does not exist/],
    ["the session has another name", company, notWhole],
    ["the profile lacks the rest of single sign-on", "sso_start_url = https://x.awsapps.com/start\n", notWhole],
    ["nobody logged in", login, /session of aws login has expired or does not exist/],
  ])("%s", async (_, profile, reason) => {
    const { content, doctor } = await askBoth(profile);
    expect(content).toMatchObject({ failed: expect.stringMatching(reason), next: expect.stringMatching(/\.$/) });
    expect(doctor).toMatch(reason);
  });

  it.each([
    ["UnauthorizedException", /SSO session has expired/],
    ["ForbiddenException", /does not grant the role/],
  ])("single sign-on answers %s", async (code, reason) => {
    leaveToken();
    aws.says["portal.sso"] = refuses(code, 403);
    const { content, doctor } = await askBoth(company + session);
    expect(content).toMatchObject({ failed: expect.stringMatching(reason) });
    expect(doctor).toMatch(reason);
  });

  it.each([
    ["ValidationError", /rejected the role settings of the profile/],
    ["RegionDisabledException", /not active in the region/],
    ["Throttling", /throttled this call/],
  ])("STS answers %s", async (code, reason) => {
    aws.says["sts"] = stsRefuses(code);
    const { content, doctor } = await askBoth(`${roleFrom("base")}[profile base]\n${known}`);
    expect(content).toMatchObject({ failed: expect.stringMatching(reason) });
    expect(doctor).toMatch(reason);
  });

  it("the file of a web identity is not there", async () => {
    const file = join(aws.folder, "nothing");
    const { content, doctor } = await askBoth(`role_arn = ${role}\nweb_identity_token_file = ${file}\n`);
    expect(content).toMatchObject({ failed: expect.stringMatching(/web identity token file cannot be read/) });
    expect(doctor).toMatch(/web identity token file cannot be read/);
  });

  it("the container does not answer to the port that it names", async () => {
    const gone = createServer();
    await new Promise<void>((resolve) => gone.listen(0, "127.0.0.1", resolve));
    const { port } = gone.address() as AddressInfo;
    gone.close();
    await using server = await startServer({
      env: { ...aws.env, AWS_REGION: "eu-west-1", AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/` },
    });
    const { content } = await server.call("list-identity-pools");
    expect(content).toMatchObject({ failed: expect.stringMatching(/could not be reached/) });
  });
});

it("a program that never ends is not waited for, and nothing is in doubt", { timeout: 60_000 }, async () => {
  aws.configure(`[profile admin]\nregion = eu-west-1\ncredential_process = cat\n`);
  await using server = await startServer({ args: ["--profile", "admin"], env: aws.env });
  const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
  const { content } = await server.call("create-identity-pool", input);
  expect(content).toMatchObject({ failed: expect.stringMatching(/took too long/) });
  expect(content).not.toHaveProperty("outcome");
});

describe("the region is", () => {
  const list = async (env: Readonly<Record<string, string>>) => {
    await using server = await startServer({ env: { ...aws.env, ...env } });
    return (await server.call("list-identity-pools")).content;
  };

  it("the profile's where the host sets an empty one", async () => {
    aws.configure(`[profile base]\n${known}[default]\nregion = eu-west-1\n${roleFrom("base")}`);
    expect(await list({ AWS_REGION: "" })).toMatchObject(pools);
  });

  it("AWS_DEFAULT_REGION's where AWS_REGION is empty", async () => {
    aws.configure(`[profile base]\n${known}[default]\n${roleFrom("base")}`);
    expect(await list({ AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" })).toMatchObject(pools);
  });

  it("said to be none where it is the name of a place", async () => {
    aws.configure(`[default]\nregion = EU (Ireland)\n${known}`);
    expect(await list({})).toMatchObject({ failed: expect.stringMatching(/region in .* is not an AWS region/) });
  });
});
