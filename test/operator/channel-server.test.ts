/** The server of the channel over TCP, as a program sees it that does not have the secret, or has it and sends anything. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditRecord } from "../../src/audit/types.ts";
import {
  type Address,
  addressIn,
  askTcp,
  channelFile,
  channelVariable,
  newNonce,
  proofOf,
  type Wire,
  wireTo,
} from "../support/channel.ts";
import { createPool, type Service, type Session, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

let runtime: string;
let audit: string;
let service: Service;
let pool: string;
let session: Session;
let address: Address;
let plan: { readonly code: string; readonly binding: string };

beforeEach(async () => {
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  audit = join(runtime, "audit.jsonl");
  service = await startService();
  pool = await createPool(service.sdk);
  session = await startServer({
    args: ["--audit", audit],
    env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable("tcp") },
  });
  await remove();
  address = addressIn(channelFile(runtime, session.pid, "tcp"));
  const { answer } = await askTcp(address, waiting);
  [plan] = (JSON.parse(answer) as { waiting: [typeof plan] }).waiting;
});
afterEach(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

const remove = () => session.call("delete-identity-pool", { IdentityPoolId: pool });

const waiting = JSON.stringify({ ask: "waiting" });
const approval = () => JSON.stringify({ ask: "answer", code: plan.code, binding: plan.binding, said: "pool" });

/** Greets the server, and gives the nonces of both ends and the server's proof. */
async function greet(wire: Wire, nonce = newNonce()) {
  wire.say(`hello ${nonce}`);
  const [, theirs = "", proof = ""] = ((await wire.line()) ?? "").split(" ");
  return { nonces: [nonce, theirs], proof };
}

type Rejected = AuditRecord & { readonly record: "rejected" };

/** The rejections in the audit, when `count` of them are there. */
async function rejections(count: number): Promise<Rejected[]> {
  for (let tries = 0; ; tries += 1) {
    const lines = readFileSync(audit, "utf8").split("\n").slice(0, -1);
    const records = lines.map((line) => JSON.parse(line) as AuditRecord).filter(isRejected);
    if (tries === 100 || records.reduce((sum, record) => sum + record.count, 0) >= count) return records;
    await wait(50);
  }
}

const isRejected = (record: AuditRecord): record is Rejected => record.record === "rejected";

/** The connection ends with nothing more said than `said`, for `reason`, and nothing was approved by it. */
async function expectRejected(wire: Wire, said: RegExp, reason: string): Promise<void> {
  await wire.ended;
  expect(wire.received()).toMatch(said);
  expect(await rejections(1)).toMatchObject([{ reason, count: 1 }]);
  await expect
    .poll(() => session.stderr())
    .toContain("1 connection was rejected on the channel of approve, credentials and token");
  expect((await remove()).isError).toBe(true);
}

const nothing = /^$/;
const greetingOnly = /^server \S{43} \S{43}\n$/;

describe("a client that knows the secret", () => {
  it("approves, and the greeting of the server proves that it is the server", async () => {
    expect(JSON.parse((await askTcp(address, approval())).answer)).toMatchObject({ result: "approved" });
    expect((await remove()).isError).toBe(false);
  });

  it("gets a proved answer to an invalid request", async () => {
    expect(JSON.parse((await askTcp(address, "no JSON")).answer)).toEqual({ refused: "The request is invalid." });
  });

  it("may not change the request after the proof", async () => {
    using wire = wireTo(address.port);
    const { nonces } = await greet(wire);
    wire.say(`request ${proofOf(address.secret, "request", nonces, waiting)} ${approval()}`);
    await expectRejected(wire, greetingOnly, "wrong proof");
  });
});

