/**
 * What a user feels, each as a ratio of two things measured side by side in this one run: machines are shared and noisy,
 * so only the ratios mean anything. Medians of interleaved runs. Ours is the package as it is packed. Writes
 * docs/performance.md. With the argument `starts`, it measures and writes only the starts of hosts.
 */
import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { toolTokens } from "../scripts/tokens.ts";
import { measureCalls } from "./calls.ts";
import { median, type Row, shown, table } from "./figures.ts";
import { type HostStart, hostTable, measureHostStarts, worstRows } from "./host-starts.ts";
import { measureMoto } from "./moto.ts";
import { renderChart, renderHostStarts, renderPage, withHostStarts } from "./page.ts";
import { bare, install, ours, type Peer, peers } from "./peers.ts";
import { start } from "./raw.ts";
import { measureStarts } from "./starts.ts";

// Its notice about Node versions does not matter here.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
const docs = fileURLToPath(new URL("../docs/", import.meta.url));

/** The embedded service with 1,000,000 identities, in a process of its own. */
async function measureMillion(): Promise<Row[]> {
  const script = fileURLToPath(new URL("million.ts", import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, script], { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  await new Promise((resolve) => child.once("close", resolve));
  const { ratios } = JSON.parse(output) as { ratios: Record<string, number> };
  return Object.entries(ratios).map(([operation, figure]) => ({
    what: `${operation} on the embedded service`,
    ours: "1,000,000 identities",
    beside: "100 identities",
    figure,
    unit: "×",
    target: { atMost: 1.5 },
  }));
}

/** Tokens a tool, of what a model sees of it. */
async function tokensOf(peer: Peer): Promise<number> {
  const server = start(peer);
  const tools = await server.list();
  await server.stop();
  return tools.reduce((sum, tool) => sum + toolTokens(tool), 0) / tools.length;
}

async function measureTokens() {
  const bars = [];
  for (const peer of [ours, ...peers])
    bars.push({ name: peer.name, value: await tokensOf(peer), isOurs: peer === ours });
  const [mine, ...others] = bars;
  const row: Row = {
    what: "tokens per tool",
    ours: shown(mine?.value ?? 0),
    beside: others.map(({ name, value }) => `${shown(value)}, ${name}`).join("; "),
    figure: mine?.value ?? 0,
    unit: "",
    target: { atMost: 140 },
  };
  return { bars, row };
}

/** Draws what each host waits for, and gives the part of the page about it. */
function writeHostStarts(starts: readonly HostStart[]): string {
  const nodes = [...new Set(starts.map(({ node }) => node))];
  const charts = nodes.map((node) => {
    const ofNode = starts.filter((start) => start.node === node);
    const loop = median(ofNode.map(({ bare }) => bare.all));
    return {
      title: `Node ${node}: start → everything answered, ms`,
      bars: [
        { name: bare.name, value: loop, isOurs: false },
        ...ofNode.map(({ host, ours }) => ({ name: host, value: ours.all, isOurs: true })),
      ],
    };
  });
  writeFileSync(`${docs}performance-starts.svg`, renderChart(charts));
  const rows = table(worstRows(starts));
  process.stdout.write(rows);
  return renderHostStarts(rows, hostTable(starts));
}

const onlyStarts = process.argv[2] === "starts";
const packedBytes = install({ withPeers: !onlyStarts });
const hostStarts = writeHostStarts(await measureHostStarts());
if (onlyStarts) {
  const page = readFileSync(`${docs}performance.md`, "utf8");
  writeFileSync(`${docs}performance.md`, withHostStarts(page, hostStarts));
} else await measureOthers();

async function measureOthers(): Promise<void> {
  const starts = await measureStarts();
  const tokens = await measureTokens();
  const rows: Row[] = [
    ...starts.rows,
    ...(await measureCalls()),
    tokens.row,
    {
      what: "what `npx` installs",
      ours: "1 package",
      beside: "–",
      figure: packedBytes / 1000,
      unit: " KB packed",
      target: { atMost: 700 },
    },
    ...(await measureMillion()),
    ...(await measureMoto(ours.args[0] ?? "")),
  ];
  process.stdout.write(table(rows));
  writeFileSync(`${docs}performance.md`, renderPage(table(rows), hostStarts));
  writeFileSync(
    `${docs}performance.svg`,
    renderChart([
      { title: "Start → tools listed, ms", bars: starts.bars },
      { title: "Tokens per tool (o200k)", bars: tokens.bars },
    ]),
  );
}
