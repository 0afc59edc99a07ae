/** Regions outside of the ordinary ones, and endpoints of other kinds: calls and the doctor's question go where they belong. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";
import { keys, type Led, leadAws, stsRefuses } from "./lead.ts";

let aws: Led;
beforeAll(async () => {
  aws = await leadAws();
});
beforeEach(() => aws.reset());
afterAll(() => aws[Symbol.dispose]());

const environment = (more: Readonly<Record<string, string>>) => ({
  ...surroundings,
  ...aws.env,
  AWS_ACCESS_KEY_ID: keys.id,
  AWS_SECRET_ACCESS_KEY: keys.secret,
  ...more,
});

const fips = { AWS_USE_FIPS_ENDPOINT: "true" };

it.each<[string, Readonly<Record<string, string>>, string, string]>([
  ["eu-west-1", {}, "cognito-identity.eu-west-1.amazonaws.com", "sts.eu-west-1.amazonaws.com"],
  ["us-east-1", fips, "cognito-identity-fips.us-east-1.amazonaws.com", "sts-fips.us-east-1.amazonaws.com"],
  ["us-gov-west-1", fips, "cognito-identity-fips.us-gov-west-1.amazonaws.com", "sts.us-gov-west-1.amazonaws.com"],
  ["cn-north-1", {}, "cognito-identity.cn-north-1.amazonaws.com.cn", "sts.cn-north-1.amazonaws.com.cn"],
  ["eusc-de-east-1", {}, "cognito-identity.eusc-de-east-1.amazonaws.eu", "sts.eusc-de-east-1.amazonaws.eu"],
])("in %s %o calls go to %s, and the doctor asks %s", async (AWS_REGION, kind, host, sts) => {
  const env = environment({ AWS_REGION, ...kind });
  await using session = await startServer({ env });
  expect((await session.call("list-identity-pools")).isError).toBe(false);
  expect((await runProgram(["doctor"], env)).code).toBe(0);
  expect(aws.asked).toEqual([host, sts]);
});

it("what STS refuses is a problem in every partition", async () => {
  aws.says["sts"] = stsRefuses("InvalidClientTokenId");
  const { code, stdout } = await runProgram(["doctor"], environment({ AWS_REGION: "cn-north-1" }));
  expect(code).toBe(1);
  expect(stdout).toMatch(/^problem +Account +STS rejected the credentials/m);
});

describe("endpoints of the environment that are to be ignored", () => {
  it.each(["https://example.com", "http://127.0.0.1:1"])("are, such as %s", async (AWS_ENDPOINT_URL) => {
    const env = environment({
      AWS_REGION: "eu-west-1",
      AWS_ENDPOINT_URL,
      AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    });
    await using session = await startServer({ env });
    expect((await session.call("list-identity-pools")).isError).toBe(false);
    expect(aws.asked).toEqual(["cognito-identity.eu-west-1.amazonaws.com"]);
  });
});
