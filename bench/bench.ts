/**
 * What a user feels, each as a ratio of two things measured side by side in this one run: machines are shared and noisy,
 * so only the ratios mean anything. Medians of interleaved runs.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { CognitoIdentityClient, DescribeIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import { silenceSdk } from "../src/config.ts";
import { createPool, region, startServer, startService } from "../test/client.ts";

const server = fileURLToPath(new URL("../dist/main.js", import.meta.url));
silenceSdk();

const STARTS = 15;
const CALLS = 300;

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Milliseconds from spawn to the answer of the last line sent, with no client in the way. */
function spawnToAnswer(args: readonly string[], lines: readonly object[]): Promise<unknown> {
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const answered = new Promise<void>((resolve) => {
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (output.includes('"id":2')) resolve();
    });
  });
  child.stdin.write(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return answered.then(
    () =>
      new Promise((resolve) => {
        child.once("exit", resolve);
        child.stdin.end();
        child.kill();
      }),
  );
}

const hello = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
  { jsonrpc: "2.0", id: 2, method: "tools/list" },
];

/** The embedded service with 1,000,000 identities, in a process of its own. */
async function runMillion(): Promise<{ residentMb: number; ratios: Record<string, number> }> {
  const script = fileURLToPath(new URL("million.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await new Promise((resolve) => child.once("close", resolve));
  return JSON.parse(output);
}

/** The floor: a process that answers each line with its id, and does nothing else. */
const bareLoop = [
  "-e",
  `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id } = JSON.parse(line);
    if (id) process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result: {} }) + "\\n");
  });`,
];

const rows: [what: string, ours: number, other: number, unit: string, beside: string][] = [];

const starts: number[] = [];
const floors: number[] = [];
for (let run = 0; run < STARTS; run += 1) {
  starts.push(await timed(() => spawnToAnswer([server], hello)));
  floors.push(await timed(() => spawnToAnswer(bareLoop, hello)));
}
rows.push(["spawn → tools/list answered → exit", median(starts), median(floors), "ms", "a bare JSON-RPC loop"]);

await using service = await startService();
const IdentityPoolId = await createPool(service.sdk);
await using session = await startServer({ env: service.env });
const sdk = new CognitoIdentityClient({
  region,
  endpoint: service.url,
  credentials: { accessKeyId: "AKIDBENCH", secretAccessKey: "bench" },
});
const first = await timed(() => session.call("describe-identity-pool", { IdentityPoolId }));
const ours: number[] = [];
const direct: number[] = [];
for (let run = 0; run < CALLS; run += 1) {
  ours.push(await timed(() => session.call("describe-identity-pool", { IdentityPoolId })));
  direct.push(await timed(() => sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }))));
}
sdk.destroy();
rows.push(["a read call on a warm server", median(ours), median(direct), "ms", "the AWS SDK in this process"]);
rows.push(["the first call, loading the AWS SDK", first, median(ours), "ms", "the same call warm"]);

const million = await runMillion();
for (const [operation, ratio] of Object.entries(million.ratios))
  rows.push([`${operation} on the embedded service`, ratio, 1, "", "with 1,000,000 identities, against 100"]);

const { tools } = await session.client.listTools();
const seen = tools.map(({ name, description, inputSchema }) => JSON.stringify({ name, description, inputSchema }));

process.stdout.write("| what | ours | beside | ratio |\n| --- | --- | --- | --- |\n");
for (const [what, mine, other, unit, beside] of rows)
  process.stdout.write(
    `| ${what} | ${mine.toFixed(1)} ${unit} | ${other.toFixed(1)} ${unit} (${beside}) | ${(mine / other).toFixed(2)} |\n`,
  );
process.stdout.write(
  `| memory of the embedded service with 1,000,000 identities | ${Math.round(million.residentMb)} MB | | |\n`,
);
process.stdout.write(
  `| a tool as a model sees it | ${Math.round(seen.join("").length / tools.length)} characters | ${tools.length} tools | |\n`,
);
