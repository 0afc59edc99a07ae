/** What is vended is seen where the operator said so on the command line, in the answer that vends it, and nowhere else. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TagResourceCommand } from "@aws-sdk/client-cognito-identity";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createReveal } from "../../../src/guards/redaction/reveal.ts";
import { getCallerIdentity } from "../../local/sts/sts-client.ts";
import { arnOf, createPool, type Service, startServer, startService } from "../../support/client.ts";
import { runProgram } from "../../support/command.ts";
import { idToken } from "../../support/tokens.ts";

const google = "accounts.google.com";

let service: Service;
let pool: string;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
});
afterEach(() => service[Symbol.asyncDispose]());

const start = (args: readonly string[], env = {}) => startServer({ env: { ...service.env, ...env }, args });

async function vend(session: Awaited<ReturnType<typeof start>>) {
  const { content } = await session.call("get-id", { IdentityPoolId: pool });
  const answer = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"] });
  return { ...answer, keys: answer.content["Credentials"] as Record<string, string> };
}

describe("--reveal-credentials", () => {
  it("shows what is vended, as value and as text, and says so on stderr", async () => {
    await using session = await start(["--reveal-credentials"]);
    const { keys, text, content } = await vend(session);
    expect((await getCallerIdentity(service.url, keys)).element("Arn")).toMatch(/guests/);
    expect(JSON.parse(text)).toEqual(content);
    expect(session.stderr()).toMatch(/--reveal-credentials: answers contain vended secrets/);
    expect(session.stderr()).not.toContain(keys["SecretKey"]);
    const { content: identity } = await session.call("get-id", { IdentityPoolId: pool });
    const { content: token } = await session.call("get-open-id-token", { IdentityId: identity["IdentityId"] });
    expect(token["Token"]).toMatch(/^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/);
  });

  it("shows it in that answer only", async () => {
    await using session = await start(["--reveal-credentials"]);
    const { keys } = await vend(session);
    const secrets = [keys["SecretKey"] ?? "", keys["SessionToken"]?.slice(0, 200) ?? ""];
    const Tags = { first: keys["SecretKey"], second: keys["AccessKeyId"] } as Record<string, string>;
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags }));
    const { text } = await session.call("list-tags-for-resource", { ResourceArn: arnOf(pool) });
    for (const secret of [...secrets, keys["AccessKeyId"] ?? ""]) expect(text).not.toContain(secret);
    expect(text).toMatch(/contains characters of a secret/);
  });

  it("is in the audit, and what is shown is not", async () => {
    const file = join(folder, "audit");
    await using session = await start(["--reveal-credentials", "--audit", file]);
    const { keys } = await vend(session);
    const audit = readFileSync(file, "utf8");
    expect(audit.match(/"tool":"get-credentials-for-identity".*"revealed":true/g)).toHaveLength(1);
    expect(audit.match(/"tool":"get-id".*/g)).toEqual([expect.not.stringContaining("revealed")]);
    for (const secret of Object.values(keys).slice(0, 3)) expect(audit).not.toContain(secret);
  });

  it("leaves the tokens that come in, and what looks like the server's own credentials, unseen", async () => {
    const token = idToken(google, "app.example", { sub: "somebody" });
    const tags = { first: token, second: "AKIAABCDEFGHIJKLMNOP" };
    await service.sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: tags }));
    await using session = await start(["--reveal-credentials"]);
    const Logins = { [google]: token };
    const { content, text } = await session.call("get-id", { IdentityPoolId: pool, Logins });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"], Logins });
    expect(vended.isError).toBe(false);
    const listed = await session.call("list-tags-for-resource", { ResourceArn: arnOf(pool) });
    for (const said of [text, vended.text, listed.text, session.stderr()])
      for (const secret of [token, "AKIAABCDEFGHIJKLMNOP"]) expect(said).not.toContain(secret);
  });

  it.each(["1", "0", "true"])("in the environment, as %s, is refused", async (value) => {
    const { code, stdout, stderr } = await runProgram([], { COGNITO_IDENTITY_MCP_REVEAL_CREDENTIALS: value });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toBe(
      "cognito-identity-mcp: COGNITO_IDENTITY_MCP_REVEAL_CREDENTIALS has no effect: this option is a flag only. Remove the variable, or pass --reveal-credentials.\n",
    );
  });

  it("shows nothing where it is left out", async () => {
    await using session = await start([]);
    const { keys } = await vend(session);
    expect(keys).toMatchObject({ SecretKey: "[redacted]", SessionToken: "[redacted]" });
    expect(session.stderr()).toBe("");
  });
});

describe("a mark", () => {
  it("stands for its secret once, and only for a text that reads the same in JSON", () => {
    const reveal = createReveal();
    const mark = reveal.placeholder("a-secret") ?? "";
    expect(reveal.fillPlaceholders({ a: [mark, `<${mark}>`] })).toEqual({ a: ["a-secret", "<a-secret>"] });
    expect(reveal.fillPlaceholders(mark)).toBe(mark);
    expect(reveal.placeholder('with "quotes"')).toBeUndefined();
  });

  it("is forgotten when a thousand newer ones were never sent", () => {
    const reveal = createReveal();
    const marks = Array.from({ length: 1_001 }, (_, index) => reveal.placeholder(`secret ${index}`) ?? "");
    expect(reveal.fillPlaceholders(marks.slice(0, 2))).toEqual([marks[0], "secret 1"]);
  });
});
