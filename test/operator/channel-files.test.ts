/** The file by which commands find a server that listens on TCP, as it is written; and how the transport is selected. */
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeAddress } from "../../src/operator/channel-files.ts";
import { channelFile, channelVariable } from "../support/channel.ts";
import { createPool, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const address = { port: 1, secret: Buffer.alloc(32, 1) };

/** Reads each file as soon as it is there, and tells which of them were not whole then. */
const reader = `
const { readFileSync } = require("node:fs");
const { parentPort, workerData } = require("node:worker_threads");
const torn = [];
parentPort.postMessage("ready");
for (const file of workerData)
  for (let tries = 0; ; tries += 1) {
    let text;
    try { text = readFileSync(file, "utf8"); } catch { if (tries < 5e6) continue; }
    if (!text?.endsWith("}\\n")) torn.push([file, text]);
    break;
  }
parentPort.postMessage(torn);
`;

describe("the file of a server", () => {
  it("is complete as soon as it has its name", async () => {
    const files = Array.from({ length: 400 }, (_, index) => join(folder, `${index}.tcp`));
    const worker = new Worker(reader, { eval: true, workerData: files });
    const messages: unknown[] = [];
    worker.on("message", (message) => messages.push(message));
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    await new Promise((resolve) => worker.once("message", resolve));
    // Each file adds a listener, as each server does in its own process.
    process.setMaxListeners(files.length + 10);
    const removals = files.map((file) => writeAddress(file, address));
    await ended;
    expect(messages).toEqual(["ready", []]);
    for (const remove of removals) remove();
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is written through no link, and takes the place of what a process with the same id left", () => {
    const [path, victim] = [join(folder, "1.tcp"), join(folder, "victim")];
    writeFileSync(victim, "kept");
    symlinkSync(victim, path);
    symlinkSync(victim, `${path}.tmp`);
    const remove = writeAddress(path, address);
    expect(readFileSync(victim, "utf8")).toBe("kept");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(lstatSync(path).mode & 0o777).toBe(0o600);
    remove();
    expect(readdirSync(folder)).toEqual(["victim"]);
  });

  it("that cannot be written is an error that names it", () => {
    mkdirSync(join(folder, "1.tcp"));
    expect(() => writeAddress(join(folder, "1.tcp"), address)).toThrow(
      /1\.tcp cannot be written \(\w+\)\. Move it away\./,
    );
    expect(readdirSync(folder)).toEqual(["1.tcp"]);
  });
});

describe("the transport", () => {
  it.each(["pipe", "TCP", "tcp "])("is not %j, and the server does not start", async (value) => {
    const { code, stderr } = await runProgram(["serve"], { COGNITO_IDENTITY_MCP_CHANNEL: value });
    expect(code).toBe(2);
    expect(stderr).toContain(`COGNITO_IDENTITY_MCP_CHANNEL is ${JSON.stringify(value)}; it must be socket or tcp.`);
  });

  it.each([
    ["Unix sockets", {}],
    ["Unix sockets", { COGNITO_IDENTITY_MCP_CHANNEL: "" }],
    ["Unix sockets", channelVariable("socket")],
    ["TCP on 127.0.0.1", channelVariable("tcp")],
  ])("is %s in doctor with %j", async (name, env) => {
    const { stdout } = await runProgram(["doctor", "--local"], { ...env, XDG_RUNTIME_DIR: folder });
    expect(stdout.replace(/\s+/g, " ")).toContain(
      `ok Channel ${name}, in ${join(folder, "cognito-identity-mcp")}, which`,
    );
  });
});

/** This system, but as Node describes Windows: no user ids, and a folder in the profile. Sockets still exist here. */
const windows = `data:text/javascript,${encodeURIComponent(
  'Object.defineProperty(process, "platform", { value: "win32" }); process.getuid = undefined; process.geteuid = undefined;',
)}`;

describe("a system that says that it is Windows", () => {
  it("uses TCP, with a file in the local profile of the user, and neither modes nor user ids", async () => {
    await using service = await startService();
    const pool = await createPool(service.sdk);
    const env = { LOCALAPPDATA: folder, NODE_OPTIONS: `--import ${windows}` };
    await using session = await startServer({ env: { ...service.env, ...env } });
    const { content } = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"] });
    expect(readdirSync(join(folder, "cognito-identity-mcp"))).toEqual([`${session.pid}.tcp`]);
    expect(channelFile(folder, session.pid, "tcp")).toBe(join(folder, "cognito-identity-mcp", `${session.pid}.tcp`));
    const { stdout, stderr } = await runProgram(["credentials", String(vended.content["handle"])], env);
    expect(stderr).toBe("");
    expect(JSON.parse(stdout)).toHaveProperty("SecretAccessKey");
    const forced = await runProgram(["serve"], { ...env, ...channelVariable("socket") });
    expect(forced).toMatchObject({ code: 2, stderr: expect.stringContaining("this system has no Unix sockets") });
  });
});
