/** What the servers of a bundle say of secrets that nobody told them about; each gives the leak, or undefined. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { findLeak } from "./canary.ts";
import { approve, root, startPuppet, startServer } from "./client.ts";
import { askChannel, huntCase, startHunt } from "./hunt.ts";

const id = "eu-west-1:00000000-0000-4000-8000-000000000000";

/** The protection that would end a search for leaks after three of its cases. */
export const STOP = "the server stops answering after three hits";

/** The first of `cases` canaries that is said to anybody by a program that was built without STOP. */
export async function leakOfCanary(program: string, cases: number): Promise<string | undefined> {
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
  if (!said.includes("AWS_REGION")) throw new Error(`not the message that was looked for: ${said}`);
  return findLeak(said, own.secret);
}

const ResourceArn = `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${id}`;

/** A request that holds a piece of a secret and is sent to AWS all the same. */
export async function requestThatIsSent(program?: string): Promise<string | undefined> {
  const sent: string[] = [];
  const puppet = await startPuppet((operation) => {
    sent.push(operation);
    return { status: 200, body: { Tags: {} } };
  });
  const env = { ...puppet.env, AWS_SECRET_ACCESS_KEY: own.secret };
  await using session = await startServer({ env, respond: approve, ...(program && { program }) });
  await session.call("tag-resource", { ResourceArn, Tags: { note: own.secret.slice(4, 14) } });
  puppet.close();
  return sent.at(-1);
}

/** What a server processes after three requests with a piece of its secrets. */
export async function stopThatIsMissing(program?: string): Promise<string | undefined> {
  const puppet = await startPuppet(() => ({ status: 200, body: { IdentityPools: [] } }));
  const env = { ...puppet.env, AWS_SECRET_ACCESS_KEY: own.secret };
  await using session = await startServer({ env, ...(program && { program }) });
  for (let at = 0; at < 3; at += 1)
    await session.call("describe-identity", { IdentityId: own.secret.slice(at, at + 8) });
  const { content, text } = await session.call("list-identity-pools", {});
  puppet.close();
  return "IdentityPools" in content ? text : undefined;
}

/** The token of a login reference, in what AWS answers to the call that uses it. */
export async function leakOfReference(program?: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const file = join(folder, "logins.json");
  writeFileSync(file, JSON.stringify({ alice: { provider: "accounts.google.com", env: "TOKEN_OF_ALICE" } }), {
    mode: 0o600,
  });
  const token = "reference-token-0123456789-abcdefghij";
  const puppet = await startPuppet(() => ({ status: 200, body: { IdentityId: `${id} ${token}` } }));
  const env = { ...puppet.env, TOKEN_OF_ALICE: token };
  await using session = await startServer({ env, args: ["--logins", file], ...(program && { program }) });
  const Logins = { "accounts.google.com": "login:alice" };
  const { text } = await session.call("get-id", { IdentityPoolId: id, Logins });
  puppet.close();
  rmSync(folder, { recursive: true });
  return findLeak(text + session.stderr(), token);
}

const lookalike = "ASIAABCDEFGHIJKLMNOP";

/** What looks like a secret in the arguments of a call, in the audit. */
export async function leakInAudit(program?: string): Promise<string | undefined> {
  const folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const audit = join(folder, "audit.jsonl");
  const puppet = await startPuppet(() => ({ status: 200, body: { IdentityPoolId: id, IdentityPoolName: "name" } }));
  {
    await using session = await startServer({ env: puppet.env, args: ["--audit", audit], ...(program && { program }) });
    const IdentityPoolTags = { note: lookalike };
    const input = { IdentityPoolName: "name", AllowUnauthenticatedIdentities: false, IdentityPoolTags };
    await session.call("create-identity-pool", { ...input, region: "eu-west-1" });
  }
  puppet.close();
  const written = readFileSync(audit, "utf8");
  rmSync(folder, { recursive: true });
  if (!written.includes("create-identity-pool")) throw new Error("the call is not in the audit");
  return written.includes(lookalike) ? written : undefined;
}

/** What looks like a secret in the old values of a plan, on the channel through which a person approves. */
export async function leakOnChannel(program?: string): Promise<string | undefined> {
  const runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  const puppet = await startPuppet(() => ({ status: 200, body: { Tags: { note: lookalike } } }));
  const env = { ...puppet.env, XDG_RUNTIME_DIR: runtime };
  await using session = await startServer({ env, ...(program && { program }) });
  await session.call("tag-resource", { ResourceArn, Tags: { note: "other" } });
  const said = JSON.stringify(await askChannel(join(runtime, "cognito-identity-mcp", `${session.pid}.sock`)));
  puppet.close();
  rmSync(runtime, { recursive: true });
  if (!said.includes("other")) throw new Error(`no plan waits: ${said}`);
  return said.includes(lookalike) ? said : undefined;
}

/** The secret of a login provider, in the text with which AWS refuses the call that sets it. */
export async function leakOfProviderSecretInError(program?: string): Promise<string | undefined> {
  const secret = "provider-secret-0123456789";
  const IdentityPoolName = "photos";
  const SupportedLoginProviders = { "api.twitter.com": `consumer-key;${secret}` };
  const said = await whatErrorSays(
    "ValidationException",
    `1 validation error detected: Value '{api.twitter.com=consumer-key;${secret}}' at 'supportedLoginProviders' failed`,
    "create-identity-pool",
    { IdentityPoolName, AllowUnauthenticatedIdentities: false, SupportedLoginProviders },
    program,
  );
  return findLeak(said, secret);
}

/** A login token of digits, where a known text of AWS has a number. */
export async function leakOfTokenInKnownText(program?: string): Promise<string | undefined> {
  const token = "1589092400123";
  const said = await whatErrorSays(
    "NotAuthorizedException",
    `Invalid login token. Token expired: ${token} >= 1589092129`,
    "get-id",
    { IdentityPoolId: id, Logins: { "www.amazon.com": token } },
    program,
  );
  return findLeak(said, token);
}

async function whatErrorSays(
  code: string,
  message: string,
  tool: string,
  input: Record<string, unknown>,
  program: string | undefined,
) {
  const puppet = await startPuppet(() => ({ status: 400, body: { __type: code, message } }));
  await using session = await startServer({ env: puppet.env, respond: approve, ...(program && { program }) });
  const answer = await session.client.callTool({ name: tool, arguments: input });
  puppet.close();
  if (!JSON.stringify(answer).includes(code))
    throw new Error(`not the error that was looked for: ${JSON.stringify(answer)}`);
  return JSON.stringify(answer) + session.stderr();
}
