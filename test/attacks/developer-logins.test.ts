/** In a developer login, the value under the pool's own developer provider is a user name. Every other value is a token. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
