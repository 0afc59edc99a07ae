/** A server that is killed during a change: the intent is on disk, and no success was reported that did not happen. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { CognitoIdentityClient } from "@aws-sdk/client-cognito-identity";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { serveLocal } from "../../src/local/http.ts";
import { createLocalService } from "../../src/local/service.ts";
import { arnOf, createPool, environmentFor, root } from "../support/client.ts";
import { report } from "../support/figures.ts";

const KILLS = process.env["LONG"] ? 200 : 9;
const LOST_ENDS = process.env["LONG"] ? 100 : 3;

/** Calls that are running when the server is killed. */
const CALLS = 12;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

const hello = [
  {
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "0" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

/** The service, delayed by some milliseconds, with the tags that it received and confirmed. */
async function startSlow() {
  const service = createLocalService();
  const asked = new Set<string>();
  const done = new Set<string>();
  const http = await serveLocal({
    async handle(request) {
      const isTag = String(request.headers["x-amz-target"]).endsWith(".TagResource");
      const tags = isTag ? Object.keys(JSON.parse(Buffer.from(request.body).toString()).Tags) : [];
      for (const tag of tags) asked.add(tag);
      await pause(Math.random() * 10);
      const answer = await service.handle(request);
      for (const tag of tags) done.add(tag);
      await pause(Math.random() * 10);
      return answer;
    },
    close: () => service.close(),
  });
  return { http, asked, done };
}

interface Kill {
  readonly how: "EOF" | "SIGTERM" | "SIGKILL" | "both ends closed";
  /** Changes that have reached the service: they take turns. */
  readonly changes: number;
  /** Milliseconds after the last of these. */
  readonly after: number;
}

/** Ends a server in this way. `reached` gives how many of its changes have reached the service. */
async function kill({ how, changes, after }: Kill, number: number, pool: string, url: string, reached: () => number) {
  const file = join(folder, `audit-${number}.jsonl`);
  const child = spawn(process.execPath, [`${root}dist/main.js`, "--audit", file, "--policy", "update=off"], {
    env: { ...environmentFor(url), XDG_RUNTIME_DIR: folder, AWS_CONFIG_FILE: "/dev/null" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const began = new Promise<void>((resolve) => {
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
      // The first call has loaded all modules, so the others start at once.
      if (stdout.includes('"id":1')) resolve();
    });
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  child.stdin.on("error", () => {});
  const send = (message: object) => child.stdin.write(`${JSON.stringify(message)}\n`);
  const call = (id: number) =>
    send({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "tag-resource", arguments: { ResourceArn: arnOf(pool), Tags: { [`k${number}-${id}`]: "v" } } },
    });
  for (const message of hello) send(message);
  call(1);
  await began;
  for (let id = 2; id <= CALLS; id += 1) call(id);
  await vi.waitFor(() => expect(reached()).toBeGreaterThanOrEqual(changes), { timeout: 30_000, interval: 1 });
  await pause(after);
  const ended = new Promise((resolve) => child.once("close", resolve));
  if (how === "EOF") child.stdin.end();
  else if (how === "both ends closed") {
    child.stdout.destroy();
    child.stdin.destroy();
  } else child.kill(how);
  await ended;
  // The last line can be incomplete after the kill.
  const told = stdout
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
  const audited = readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.endsWith("}"))
    .map((line) => JSON.parse(line));
  return { told, audited, stderr, ids: Array.from({ length: CALLS }, (_, index) => index + 1) };
}

it(`${KILLS} kills and ${LOST_ENDS} EPIPEs in mid-change: every change has its intent, and no reported success is false`, {
  timeout: 900_000,
}, async () => {
  const ends = (numRuns: number, ...ways: Kill["how"][]) =>
    fc.sample(
      fc.record({
        how: fc.constantFrom(...ways),
        changes: fc.integer({ min: 1, max: CALLS }),
        after: fc.integer({ min: 0, max: 20 }),
      }),
      { numRuns, seed: 6 },
    );
  const kills = [...ends(KILLS, "EOF", "SIGTERM", "SIGKILL"), ...ends(LOST_ENDS, "both ends closed")];
  const { http, asked, done } = await startSlow();
  let changes = 0;
  let unknown = 0;
  try {
    for (const [number, one] of kills.entries()) {
      // One pool each: a pool can have 50 tags.
      const sdk = new CognitoIdentityClient({
        region: "eu-west-1",
        endpoint: http.url,
        credentials: { accessKeyId: "AKIDTEST", secretAccessKey: "test" },
      });
      const pool = await createPool(sdk);
      sdk.destroy();
      const { told, audited, stderr, ids } = await kill(
        one,
        number,
        pool,
        http.url,
        () => [...asked].filter((tag) => tag.startsWith(`k${number}-`)).length,
      );
      expect(stderr, one.how).toBe("");
      for (const id of ids) {
        const tag = `k${number}-${id}`;
        const intent = audited.find((line) => line.record === "intent" && tag in line.arguments.Tags);
        const outcome = audited.find((line) => line.record === "outcome" && line.call === intent?.call);
        if (asked.has(tag)) {
          changes += 1;
          expect(intent, `${one.how}: the intent of ${tag}`).toBeDefined();
          if (!outcome) unknown += 1;
        }
        if (outcome?.outcome === "done") expect(done.has(tag), `${one.how}: ${tag} is done`).toBe(true);
        const answer = told.find((line) => line.id === id);
        if (answer?.result?.structuredContent?.approved) {
          expect(done.has(tag), `${one.how}: ${tag} was told of`).toBe(true);
          expect(outcome?.outcome).toBe("done");
        }
      }
    }
  } finally {
    await http.close();
  }
  expect(changes).toBeGreaterThan(3 * KILLS);
  // Of many, some end while a change is on its way.
  if (process.env["LONG"]) expect(unknown).toBeGreaterThan(0);
  report(
    4,
    `${KILLS} kills (EOF, TERM, KILL) and ${LOST_ENDS} EPIPEs in mid-change`,
    `${changes} changes, each with its intent; ${unknown} of unknown outcome; no false success`,
  );
});
