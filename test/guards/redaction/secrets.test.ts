/** What leaves the server process: nothing that was not declared, nothing secret, nothing invisible. */
import { spawn } from "node:child_process";
import { TagResourceCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  arnOf,
  createPool,
  decline,
  root,
  type Service,
  type Session,
  startLiar,
  startServer,
  startService,
} from "../../support/client.ts";

const google = "accounts.google.com";
const nowhere = "eu-west-1:00000000-0000-4000-8000-000000000000";

let service: Service;
let pool: string;
beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
});
afterAll(() => service[Symbol.asyncDispose]());

/** The whole answer as it came over the wire, with what was written to stderr. */
async function everythingSaid(session: Session, tool: string, input: Record<string, unknown>): Promise<string> {
  const answer = await session.client.callTool({ name: tool, arguments: input });
  return JSON.stringify(answer) + session.stderr();
}

describe("the allow-list", () => {
  it("lets no member out that is not declared, at any depth", async () => {
    await using liar = await startLiar(200, {
      IdentityId: nowhere,
      Credentials: { AccessKeyId: "ASIAABCDEFGHIJKLMNOP", SecretKey: "s".repeat(40), Surprise: "inner" },
      Surprise: "outer",
    });
    const { content } = await liar.session.call("get-credentials-for-identity", { IdentityId: nowhere });
    expect(content).toEqual({
      IdentityId: nowhere,
      Credentials: { AccessKeyId: "…MNOP", SecretKey: "[redacted]" },
    });
  });

  it("shows nothing of an answer that does not have the documented shape, and says that AWS accepted the change", async () => {
    await using liar = await startLiar(200, { IdentityPoolId: nowhere, IdentityPoolName: { secret: "inside" } });
    const { isError, content, text } = await liar.session.call("create-identity-pool", {
      IdentityPoolName: "x",
      AllowUnauthenticatedIdentities: false,
    });
    expect(isError).toBe(false);
    expect(content).toMatchObject({
      notes: [expect.stringMatching(/^AWS accepted the change\. Its answer cannot be shown/)],
    });
    expect(text).not.toContain("inside");
  });
});

describe("AWS's error texts", () => {
  it("are never passed on, and their codes and request ids are", async () => {
    const token = "a-login-token-that-is-not-to-be-seen";
    await using liar = await startLiar(400, {
      __type: "NotAuthorizedException",
      message: `Invalid login token. ${token} says AWS`,
    });
    const input = { IdentityPoolId: nowhere, Logins: { [google]: token } };
    const { content } = await liar.session.call("get-id", input);
    expect(content).toEqual({
      failed: "The login token is not valid for its provider.",
      logins: [expect.stringMatching(/is not a JSON Web Token/)],
      next: expect.any(String),
      code: "NotAuthorizedException",
      requestId: "11111111-2222-3333-4444-555555555555",
    });
    expect(await everythingSaid(liar.session, "get-id", input)).not.toMatch(/says AWS|not-to-be-seen/);
  });

  it.each([
    ["a page of HTML", 500, "<html>secret page</html>"],
    ["JSON that breaks off", 200, '{"IdentityId": "secret'],
    ["nothing", 200, ""],
    ["an error without a code", 400, { message: "secret reason" }],
  ])("%s is a failure in words of ours", async (_, status, body) => {
    await using liar = await startLiar(status, body);
    const said = await everythingSaid(liar.session, "describe-identity", { IdentityId: nowhere });
    expect(said).not.toMatch(/secret/);
    expect(JSON.parse(said).structuredContent).toBeDefined();
  });
});

