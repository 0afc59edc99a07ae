/** The versions of Node that the package supports, from npm, in a folder of their own. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("peers/nodes/", import.meta.url));

const releases = ["20.20.2", "22.23.5", "24.22.3"];

export interface NodeRelease {
  readonly major: string;
  readonly path: string;
}

/** Installs what is missing. */
export function installNodes(): NodeRelease[] {
  return releases.map((release) => {
    const [major = ""] = release.split(".");
    const name = `node-${process.platform}-${process.arch}`;
    const path = `${folder}${major}/node_modules/${name}/bin/node`;
    if (!existsSync(path)) {
      mkdirSync(`${folder}${major}`, { recursive: true });
      writeFileSync(`${folder}${major}/package.json`, "{}\n");
      const options = ["--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
      execFileSync("npm", ["install", `${name}@${release}`, ...options], {
        cwd: `${folder}${major}`,
        stdio: "inherit",
      });
    }
    return { major, path };
  });
}
