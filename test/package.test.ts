/** What npx installs: the package as it is packed, without a registry. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { root, startServer } from "./support/client.ts";

// With the pages and the verification of passkeys, the reports and the roles of the embedded service, and the documents that messages name.
const MAX_PACKED_BYTES = 560_000;

const folder = mkdtempSync(join(tmpdir(), "package-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function npm(cwd: string, ...args: readonly string[]): string {
  const options = ["--ignore-scripts", "--offline", "--no-audit", "--no-fund", "--cache", join(folder, "cache")];
  return execFileSync("npm", [...args, ...options], { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

// What answers a host first. With the library for schemas it has 240,000 bytes, and starts later.
const MAX_MAIN_BYTES = 140_000;

it("starts with a small file", () => expect(statSync(`${root}dist/main.js`).size).toBeLessThan(MAX_MAIN_BYTES));

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

  // The entry point for tests, from both kinds of module.
  const use = "startLocal().then(async (local) => { console.log(local.state().pools.length); await local.close(); })";
  for (const source of [
    `import { startLocal } from "cognito-identity-mcp/local"; await ${use}`,
    `const { startLocal } = require("cognito-identity-mcp/local"); ${use}`,
  ]) {
    const kind = source.startsWith("import") ? "module" : "commonjs";
    expect(
      execFileSync(process.execPath, [`--input-type=${kind}`, "-e", source], { cwd: home, encoding: "utf8" }),
    ).toBe("0\n");
  }
  // What package managers and TypeScript make of it: its types are found, and are those of the module.
  const bin = (name: string) => join(root, "node_modules", ".bin", name);
  execFileSync(bin("publint"), ["run", tarball, "--strict"], { stdio: "pipe" });
  execFileSync(bin("attw"), [tarball, "--entrypoints", "./local", "--profile", "node16", "--no-emoji"], {
    stdio: "pipe",
  });

  const program = join(home, "node_modules", ".bin", "cognito-identity-mcp");
  await using session = await startServer({ program, args: ["--local"] });
  expect((await session.client.listTools()).tools).toHaveLength(24);
  const pool = { IdentityPoolName: "packed", AllowUnauthenticatedIdentities: false };
  expect((await session.call("create-identity-pool", pool)).content).toMatchObject({ IdentityPoolName: "packed" });
});
