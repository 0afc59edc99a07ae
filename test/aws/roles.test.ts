/**
 * Credentials that the SDK has to ask AWS for: of a role, of a web identity, of single sign-on. All goes to AWS's own names, which a
 * preloaded script in the server's process leads to this machine, without TLS.
 */
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer } from "../client.ts";

const keys = { id: "ASIAASSUMEDROLE", secret: "secret-of-the-assumed-role", token: "session-of-the-assumed-role" };
const arn = "arn:aws:iam::111122223333:role/admin";
const expires = new Date(Date.now() + 3_600_000);

/** What each host of AWS was asked, in order. */
const asked: string[] = [];

/** What STS refuses with, if it does. */
let refusal: string | undefined;

const inStsWords = `<Credentials><AccessKeyId>${keys.id}</AccessKeyId><SecretAccessKey>${keys.secret}</SecretAccessKey><SessionToken>${keys.token}</SessionToken><Expiration>${expires.toISOString()}</Expiration></Credentials>`;

function answerOf(host: string, body: string, authorization: string): object | string {
  if (host.startsWith("sts.") && refusal !== undefined)
    return `<ErrorResponse><Error><Type>Sender</Type><Code>${refusal}</Code><Message>as told</Message></Error></ErrorResponse>`;
  if (host.startsWith("sts.")) {
    const action = new URLSearchParams(body).get("Action");
    return `<${action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${action}Result>${inStsWords}</${action}Result></${action}Response>`;
  }
  if (host.startsWith("portal.sso."))
    return {
      roleCredentials: {
        accessKeyId: keys.id,
        secretAccessKey: keys.secret,
        sessionToken: keys.token,
        expiration: expires.getTime(),
      },
    };
  return authorization.includes(`Credential=${keys.id}/`)
    ? {
        IdentityPools: [
          { IdentityPoolId: "eu-west-1:00000000-0000-4000-8000-000000000000", IdentityPoolName: "found" },
        ],
      }
    : { __type: "UnrecognizedClientException" };
}

const aws = createServer((request, response) => {
  let body = "";
  request.setEncoding("utf8").on("data", (part: string) => {
    body += part;
  });
  request.on("end", () => {
    const { host = "", authorization = "" } = request.headers;
    asked.push(host);
    const answer = answerOf(host, body, authorization);
    const [type, text] =
      typeof answer === "string" ? ["text/xml", answer] : ["application/x-amz-json-1.1", JSON.stringify(answer)];
    response.writeHead(/__type|<Error>/.test(text) ? 400 : 200, { "content-type": type }).end(text);
  });
});

let folder: string;
let env: Record<string, string>;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
  const { port } = aws.address() as AddressInfo;
  const lead = join(folder, "lead.cjs");
  writeFileSync(
    lead,
    `const http = require("node:http");
require("node:https").request = (options, listener) =>
  http.request({ ...options, agent: undefined, host: "127.0.0.1", hostname: "127.0.0.1", port: ${port} }, listener);
`,
  );
  env = { NODE_OPTIONS: `--require ${lead}`, HOME: folder, AWS_CONFIG_FILE: join(folder, "config") };
});
beforeEach(() => {
  asked.length = 0;
  refusal = undefined;
  writeFileSync(join(folder, "config"), "");
});
afterAll(() => {
  aws.close();
  rmSync(folder, { recursive: true });
});

async function findPools(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  await using session = await startServer({ args, env: { ...env, ...more } });
  return await session.call("list-identity-pools");
}

const roleOfProfile = `[profile admin]
role_arn = ${arn}
source_profile = base
region = eu-west-1
[profile base]
aws_access_key_id = AKIDBASE
aws_secret_access_key = base
`;

const found = { IdentityPools: [{ IdentityPoolName: "found" }], region: "eu-west-1" };
const cognitoIdentity = "cognito-identity.eu-west-1.amazonaws.com";

describe("the credentials", () => {
  it("of a role that the profile names are asked of STS", async () => {
    writeFileSync(join(folder, "config"), roleOfProfile);
    expect((await findPools(["--profile", "admin"])).content).toMatchObject(found);
    expect(asked).toEqual(["sts.eu-west-1.amazonaws.com", cognitoIdentity]);
  });

  it.each([
    ["AccessDenied", "did not let this server take on the role"],
    ["ExpiredToken", "have expired"],
    ["InvalidClientTokenId", "does not know the AWS credentials"],
    ["SignatureDoesNotMatch", "did not accept the signature"],
  ])("of a role that STS refuses with %s", async (code, words) => {
    writeFileSync(join(folder, "config"), roleOfProfile);
    refusal = code;
    const { content } = await findPools(["--profile", "admin"]);
    expect(content).toEqual({ failed: expect.stringContaining(words), next: expect.stringMatching(/\.$/), code });
    expect(JSON.stringify(content)).not.toContain("as told");
  });

  it("of a web identity are asked of STS", async () => {
    const file = join(folder, "web-identity");
    writeFileSync(file, "a-web-identity");
    const { content } = await findPools([], {
      AWS_REGION: "eu-west-1",
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: arn,
    });
    expect(content).toMatchObject(found);
    expect(asked).toEqual(["sts.eu-west-1.amazonaws.com", cognitoIdentity]);
  });

  it("of single sign-on are asked of its portal", async () => {
    const cache = join(folder, ".aws", "sso", "cache");
    mkdirSync(cache, { recursive: true });
    const start = "https://d-xxx.awsapps.com/start";
    writeFileSync(
      join(cache, `${createHash("sha1").update(start).digest("hex")}.json`),
      JSON.stringify({ accessToken: "an-access-token", expiresAt: expires.toISOString() }),
    );
    writeFileSync(
      join(folder, "config"),
      `[default]
sso_start_url = ${start}
sso_region = eu-central-1
sso_account_id = 111122223333
sso_role_name = admin
region = eu-west-1
`,
    );
    expect((await findPools([])).content).toMatchObject(found);
    expect(asked).toEqual(["portal.sso.eu-central-1.amazonaws.com", cognitoIdentity]);
  });

  it("are not asked of a foreign STS", async () => {
    writeFileSync(join(folder, "config"), roleOfProfile);
    const { content } = await findPools(["--profile", "admin"], { AWS_ENDPOINT_URL_STS: "https://sts.example.com" });
    expect(content).toMatchObject({ code: "EndpointError" });
    expect(asked).toEqual([]);
  });
});
