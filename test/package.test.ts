/** What npx installs: the package as it is packed, without a registry. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root, startServer } from "./support/client.ts";

// 346 KB with the approval queue, the channel over TCP and the page on hosts; a third of it is documentation.
const MAX_PACKED_BYTES = 355_000;

const folder = mkdtempSync(join(tmpdir(), "package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: readonly string[]): string {
  const options = ["--ignore-scripts", "--offline", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  return execFileSync("npm", [...args, ...options], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

it("installs offline as one package, and its command serves", { timeout: 120_000 }, async () => {
  const [packed] = JSON.parse(npm(root, "pack", "--json", "--pack-destination", folder)) as { filename: string }[];
  const tarball = join(folder, packed?.filename ?? "");
  expect(statSync(tarball).size).toBeLessThan(MAX_PACKED_BYTES);

  const home = join(folder, "home");
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), "{}");
  npm(home, "install", tarball);
  const installed = readdirSync(join(home, "node_modules")).filter((name) => !name.startsWith("."));
  expect(installed).toEqual(["cognito-identity-mcp"]);

  const program = join(home, "node_modules", ".bin", "cognito-identity-mcp");
  await using session = await startServer({ program, args: ["--local"] });
  expect((await session.client.listTools()).tools).toHaveLength(23);
  const pool = { IdentityPoolName: "packed", AllowUnauthenticatedIdentities: false };
  expect((await session.call("create-identity-pool", pool)).content).toMatchObject({ IdentityPoolName: "packed" });
});
