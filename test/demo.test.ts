/** The README's first command. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { root } from "./support/client.ts";

it("the demo passes all of its checks", { timeout: 120_000 }, async () => {
  const tsx = `${root}node_modules/.bin/tsx`;
  const env = { ...process.env, MCP_ERA: "", FIGURES: "" };
  const { stdout } = await promisify(execFile)(tsx, [`${root}demo/demo.ts`], { env, timeout: 110_000 });
  expect(stdout).toMatch(/All checks passed\.\n$/);
  expect(stdout).not.toContain("✗");
});
