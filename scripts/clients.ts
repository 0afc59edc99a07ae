/**
 * Tries clients of MCP that others make on the built server: each lists the tools, reads a resource, vends credentials, and asks for a
 * deletion that nobody approves. Installs them from npm in a temporary folder. Prints a table for docs/clients.md. Exit code 1 if one
 * fails, 75 if one was not tried because it could not be installed.
 */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { everyTool } from "../src/call/catalogue.ts";
import { createPool, root, type Service, startService, surroundings } from "../test/support/client.ts";
import { newerNode, npm } from "./newer-node.ts";

interface ThirdParty {
  readonly name: string;
  /** The program in test/clients that uses it. */
  readonly program: string;
  readonly packages: readonly string[];
}

const clients: readonly ThirdParty[] = [
  { name: "MCP Inspector (CLI)", program: "inspector", packages: ["@modelcontextprotocol/inspector@2.12.0"] },
  { name: "LangChain MCP adapters", program: "langchain", packages: ["@langchain/mcp-adapters@1.1.4"] },
  { name: "AI SDK", program: "ai-sdk", packages: ["@ai-sdk/mcp@2.0.99"] },
  { name: "OpenAI Agents SDK", program: "openai-agents", packages: ["@openai/agents@0.20.0"] },
  // Version 2 of the package is a framework for servers.
  { name: "mcp-use", program: "mcp-use", packages: ["mcp-use@1.34.6", "langchain@1.5.14", "@langchain/core@1.4.0"] },
];

/** Milliseconds for one client. */
const TIME_LIMIT = 600_000;

const NOT_TRIED = 75;
const MODERN = "2026-07-28";

/** What a program writes. */
interface Found {
  readonly tools: readonly string[];
  readonly resource: unknown;
  readonly vended: unknown;
  readonly refused: unknown;
}

type Row = readonly string[];

async function output(node: string, folder: string, program: string, task: object): Promise<string> {
  const env = { PATH: process.env["PATH"] ?? "", HOME: folder, CLIENT_TASK: JSON.stringify(task) };
  const child = spawn(node, [join(folder, `${program}.mjs`)], {
    cwd: folder,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const timer = setTimeout(() => child.kill(), TIME_LIMIT);
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const written = await text(child.stdout);
  clearTimeout(timer);
  if ((await code) !== 0) throw new Error(`The program ended with ${(await code) ?? "a signal"}.`);
  return written.trim().split("\n").at(-1) ?? "";
}

/** Uses the client on a pool of its own. Gives the cells of its row after the name and version. */
async function use({ program }: ThirdParty, node: string, folder: string, service: Service): Promise<Row> {
  const pool = await createPool(service.sdk);
  service.calls.length = 0;
  const record = join(folder, "record.jsonl");
  const args = [join(folder, "record.mjs"), record, process.execPath, join(root, "dist/main.js")];
  // Nobody approves, so that it need not wait.
  const env = { ...surroundings, ...service.env, COGNITO_IDENTITY_MCP_CALL_WAIT: "2" };
  const task = { server: { command: process.execPath, args, env }, pool };
  const { tools, resource, vended, refused }: Found = JSON.parse(await output(node, folder, program, task));
  const secrets = JSON.stringify(vended);
  const didDelete = service.calls.includes("DeleteIdentityPool");
  const checks = [
    tools.length === everyTool.length,
    JSON.stringify(resource).includes(pool),
    service.calls.includes("GetCredentialsForIdentity") &&
      (secrets.match(/(SecretKey|SessionToken)\W+\[redacted\]/g)?.length ?? 0) >= 2 &&
      secrets.includes("handle"),
    !didDelete && JSON.stringify(refused).includes("A person must approve this"),
  ];
  if (checks.includes(false)) console.error(JSON.stringify({ program, tools, resource, vended, refused, didDelete }));
  return [spoken(record), ...checks.map((isDone) => (isDone ? "yes" : "**no**"))];
}

/** The revision of MCP that the client spoke. */
function spoken(record: string): string {
  const messages = readFileSync(record, "utf8").trim().split("\n");
  const called = messages.map((line) => JSON.parse(line)).findLast(({ method }) => method === "tools/call");
  if (called?.params?._meta?.["io.modelcontextprotocol/protocolVersion"] === MODERN) return MODERN;
  const opening = messages.map((line) => JSON.parse(line)).find(({ method }) => method === "initialize");
  return opening?.params?.protocolVersion ?? "unknown";
}

const base = mkdtempSync(join(tmpdir(), "cognito-identity-clients-"));
const heads: Row = [
  "client",
  "package",
  "speaks",
  "lists all tools",
  "reads a pool",
  "vends, redacted",
  "is refused a deletion",
];
const show = (row: Row) => console.log(`| ${row.join(" | ")} |`);
show(heads);
show(heads.map(() => "---"));
try {
  await using service = await startService();
  for (const client of clients) {
    const named = [client.name, client.packages.join(" ")];
    const folder = join(base, client.program);
    mkdirSync(folder);
    writeFileSync(join(folder, "package.json"), '{"private":true,"type":"module"}');
    cpSync(join(root, "test/clients"), folder, { recursive: true });
    let node: string;
    try {
      node = newerNode(base);
      npm(folder, "install", ...client.packages);
    } catch {
      show([...named, "not tried: npm could not install it"]);
      process.exitCode ??= NOT_TRIED;
      continue;
    }
    try {
      const cells = await use(client, node, folder, service);
      show([...named, ...cells]);
      if (cells.includes("**no**")) process.exitCode = 1;
    } catch (error) {
      show([...named, `**failed**: ${error instanceof Error ? error.message : error}`]);
      process.exitCode = 1;
    }
  }
} finally {
  if (existsSync(base)) rmSync(base, { recursive: true, force: true });
}
