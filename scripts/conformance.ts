/**
 * Runs the conformance suite of MCP on the built server, over a bridge from HTTP to stdio. A failure that is not expected fails, and so
 * does an expected failure that does not occur. The suite and, under an older Node, a newer one come from npm.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { startBridge } from "../test/conformance/bridge.ts";
import { newerNode, npm } from "./newer-node.ts";

const folder = fileURLToPath(new URL("../test/conformance/", import.meta.url));
const suite = `${folder}node_modules/@modelcontextprotocol/conformance/dist/index.js`;
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));

/** The revisions of MCP that the server speaks. Each has a file of expected failures beside the suite. */
const REVISIONS = ["2025-11-25", "2026-07-28"];

/** Whether only the expected checks fail. */
async function conforms(node: string, revision: string): Promise<boolean> {
  const bridge = await startBridge(process.execPath, [main, "--local"]);
  const expected = `${folder}expected-failures-${revision}.yml`;
  const args = ["server", "--url", bridge.url, "--requirements", revision, "--expected-failures", expected];
  const child = spawn(node, [suite, ...args], { stdio: "inherit" });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  await bridge.close();
  return code === 0;
}

/** The exit code when the suite cannot be installed: it was not run. */
const NOT_RUN = 75;

let node: string;
try {
  if (!existsSync(suite)) npm(folder, "ci");
  node = newerNode(folder);
} catch {
  process.stderr.write("The conformance suite was not run: it could not be installed from npm.\n");
  process.exit(NOT_RUN);
}
for (const revision of REVISIONS) if (!(await conforms(node, revision))) process.exitCode = 1;
