/** In a developer login, the value under the pool's own developer provider is a user name. Every other value is a token. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createPool, developerProvider, type Service, startServer, startService } from "../support/client.ts";

const tool = "get-open-id-token-for-developer-identity";

let service: Service;
let folder: string;
let pool: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** Names of providers that are not the pool's developer provider, some of them nearly. */
const otherProvider = fc.constantFrom(
  "api.twitter.com",
  "graph.facebook.com",
  "accounts.google.com",
  "cognito-identity.amazonaws.com",
  "login.other.app",
  developerProvider.toUpperCase(),
  `${developerProvider}.evil.example`,
);

const random = (minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(..."abcdefghijkmnpqrstuvwxyz23456789"), minLength, maxLength });

/** Tokens of all forms and lengths, with some that look like names. */
const token = fc.oneof(
  random(24, 300),
  fc.tuple(random(24, 60), random(24, 60)).map(([key, secret]) => `${key};${secret}`),
  fc.tuple(random(24, 40), random(24, 40)).map(([claims, signature]) => `eyJhbGciOiJub25lIn0.${claims}.${signature}`),
  random(24, 40).map((name) => `${name}@token.test`),
);
const userName = fc.oneof(
  random(24, 200).map((name) => `user-${name}`),
  random(24, 40).map((name) => `${name}@users.test`),
);

/** The longest run of characters of the token, without public parts. */
const heart = (text: string) => text.split(/[;.@]/).sort((a, b) => b.length - a.length)[0] ?? "";

describe.each([
  ["the pool can be read", "delete=off"],
  ["the pool cannot be read", "delete=off,describe-identity-pool=deny"],
])("where %s", (_, policy) => {
  const isReadable = !policy.includes("deny");

  it("no token is in the audit or in an answer, whatever its form and length", async () => {
    const audit = join(folder, `${isReadable}.jsonl`);
    await using session = await startServer({ args: ["--audit", audit, "--policy", policy], env: service.env });
    await fc.assert(
      fc.asyncProperty(userName, otherProvider, token, async (name, provider, secret) => {
        const Logins = { [provider]: secret, [developerProvider]: name };
        const { text } = await session.call(tool, { IdentityPoolId: pool, Logins });
        expect(text).not.toContain('"refused"');
        const recorded = readFileSync(audit, "utf8");
        const intent = recorded.split("\n").findLast((line) => line.includes('"arguments"')) ?? "";
        expect(JSON.parse(intent)).toMatchObject({
          tool,
          arguments: { Logins: { [provider]: "[redacted]", [developerProvider]: isReadable ? name : "[redacted]" } },
        });
        for (const said of [text, recorded]) expect(said).not.toContain(heart(secret));
        if (!isReadable) expect(recorded).not.toContain(heart(name));
      }),
      { numRuns: 40 },
    );
  });

  it("--login-references-only takes no token, and a user name where that is known to be one", async () => {
    const args = ["--login-references-only", "--policy", policy];
    await using session = await startServer({ args, env: service.env });
    const refused = async (Logins: object) => {
      const from = service.calls.length;
      const { content } = await session.call(tool, { IdentityPoolId: pool, Logins });
      const isRefused = /allows only login references/.test(String(content["refused"]));
      const sent = service.calls.slice(from).includes("GetOpenIdTokenForDeveloperIdentity");
      expect(sent).toBe(!isRefused);
      return isRefused;
    };
    await fc.assert(
      fc.asyncProperty(userName, otherProvider, token, async (name, provider, secret) => {
        expect(await refused({ [provider]: secret })).toBe(true);
        expect(await refused({ [provider]: secret, [developerProvider]: name })).toBe(true);
        expect(await refused({ [developerProvider]: name })).toBe(!isReadable);
      }),
      { numRuns: 15 },
    );
  });
});

