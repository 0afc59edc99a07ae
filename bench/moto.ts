/**
 * The embedded service beside moto's server (https://docs.getmoto.org/en/latest/docs/server_mode.html), where it is installed: the same
 * calls in turns, the start, and the memory after the work. Rows for the page.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../test/support/free-port.ts";
import { median, type Row } from "./figures.ts";

const STARTS = 5;
const ROUNDS = 150;
/** Few, so that some rounds of both are undisturbed on a machine that others use too: the fastest round counts. */
const CALLS = 10;

interface Running {
  readonly port: number;
  readonly child: ChildProcess;
  readonly startMs: number;
}

/** One connection for each service, kept open. */
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function call(port: number, operation: string, input: object): Promise<Record<string, string>> {
  const body = JSON.stringify(input);
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    "content-length": Buffer.byteLength(body),
    "x-amz-target": `AWSCognitoIdentityService.${operation}`,
    authorization:
      "AWS4-HMAC-SHA256 Credential=AKIDBENCH/20260101/eu-west-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=00",
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/", headers, agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString();
        if (response.statusCode === 200) resolve(text === "" ? {} : JSON.parse(text));
        else reject(new Error(`${operation}: ${text}`));
      });
    });
    sent.once("error", reject);
    sent.end(body);
  });
}

/** Starts a service and waits for its first answer. */
async function start(command: (port: number) => readonly string[]): Promise<Running> {
  const port = await freePort();
  const [program = "", ...args] = command(port);
  const began = performance.now();
  const child = spawn(program, args, { stdio: "ignore" });
  for (;;) {
    const isUp = await call(port, "ListIdentityPools", { MaxResults: 1 }).then(
      () => true,
      () => false,
    );
    if (isUp) return { port, child, startMs: performance.now() - began };
    if (child.exitCode !== null) throw new Error(`${program} ended`);
    await setTimeout(5);
  }
}

async function stop({ child }: Running): Promise<void> {
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
}

function residentMb({ child }: Running): number {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
  return Number(kilobytes) / 1000;
}

async function prepare({ port }: Running) {
  const { IdentityPoolId } = await call(port, "CreateIdentityPool", {
    IdentityPoolName: "pool",
    AllowUnauthenticatedIdentities: true,
  });
  const Roles = { unauthenticated: "arn:aws:iam::000000000000:role/guests" };
  await call(port, "SetIdentityPoolRoles", { IdentityPoolId, Roles }).catch(() => {});
  const { IdentityId } = await call(port, "GetId", { IdentityPoolId });
  return {
    GetId: () => call(port, "GetId", { IdentityPoolId }),
    GetCredentialsForIdentity: () => call(port, "GetCredentialsForIdentity", { IdentityId }),
  };
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  for (let made = 0; made < CALLS; made += 1) await work();
  return (performance.now() - began) / CALLS;
}

/** No rows where moto is not installed, or the system does not say how much memory a process has. */
export async function measureMoto(program: string): Promise<Row[]> {
  if (process.platform !== "linux" || spawnSync("python3", ["-c", "import moto.server"]).status !== 0) return [];
  const commands = {
    ours: (port: number) => [process.execPath, program, "local", "--port", String(port)],
    moto: (port: number) => ["python3", "-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)],
  };
  const starts = { ours: [] as number[], moto: [] as number[] };
  for (let round = 0; round < STARTS; round += 1)
    for (const name of ["ours", "moto"] as const) {
      const running = await start(commands[name]);
      starts[name].push(running.startMs);
      await stop(running);
    }
  const running = { ours: await start(commands.ours), moto: await start(commands.moto) };
  try {
    const calls = { ours: await prepare(running.ours), moto: await prepare(running.moto) };
    const rows: Row[] = [row("start to the first answer", median(starts.ours), median(starts.moto), "ms", 3)];
    for (const operation of ["GetId", "GetCredentialsForIdentity"] as const) {
      const times = { ours: [] as number[], moto: [] as number[] };
      for (let round = 0; round < ROUNDS; round += 1)
        for (const name of ["ours", "moto"] as const) times[name].push(await timeOf(calls[name][operation]));
      rows.push(row(operation, Math.min(...times.ours), Math.min(...times.moto), "ms", 5));
    }
    const memory = { ours: residentMb(running.ours), moto: residentMb(running.moto) };
    return [
      ...rows,
      {
        what: "embedded service beside moto: memory after the work",
        ours: `${memory.ours.toFixed(0)} MB`,
        beside: `${memory.moto.toFixed(0)} MB, moto`,
        figure: memory.ours / memory.moto,
        unit: "×",
        target: { atMost: 1 },
      },
    ];
  } finally {
    await stop(running.ours);
    await stop(running.moto);
  }
}

/** How many times as fast we are, as the part of the other's time that ours takes. */
function row(what: string, ours: number, moto: number, unit: string, atLeast: number): Row {
  return {
    what: `embedded service beside moto: ${what}`,
    ours: `${ours.toFixed(2)} ${unit}`,
    beside: `${moto.toFixed(2)} ${unit}, moto`,
    figure: ours / moto,
    unit: "×",
    target: { atMost: Number((1 / atLeast).toFixed(2)) },
  };
}
