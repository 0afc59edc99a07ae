/** What we are measured beside, and our own package as it is packed, in a folder of their own. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = fileURLToPath(new URL("peers/", import.meta.url));

const versions = {
  "@modelcontextprotocol/server-everything": "2026.8.31",
  "@playwright/mcp": "0.0.83",
  "mongodb-mcp-server": "3.0.4",
};

/** A server as `node` starts it. */
export interface Peer {
  readonly name: string;
  readonly args: readonly string[];
}

export const peers: readonly Peer[] = [
  {
    name: "@modelcontextprotocol/server-everything",
    args: [inside("@modelcontextprotocol/server-everything/dist/index.js"), "stdio"],
  },
  { name: "mongodb-mcp-server", args: [inside("mongodb-mcp-server/dist/esm/index.js")] },
  { name: "@playwright/mcp", args: [inside("@playwright/mcp/cli.js")] },
];

/** Our own, installed from the tarball. */
export const ours: Peer = { name: "cognito-identity-mcp", args: [inside("cognito-identity-mcp/dist/main.js")] };

/** The floor: a process that answers each line with its id, and does nothing else. */
export const bare: Peer = { name: "a bare JSON-RPC loop", args: [`${folder}bare.cjs`] };

const bareLoop = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id } = JSON.parse(line);
  if (id !== undefined) process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: {} }) + "\\n");
});
`;

/** Packs ours and installs it, and the others if they are needed. Gives the size of what is packed, in bytes. */
export function install({ withPeers }: { readonly withPeers: boolean }): number {
  mkdirSync(folder, { recursive: true });
  // What it lists stays when ours is installed beside it.
  if (!existsSync(`${folder}package.json`)) writeFileSync(`${folder}package.json`, "{}\n");
  writeFileSync(bare.args[0] ?? "", bareLoop);
  const missing = Object.entries(versions).filter(([name, version]) => installed(name) !== version);
  if (withPeers && missing.length > 0)
    npm("install", "--save", ...missing.map(([name, version]) => `${name}@${version}`));
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: root,
  });
  const [{ filename }] = JSON.parse(packed.toString()) as [{ filename: string }];
  npm("install", "--no-save", "--offline", "--force", `./${filename}`);
  return statSync(`${folder}${filename}`).size;
}

function npm(...args: readonly string[]): void {
  execFileSync("npm", [...args, "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: folder, stdio: "inherit" });
}

function inside(path: string): string {
  return `${folder}node_modules/${path}`;
}

function installed(name: string): string | undefined {
  const path = inside(`${name}/package.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).version : undefined;
}