describe("a client that does not know the secret", () => {
  it.each([
    ["a request as on a Unix socket", () => approval()],
    ["a proof before the greeting", () => `request ${newNonce()} ${waiting}`],
    ["a nonce that is too short", () => `hello ${newNonce().slice(1)}`],
    ["an HTTP request", () => "GET / HTTP/1.1\r\nHost: localhost\r\n\r"],
  ])("gets nothing for %s", async (_, line) => {
    using wire = wireTo(address.port);
    wire.say(line());
    await expectRejected(wire, nothing, "malformed line");
  });

  it.each<[string, (greeted: { nonces: string[]; proof: string }) => string]>([
    ["of another secret", ({ nonces }) => proofOf(newNonce(), "request", nonces, approval())],
    ["of an empty secret", ({ nonces }) => proofOf("", "request", nonces, approval())],
    ["that the server gave for itself", ({ proof }) => proof],
    [
      "in which one character differs",
      ({ nonces }) => {
        const right = proofOf(address.secret, "request", nonces, approval());
        return `${right.startsWith("A") ? "B" : "A"}${right.slice(1)}`;
      },
    ],
    ["with the nonces exchanged", ({ nonces }) => proofOf(address.secret, "request", nonces.toReversed(), approval())],
  ])("gets nothing with a proof %s", async (_, forge) => {
    using wire = wireTo(address.port);
    const greeted = await greet(wire);
    wire.say(`request ${forge(greeted)} ${approval()}`);
    await expectRejected(wire, greetingOnly, "wrong proof");
  });

  it("gets nothing for a recorded conversation", async () => {
    const no = JSON.stringify({ ask: "vended", kind: "token", handle: "A".repeat(22) });
    const { said } = await askTcp(address, no);
    using wire = wireTo(address.port);
    for (const line of said.client) wire.say(line);
    await expectRejected(wire, greetingOnly, "wrong proof");
    expect(wire.received()).not.toBe(`${said.server[0]}\n`);
  });

  it("cannot fill the memory: a line that does not end is cut off at once", async () => {
    const began = Date.now();
    using first = wireTo(address.port);
    first.socket.write("hello ".padEnd(1_000_000, "A"));
    using second = wireTo(address.port);
    await greet(second);
    second.socket.write(`request ${newNonce()} `.padEnd(1_000_000, "A"));
    await Promise.all([first.ended, second.ended]);
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(await rejections(2)).toMatchObject([{ reason: "line too long" }, { reason: "line too long" }]);
    await askTcp(address, waiting);
  });

  it("cannot hold a connection by sending slowly", async () => {
    const began = Date.now();
    using silent = wireTo(address.port);
    using slow = wireTo(address.port);
    using late = wireTo(address.port);
    await greet(late);
    const trickle = setInterval(() => slow.socket.write("h"), 500);
    try {
      await Promise.race([Promise.all([silent.ended, slow.ended, late.ended]), wait(9_000)]);
      const took = Date.now() - began;
      expect(took).toBeGreaterThan(4_000);
      expect(took).toBeLessThan(8_500);
    } finally {
      clearInterval(trickle);
    }
    expect((await rejections(3)).at(-1)).toMatchObject({ reason: "too slow" });
  });

  it("keeps no command out by opening connections, of which few stay open", async () => {
    const wires = Array.from({ length: 300 }, () => wireTo(address.port));
    try {
      const stillOpen = () => wires.filter(({ socket }) => !socket.closed).length;
      const began = Date.now();
      // Less than the time after which the server closes each of them.
      while (stillOpen() > 64 && Date.now() - began < 3_000) await wait(50);
      expect(stillOpen()).toBe(64);
      const { stdout, stderr } = await runProgram(["approve"], { XDG_RUNTIME_DIR: runtime });
      expect(stdout).toContain(`code ${plan.code}, process ${session.pid}\nDelete identity pool`);
      expect(stderr).toBe("");
      const reported = await rejections(300 - 64);
      expect(reported[0]).toMatchObject({ reason: "too many connections" });
    } finally {
      for (const wire of wires) wire.socket.destroy();
    }
  });

  it("fills neither the audit nor stderr: one report a second, with a count", async () => {
    const began = Date.now();
    for (let round = 0; round < 60; round += 1) {
      using wire = wireTo(address.port);
      wire.say("no greeting");
      await wire.ended;
    }
    const reported = await rejections(60);
    const seconds = (Date.now() - began) / 1_000;
    expect(reported.reduce((sum, { count }) => sum + count, 0)).toBe(60);
    expect(reported.length).toBeLessThanOrEqual(Math.ceil(seconds) + 1);
    expect(reported.length).toBeGreaterThan(1);
    const lines = session
      .stderr()
      .split("\n")
      .filter((line) => line.includes("rejected on the channel"));
    expect(lines).toHaveLength(reported.length);
    const { stdout } = await runProgram(["audit", audit], {});
    expect(stdout).toMatch(/Rejected connections to the channel: 1 \(malformed line\)\./);
  });

  it("is not reported if it only ends the connection", async () => {
    const wire = wireTo(address.port);
    await greet(wire);
    wire.socket.destroy();
    await askTcp(address, waiting);
    expect(readFileSync(audit, "utf8")).not.toContain("rejected");
  });
});

describe("the file of a server", () => {
  it("holds a port and a secret of 32 bytes, is for this user only, and differs for every server", async () => {
    const file = channelFile(runtime, session.pid, "tcp");
    expect(Object.keys(address).sort()).toEqual(["port", "secret"]);
    expect(Buffer.from(address.secret, "base64url")).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(runtime, "cognito-identity-mcp"))).toEqual([`${session.pid}.tcp`]);
    await using other = await startServer({
      env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable("tcp") },
    });
    await other.call("delete-identity-pool", { IdentityPoolId: pool });
    expect(addressIn(channelFile(runtime, other.pid, "tcp")).secret).not.toBe(address.secret);
  });

  it.each<NodeJS.Signals>(["SIGTERM", "SIGINT"])("is removed when the server ends with %s", async (signal) => {
    process.kill(session.pid, signal);
    for (let tries = 0; tries < 100 && readdirSync(join(runtime, "cognito-identity-mcp")).length > 0; tries += 1)
      await wait(50);
    expect(readdirSync(join(runtime, "cognito-identity-mcp"))).toEqual([]);
  });
});