describe("a login reference", () => {
  const held = "Atza|IwEBIJ3kq9XyZ7vQ2mN8pLr5TtUw4Hs6Gf1Dc0Ba";
  const providers = ["www.amazon.com", developerProvider, "accounts.google.com"];

  /** A server that has a reference for each provider, all for the same token. */
  async function startWithReferences(args: readonly string[] = []) {
    const file = join(folder, "logins.json");
    const references = providers.map((provider, at) => [`name${at}`, { provider, env: "HELD_TOKEN" }]);
    writeFileSync(file, JSON.stringify(Object.fromEntries(references)), { mode: 0o600 });
    return await startServer({
      args: ["--logins", file, "--policy", "delete=off", ...args],
      env: { ...service.env, HELD_TOKEN: held },
    });
  }

  /** The developer users that AWS knows in all pools, as anybody can read them who has another server. */
  async function stored(pools: readonly string[]): Promise<string> {
    await using other = await startServer({ env: service.env });
    const texts: string[] = [];
    for (const IdentityPoolId of pools) {
      const { content } = await other.call("list-identities", { IdentityPoolId, MaxResults: 60 });
      for (const { IdentityId } of content["Identities"] as { IdentityId: string }[])
        texts.push((await other.call("lookup-developer-identity", { IdentityPoolId, IdentityId })).text);
    }
    return texts.join("\n");
  }

  it("never becomes a developer user, whatever the pool's developer provider is called", async () => {
    await using session = await startWithReferences();
    const pools: string[] = [];
    for (const DeveloperProviderName of [...providers, undefined]) {
      const made = await session.call("create-identity-pool", {
        IdentityPoolName: "own",
        AllowUnauthenticatedIdentities: true,
        ...(DeveloperProviderName !== undefined && { DeveloperProviderName }),
      });
      pools.push(String(made.content["IdentityPoolId"]));
    }
    const name = fc.constantFrom(...providers, developerProvider.toUpperCase());
    const value = fc.constantFrom("login:name0", "login:name1", "login:name2", "login:unknown", "alice");
    // AWS takes many of one login, and few of several.
    const logins = fc.oneof(
      fc.tuple(name, value).map(([provider, one]) => ({ [provider]: one })),
      fc.dictionary(name, value, { minKeys: 1 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...pools), logins, async (IdentityPoolId, Logins) => {
        await session.call(tool, { IdentityPoolId, Logins });
      }),
      { numRuns: 100 },
    );
    expect(await stored(pools)).not.toContain(held.slice(5, 13));
  });

  it("is refused with what to do instead, and nothing is sent", async () => {
    await using session = await startWithReferences();
    const from = service.calls.length;
    const Logins = { [developerProvider]: "login:name1" };
    const { content } = await session.call(tool, { IdentityPoolId: pool, Logins });
    expect(content).toMatchObject({
      refused: expect.stringMatching(/^A login reference cannot be a developer user id/),
      next: expect.stringContaining("pass the user id itself"),
    });
    expect(service.calls.slice(from)).not.toContain("GetOpenIdTokenForDeveloperIdentity");
  });

  it("is refused under every provider where the pool cannot be read", async () => {
    await using session = await startWithReferences(["--policy", "describe-identity-pool=deny"]);
    for (const [at, provider] of providers.entries()) {
      const Logins = { [provider]: `login:name${at}`, "login.else.app": "x" };
      const { content } = await session.call(tool, { IdentityPoolId: pool, Logins });
      expect(content["refused"]).toMatch(/^The developer provider of the pool is not known/);
    }
  });

  it("still stands for a token under another provider", async () => {
    await using session = await startWithReferences();
    const Logins = { "accounts.google.com": "login:name2", [developerProvider]: "bob" };
    const from = service.calls.length;
    await session.call(tool, { IdentityPoolId: pool, Logins });
    expect(service.calls.slice(from)).toContain("GetOpenIdTokenForDeveloperIdentity");
  });
});

it("a user name of any length is shown again by a look-up", async () => {
  await using session = await startServer({ env: service.env });
  await fc.assert(
    fc.asyncProperty(userName, async (name) => {
      const made = await session.call(tool, { IdentityPoolId: pool, Logins: { [developerProvider]: name } });
      expect(made.isError).toBe(false);
      const found = await session.call("lookup-developer-identity", {
        IdentityPoolId: pool,
        DeveloperUserIdentifier: name,
      });
      expect(found.content).toMatchObject({ DeveloperUserIdentifierList: [name] });
    }),
    { numRuns: 15 },
  );
});