describe("a token that is no secret, but a word of ours", () => {
  /** Every key, tool and schema that a client meets in answers of each kind, and what the answers are to one another. */
  async function meet(session: Session) {
    const calls = [
      ["describe-identity-pool", { IdentityPoolId: pool }],
      ["list-identity-pools", {}],
      ["get-identity-pool-roles", { IdentityPoolId: pool }],
      ["delete-identity-pool", { IdentityPoolId: pool }],
      ["update-identity-pool", { IdentityPoolId: pool, AllowClassicFlow: true }],
      ["update-identity-pool", { IdentityPoolId: pool, AllowUnauthenticatedIdentities: true }],
      ["describe-identity", { IdentityId: nowhere }],
    ] as const;
    const answers = [];
    for (const [name, input] of calls) answers.push(await session.client.callTool({ name, arguments: input }));
    for (const { content, structuredContent } of answers)
      expect(content).toEqual([{ type: "text", text: JSON.stringify(structuredContent) }]);
    const { tools } = await session.client.listTools();
    return { tools, keys: [...keysOf(answers), ...keysOf(session.questions)] };
  }

  it("takes no answer apart", async () => {
    const options = { env: service.env, respond: decline };
    await using before = await startServer(options);
    const { tools, keys } = await meet(before);
    await using after = await startServer(options);
    for (const token of new Set([...keys, "cognito-identity", 'e":"pool","A', ...keysOf(tools)]))
      await after.call("get-id", { IdentityPoolId: pool, Logins: { [google]: token } });
    expect(await meet(after)).toEqual({ tools, keys });
  });

  it("hides from no person what a call is for", async () => {
    await using session = await startServer({ env: service.env, respond: decline });
    const role = "arn:aws:iam::111111111111:role/not-what-one-thinks";
    for (const token of [pool, pool.slice(-12), role, "This cannot be undone."])
      await session.call("get-id", { IdentityPoolId: pool, Logins: { [google]: token } });
    await session.call("delete-identity-pool", { IdentityPoolId: pool });
    await session.call("set-identity-pool-roles", { IdentityPoolId: pool, Roles: { authenticated: role } });
    const [deletion, roles] = session.questions.map(({ message }) => message);
    expect(deletion).toContain(pool);
    expect(deletion).toContain("This cannot be undone.");
    expect(roles).toContain(role);
  });

  it("leaves the number of a call as it is, so that its answer is found", async () => {
    const child = spawn(process.execPath, [`${root}dist/main.js`], { env: { ...service.env } });
    const id = "the-number-of-a-call";
    const input = { name: "get-id", arguments: { IdentityPoolId: nowhere, Logins: { [google]: id } } };
    child.stdin.end(`${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: input })}\n`);
    let line = "";
    for await (const chunk of child.stdout) line += chunk;
    expect(JSON.parse(line)).toMatchObject({ id, result: { isError: true } });
  });
});

/** Every key inside a value, in order. */
function keysOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) => [key, ...keysOf(entry)]);
}

describe("a token in the wrong place", () => {
  const token = "a-login-token-in-the-wrong-place".padEnd(200, "0123456789");

  it.each([
    ["in a list", { [google]: [token] }],
    ["in an object", { [google]: { token } }],
    ["in place of the logins", token],
    ["in a list in place of the logins", [{ token }]],
  ])("is not repeated by the refusal: %s", async (_, Logins) => {
    await using session = await startServer({ env: service.env });
    const said = await everythingSaid(session, "get-id", { IdentityPoolId: pool, Logins });
    expect(said).toContain('"refused"');
    expect(said).not.toContain(token.slice(0, 8));
  });

  it("is not repeated where a provider's name should be", async () => {
    await using session = await startServer({ env: service.env });
    const said = await everythingSaid(session, "get-id", { IdentityPoolId: pool, Logins: { [token]: google } });
    expect(said).toContain("a key of 200 characters");
    expect(said).not.toContain(token.slice(0, 8));
  });
});

describe("a call that AWS takes unsigned", () => {
  it("goes out without credentials", async () => {
    const { AWS_ACCESS_KEY_ID: _, AWS_SECRET_ACCESS_KEY: __, ...env } = service.env;
    await using session = await startServer({ env });
    expect((await session.call("get-id", { IdentityPoolId: pool })).isError).toBe(false);
  });
});

describe("text from the account", () => {
  it("is shown with nothing invisible in it", async () => {
    const { sdk, env } = service;
    await sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { "a\u200bb": "x\u202ey\nz\u{e0041}" } }));
    await using session = await startServer({ env });
    const { content } = await session.call("list-tags-for-resource", { ResourceArn: arnOf(pool) });
    expect(content["Tags"]).toMatchObject({ "a\\u{200b}b": "x\\u{202e}y\\u{a}z\\u{e0041}" });
  });
});

describe("a key that cannot be held", () => {
  it("is refused, not dropped", async () => {
    await using session = await startServer({ env: service.env });
    const { isError, content } = await session.call("tag-resource", {
      ResourceArn: arnOf(pool),
      Tags: JSON.parse('{"__proto__": "x"}'),
    });
    expect(isError).toBe(true);
    expect(content["refused"]).toBe('arguments.Tags: the key "__proto__" is not allowed.');
  });
});
