/** Starts as the recorded hosts make them, and the first call after them, on each supported version of Node, beside a bare loop. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { type Host, hosts, isAwaited } from "../test/support/hosts.ts";
import { median, type Row, shown, timed } from "./figures.ts";
import { installNodes, type NodeRelease } from "./nodes.ts";
import { bare, ours, type Peer } from "./peers.ts";
import { startService } from "./service.ts";

const ROUNDS = 7;

/** Times from the start of the process, in milliseconds, processor time in milliseconds, and resident memory in MB. */
interface Start {
  /** Until the tools are listed. */
  readonly listed: number;
  /** Until the host has all that it asks for. */
  readonly all: number;
  /** What all threads of the process used until then. It depends less on what else the machine does. */
  readonly processor: number;
  readonly memory: number;
  /** The first call of a tool, which loads the server and the AWS SDK, and the same call again. */
  readonly firstCall: number;
  readonly nextCall: number;
  /** What all threads of the process used for the first call. */
  readonly firstCallProcessor: number;
}

/** The figures of one host. */
export interface HostStart {
  readonly host: string;
  readonly node: string;
  readonly ours: Start;
  readonly bare: Start;
}

/** Runs of both in turns. */
export async function measureHostStarts(): Promise<HostStart[]> {
  const service = await startService();
  const results: HostStart[] = [];
  for (const node of installNodes())
    for (const host of hosts) {
      const samples: { ours: Start[]; bare: Start[] } = { ours: [], bare: [] };
      for (let round = 0; round < ROUNDS; round += 1) {
        samples.bare.push(await startAs(host, bare, node, service.env));
        samples.ours.push(await startAs(host, ours, node, service.env));
      }
      results.push({ host: host.name, node: node.major, ours: summaryOf(samples.ours), bare: summaryOf(samples.bare) });
    }
  service.stop();
  return results;
}

/** The shortest times, because other programs on the machine only make them longer; the medians of the rest. */
function summaryOf(starts: readonly Start[]): Start {
  const samples = (key: keyof Start) => starts.map((start) => start[key]);
  return {
    listed: Math.min(...samples("listed")),
    all: Math.min(...samples("all")),
    processor: median(samples("processor")),
    memory: median(samples("memory")),
    firstCall: Math.min(...samples("firstCall")),
    nextCall: Math.min(...samples("nextCall")),
    firstCallProcessor: median(samples("firstCallProcessor")),
  };
}

async function startAs(
  { messages }: Host,
  { args }: Peer,
  { path }: NodeRelease,
  env: Readonly<Record<string, string>>,
): Promise<Start> {
  const begin = performance.now();
  const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "ignore"] });
  const answered = new Map<string | number, number>();
  let wake = () => {};
  let rest = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) answered.set(JSON.parse(line).id, performance.now() - begin);
    wake();
  });
  const answerTo = async (id: string | number): Promise<number> => {
    for (;;) {
      const at = answered.get(id);
      if (at !== undefined) return at;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  for (const message of messages) {
    child.stdin.write(`${message.line}\n`);
    if (message.id !== undefined && isAwaited(message)) await answerTo(message.id);
  }
  const requests = messages.flatMap(({ id, method }) => (id === undefined ? [] : [{ id, method }]));
  const times: number[] = [];
  for (const { id } of requests) times.push(await answerTo(id));
  const processor = processorMs(child.pid);
  const memory = residentMb(child.pid);
  const call = async (id: string) => {
    child.stdin.write(`${callIn(messages, id)}\n`);
    await answerTo(id);
  };
  const firstCall = await timed(() => call("the first call"));
  const firstCallProcessor = processorMs(child.pid) - processor;
  const nextCall = await timed(() => call("the next call"));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  const list = requests.findIndex(({ method }) => method === "tools/list");
  return {
    listed: times[list] ?? Number.NaN,
    all: Math.max(...times),
    processor,
    memory,
    firstCall,
    nextCall,
    firstCallProcessor,
  };
}

/** A call of a tool as the host would write it: with what its last request has in `_meta`, in the era that needs it. */
function callIn(messages: Host["messages"], id: string): string {
  const last = messages.findLast((message) => message.id !== undefined);
  const { _meta } = JSON.parse(last?.line ?? "{}").params ?? {};
  const params = { name: "list-identity-pools", arguments: { MaxResults: 1 }, ...(_meta && { _meta }) };
  return JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params });
}

