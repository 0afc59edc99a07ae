/** What the servers of a bundle say of secrets that nobody told them about; each gives the leak, or undefined. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findLeak } from "./canary.ts";
import { approve, root, startPuppet, startServer } from "./client.ts";
import { huntCase, startHunt } from "./hunt.ts";

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";

/** The first of `cases` canaries that is said to anybody. */
export async function leakOfCanary(program: string | undefined, cases: number): Promise<string | undefined> {
  await using hunt = await startHunt(program);
  for (const hunted of fc.sample(huntCase, { numRuns: cases, seed: 1 })) {
    const { leak } = await hunt.run(hunted);
    if (leak !== undefined) return leak;
  }
  return undefined;
}

/** Secrets that are too short to be known by their value, in their place in an answer. */
export async function leakOfShortSecret(program?: string): Promise<string | undefined> {
  const body = { Credentials: { AccessKeyId: "SHORT-A", SecretKey: "SHORT-S", SessionToken: "SHORT-T" } };
  const said = await whatIsSaid(body, "get-credentials-for-identity", { IdentityId: id }, program);
  return /SHORT-./.exec(said)?.[0];
}

/** Secrets that were never met, in texts of the account. */
export async function leakOfUnmet(program?: string): Promise<string | undefined> {
  const unmet = [
    "ASIAABCDEFGHIJKLMNOP",
    "eyJhbGciOiJSUzUxMiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    `IQoJb3JpZ2luX2Vj${"A1b2".repeat(20)}`,
  ];
  const said = await whatIsSaid({ Logins: unmet }, "describe-identity", { IdentityId: id }, program);
  return unmet.find((secret) => said.includes(secret));
}

async function whatIsSaid(body: object, tool: string, input: Record<string, unknown>, program: string | undefined) {
  const puppet = await startPuppet(() => ({ status: 200, body }));
  await using session = await startServer({ env: puppet.env, respond: approve, ...(program && { program }) });
  const answer = await session.client.callTool({ name: tool, arguments: input });
  puppet.close();
  return JSON.stringify(answer) + session.stderr();
}

const own = {
  key: "AKIAOWNKEYOFTHESERVE",
  secret: "Own/secret+0123456789abcdefghijklmnopqrs",
  token: "own-token-9876543210",
};

/** The server's own credentials, which the environment or a file of the user's holds, in texts of the account. */
export async function leakOfOwn(place: "environment" | "file", program?: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const file = join(folder, "credentials");
  writeFileSync(
    file,
    `[default]\naws_access_key_id=${own.key}\naws_secret_access_key=${own.secret}\naws_session_token=${own.token}\n`,
  );
  const texts = Object.values(own).flatMap((value) => [value, Buffer.from(value).toString("base64"), value.slice(-9)]);
  const puppet = await startPuppet(() => ({ status: 200, body: { Tags: { text: texts.join(" ") } } }));
  const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...elsewhere } = puppet.env;
  const env =
    place === "file"
      ? { ...elsewhere, AWS_SHARED_CREDENTIALS_FILE: file }
      : { ...puppet.env, AWS_ACCESS_KEY_ID: own.key, AWS_SECRET_ACCESS_KEY: own.secret, AWS_SESSION_TOKEN: own.token };
  await using session = await startServer({ env, ...(program && { program }) });
  const ResourceArn = `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${id}`;
  const { text } = await session.call("list-tags-for-resource", { ResourceArn });
  puppet.close();
  rmSync(folder, { recursive: true });
  return Object.values(own)
    .map((value) => findLeak(text + session.stderr(), value))
    .find((leak) => leak !== undefined);
}

/** A secret of the environment that landed in a setting, in the message that refuses it. */
export async function leakAtStart(program = `${root}dist/main.js`): Promise<string | undefined> {
  const child = spawn(process.execPath, [program], {
    env: { AWS_SECRET_ACCESS_KEY: own.secret, AWS_REGION: `${own.secret} ` },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  await new Promise((resolve) => child.once("close", resolve));
  if (!said.includes("--region")) throw new Error(`not the message that was looked for: ${said}`);
  return findLeak(said, own.secret);
}
