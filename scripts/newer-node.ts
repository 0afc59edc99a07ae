/** A Node for programs that need a newer one than runs here, from npm. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** The oldest major version that the programs run on, and the release that is installed where Node is older. */
const MIN_NODE = 22;
const NODE = "22.23.5";

/** Runs npm in a folder, without scripts of packages. Throws if it fails. */
export function npm(folder: string, ...args: readonly string[]): void {
  const options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error"];
  // What npm says belongs to stderr: stdout is for results.
  execFileSync("npm", [...args, ...options], {
    cwd: folder,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  });
}

/** The path of a Node that is new enough. Installs one in the folder if this one is not. Throws if npm fails. */
export function newerNode(folder: string): string {
  if (Number(process.versions.node.split(".")[0]) >= MIN_NODE) return process.execPath;
  const name = `node-${process.platform}-${process.arch}`;
  const path = join(folder, "node_modules", name, "bin", "node");
  if (!existsSync(path)) npm(folder, "install", "--no-save", `${name}@${NODE}`);
  return path;
}
