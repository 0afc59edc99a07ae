/** --strict-roles, for the embedded service inside a server and over HTTP. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as sdk from "@aws-sdk/client-cognito-identity";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { guestRole, root, startServer, surroundings } from "../support/client.ts";

const IdentityPoolId = "us-east-1:11111111-2222-3333-4444-555555555555";
const CHECK_ROLES = "Check assigned IAM roles for this pool.";

let folder: string;
let seed: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "strict-"));
  seed = join(folder, "seed.json");
  const pool = { IdentityPoolId, IdentityPoolName: "strict", AllowUnauthenticatedIdentities: true };
  writeFileSync(seed, JSON.stringify({ pools: [{ ...pool, Roles: { unauthenticated: guestRole } }] }));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a role that nobody created", () => {
  it.each<[string, readonly string[], Record<string, string>, boolean]>([
    ["is accepted in a server", [], {}, true],
    ["is refused in a server with --strict-roles", ["--strict-roles"], {}, false],
    ["is refused in a server with the variable", [], { COGNITO_IDENTITY_MCP_STRICT_ROLES: "1" }, false],
  ])("%s", async (_, args, env, isAccepted) => {
    await using session = await startServer({ args: ["--local", "--seed", seed, ...args], env });
    const { content } = await session.call("get-id", { IdentityPoolId });
    const { isError, text } = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"] });
    expect(isError).toBe(!isAccepted);
    expect(text.includes("InvalidIdentityPoolConfigurationException")).toBe(!isAccepted);
  });

  it.each<[string, readonly string[], boolean]>([
    ["is accepted by local", [], true],
    ["is refused by local --strict-roles", ["--strict-roles"], false],
  ])("%s", async (_, args, isAccepted) => {
    const child = spawn(process.execPath, [`${root}dist/main.js`, "local", "--port", "0", "--seed", seed, ...args], {
      env: surroundings,
    });
    try {
      const greeting = String(await new Promise((resolve) => child.stdout.once("data", resolve)));
      const client = new sdk.CognitoIdentityClient({
        region: "us-east-1",
        endpoint: /http:\S+\d/.exec(greeting)?.[0] ?? "",
        credentials: { accessKeyId: "any", secretAccessKey: "any" },
      });
      const { IdentityId } = await client.send(new sdk.GetIdCommand({ IdentityPoolId }));
      const credentials = client.send(new sdk.GetCredentialsForIdentityCommand({ IdentityId }));
      if (isAccepted) expect((await credentials).Credentials?.AccessKeyId).toMatch(/^ASIA/);
      else await expect(credentials).rejects.toThrow(CHECK_ROLES);
      client.destroy();
    } finally {
      child.kill("SIGTERM");
      await new Promise((resolve) => child.once("close", resolve));
    }
  });
});