function processorMs(pid: number | undefined): number {
  const threads = `/proc/${pid}/task/`;
  const used = (thread: string) => Number(readFileSync(`${threads}${thread}/schedstat`, "utf8").split(" ", 1)[0]);
  return readdirSync(threads).reduce((sum, thread) => sum + used(thread), 0) / 1e6;
}

function residentMb(pid: number | undefined): number {
  const [, kilobytes = "NaN"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1024;
}

const targets: readonly [key: keyof Start, what: string, unit: string, atMost: number][] = [
  ["listed", "start → `tools/list` answered", "ms", 1.3],
  ["all", "start → everything answered", "ms", 1.5],
  ["processor", "processor time until then", "ms", 1.5],
  ["memory", "resident memory then", "MB", 1.1],
];

const FIRST_CALL_MORE_MS = 100;

/** One row for each version of Node and target: the host with the largest ratio, and the one whose first call takes longest. */
export function worstRows(starts: readonly HostStart[]): Row[] {
  const nodes = [...new Set(starts.map(({ node }) => node))];
  return nodes.flatMap((node) => {
    const ofNode = starts.filter((start) => start.node === node);
    const rows = targets.map(([key, what, unit, atMost]): Row => {
      const [worst] = ofNode.toSorted((one, other) => ratio(other, key) - ratio(one, key));
      if (!worst) throw new Error("no host");
      return {
        what: `Node ${node}, ${what} (${worst.host})`,
        ours: `${shown(worst.ours[key])} ${unit}`,
        beside: `${shown(worst.bare[key])} ${unit}, ${bare.name}`,
        figure: ratio(worst, key),
        unit: "×",
        target: { atMost },
      };
    });
    const [slowest] = ofNode.toSorted((one, other) => moreAtFirst(other) - moreAtFirst(one));
    if (!slowest) throw new Error("no host");
    const first: Row = {
      what: `Node ${node}, the first call after the start, which loads the server and the AWS SDK (${slowest.host})`,
      ours: `${shown(slowest.ours.firstCall)} ms (${shown(slowest.ours.firstCallProcessor)} ms of processor time)`,
      beside: `${shown(slowest.ours.nextCall)} ms, the same call again`,
      figure: moreAtFirst(slowest),
      unit: " ms more",
      target: { atMost: FIRST_CALL_MORE_MS },
    };
    return [...rows, first];
  });
}

/** One line for each host: `tools/list`, everything, processor time and memory, as ratios to the bare loop, and the first call. */
export function hostTable(starts: readonly HostStart[]): string {
  const nodes = [...new Set(starts.map(({ node }) => node))];
  const names = [...new Set(starts.map(({ host }) => host))];
  const cell = (host: string, node: string) => {
    const start = starts.find((one) => one.host === host && one.node === node);
    if (!start) return "–";
    const ratios = targets.map(([key]) => `${ratio(start, key).toFixed(2)}×`);
    return [...ratios, `${Math.round(moreAtFirst(start))} ms (${Math.round(start.ours.firstCallProcessor)})`].join(
      " · ",
    );
  };
  return [
    `| host | ${nodes.map((node) => `Node ${node}`).join(" | ")} |`,
    `| --- | ${nodes.map(() => "---").join(" | ")} |`,
    ...names.map((name) => `| ${name} | ${nodes.map((node) => cell(name, node)).join(" | ")} |`),
    "",
  ].join("\n");
}

/** Milliseconds that the first call takes longer than the next. */
function moreAtFirst({ ours: { firstCall, nextCall } }: HostStart): number {
  return firstCall - nextCall;
}

function ratio(start: HostStart, key: keyof Start): number {
  return start.ours[key] / start.bare[key];
}
