/** A caller may pass any text as a login token. What it passes must not change what others read, and must not push out a secret. */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTokenFilter } from "../../src/guards/redaction/caller-tokens.ts";
import { createRedactor } from "../../src/guards/redaction/redactor.ts";
import { Secret } from "../../src/guards/redaction/secret.ts";
import { approve, arnOf, createPool, type Service, startServer, startService } from "../support/client.ts";

let service: Service;
let pool: string;
let folder: string;
beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk, "photo app");
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

describe("texts passed as login tokens", () => {
  it("change nothing in later plans, answers and records", async () => {
    const audit = join(folder, "audit.jsonl");
    await using session = await startServer({ env: service.env, args: ["--audit", audit], respond: approve });
    const texts = fc.oneof(
      fc.constantFrom(
        pool,
        arnOf(pool),
        "eu-west-1:",
        "us-east-1",
        "photo app",
        "This cannot be undone.",
        "Delete identity pool",
        "A person must approve this, and has not decided yet.",
        "IdentityPoolTags",
        "a person, in the client",
        "accounts.google.com",
      ),
      fc.string({ minLength: 8, maxLength: 30 }),
    );
    let turn = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(texts, { minLength: 1, maxLength: 4 }), async (tokens) => {
        for (const token of tokens) {
          const Logins = { "accounts.google.com": token };
          await session.call("get-id", { IdentityPoolId: pool, Logins });
          // Of a wrong type and refused, too.
          await session.call("get-id", { IdentityPoolId: pool, Logins: { "accounts.google.com": [token] } });
        }
        turn += 1;
        const changed = await session.call("tag-resource", {
          ResourceArn: arnOf(pool),
          Tags: { note: `turn ${turn}` },
        });
        expect(changed.isError).toBe(false);
        const described = await session.call("describe-identity-pool", { IdentityPoolId: pool });
        expect(described.content).toMatchObject({ IdentityPoolId: pool, IdentityPoolName: "photo app" });
        const question = session.questions.at(-1)?.message ?? "";
        expect(question).toContain(pool);
        expect(`${changed.text} ${described.text} ${question}`).not.toContain("[redacted]");
      }),
      { numRuns: process.env["LONG"] ? 300 : 15 },
    );
    const records = readFileSync(audit, "utf8").trim().split("\n");
    for (const line of records) {
      const record = JSON.parse(line);
      // By member: the value of a login, and nothing else.
      if (record.record === "intent" && record.tool === "get-id")
        expect(record.arguments).toEqual({ IdentityPoolId: pool, Logins: { "accounts.google.com": "[redacted]" } });
      else expect(line).not.toContain("[redacted]");
    }
    expect(records.length).toBeGreaterThan(20);
  });

  it("do not push out a secret that was vended", async () => {
    await using session = await startServer({ env: service.env });
    const identity = await session.call("get-id", { IdentityPoolId: pool });
    const IdentityId = identity.content["IdentityId"];
    const vended = await session.call("get-credentials-for-identity", { IdentityId });
    const { runProgram } = await import("../support/command.ts");
    const { surroundings } = await import("../support/client.ts");
    const { stdout } = await runProgram(["credentials", String(vended.content["handle"])], surroundings);
    const { SessionToken } = JSON.parse(stdout) as { SessionToken: string };
    for (let at = 0; at < 60; at += 1)
      await session.call("get-id", { IdentityPoolId: pool, Logins: { "accounts.google.com": `${at}`.repeat(20_000) } });
    const { text } = await session.call("list-identity-pools", { [SessionToken.slice(20, 60)]: 1 });
    expect(text).toContain("The request was not processed");
  });
});

describe("the table of secrets", () => {
  it("never drops a live secret, and refuses more vends before it is full", () => {
    let now = 0;
    const redactor = createRedactor(undefined, () => now);
    const secret = (at: number) => `${at}-`.repeat(5) + Buffer.from(String(at).repeat(40)).toString("base64").repeat(8);
    redactor.remember(new Secret("pinned secret of the server"));
    let at = 0;
    while (redactor.hasRoom()) {
      redactor.remember(new Secret(secret(at)), 3_600_000);
      at += 1;
      if (at > 1_000_000) throw new Error("the table is never full");
    }
    for (const kept of [0, 1, Math.floor(at / 2), at - 1]) expect(redactor.inspect(secret(kept))).toBe("secret");
    now = 3_600_001;
    expect(redactor.hasRoom()).toBe(true);
    expect(redactor.inspect("pinned secret of the server")).toBe("secret");
  });

  it("is full after as many characters, whether they are in another secret or not", () => {
    const text = (at: number) => createHash("sha512").update(String(at)).digest("base64url");
    const secret = Array.from({ length: 20 }, (_, at) => text(at)).join("");
    const filled = (guess: (at: number) => string) => {
      const redactor = createRedactor();
      redactor.remember(new Secret(secret));
      let at = 0;
      // Every vended token is another one, with the caller's text in it.
      for (; redactor.hasRoom(); at += 1) redactor.remember(new Secret(`${text(-at - 1)}${guess(at).repeat(10)}`));
      return at;
    };
    const wrong = filled((at) => text(1_000 + at));
    expect(filled((at) => secret.slice(at % 1_000, (at % 1_000) + 86))).toBe(wrong);
    expect(filled(() => "A".repeat(86))).toBe(wrong);
  });

  it.each([
    "eu-west-1:00000000-0000-4000-8000-000000000000",
    "us-east-1:c15ae0e1-1c2a-4f31-a5ae-5b4e9e2f3d0a",
    "arn:aws:iam::123456789012:role/users",
    "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    "accounts.google.com",
    "ap-southeast-2",
    "000000000000",
    "00000000-0000-4000-8000-000000000000",
  ])("does not take %s for a secret, whatever service vends it", (value) => {
    const redactor = createRedactor();
    redactor.remember(new Secret(value));
    expect(redactor.redactDeep(`before ${value} after`)).toBe(`before ${value} after`);
  });
});

it("no table of a call's tokens is made before there is an answer", () => {
  const tokens = Array.from({ length: 10 }, () => randomBytes(37_500).toString("base64url"));
  const memory = () => process.memoryUsage().arrayBuffers;
  const before = memory();
  const filter = createTokenFilter(tokens);
  // A table of half a million runs has 18 MB at least.
  expect(memory() - before).toBeLessThan(5_000_000);
  expect(filter({ Token: `before ${tokens[9]?.slice(9)} after` })).toEqual({ Token: "before [redacted] after" });
});

it("a service that vends ids as tokens leaves the server able to change pools", async () => {
  const { startPuppet } = await import("../support/client.ts");
  const puppet = await startPuppet((operation) => ({
    status: 200,
    body: operation === "GetOpenIdToken" ? { IdentityId: pool, Token: pool } : { Tags: { stage: pool } },
  }));
  await using session = await startServer({ env: puppet.env, respond: approve });
  await session.call("get-open-id-token", { IdentityId: pool });
  const { isError, content } = await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { note: pool } });
  puppet.close();
  expect(isError, JSON.stringify(content)).toBe(false);
});
