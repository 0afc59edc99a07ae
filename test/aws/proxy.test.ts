/** A proxy that the environment names: Node uses it where it is told to, and the doctor says where it is not. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { startServer, surroundings } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

const keys = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: "test", AWS_REGION: "eu-west-1" };

/** What it was asked to connect to. It never does. */
const asked: (string | undefined)[] = [];
const proxy = createServer();
proxy.on("connect", ({ url }, socket) => {
  asked.push(url);
  socket.end("HTTP/1.1 407 hush-hush\r\n\r\n");
});
let env: Readonly<Record<string, string>>;

beforeAll(async () => {
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  env = { ...keys, HTTPS_PROXY: `http://me:hush-hush@127.0.0.1:${(proxy.address() as AddressInfo).port}` };
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => void proxy.close());

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
/** Agents of earlier Nodes know no proxy; see https://nodejs.org/api/http.html#built-in-proxy-support. */
const knowsProxies = major > 24 || (major === 24 && minor >= 5) || (major === 22 && minor >= 21);

describe.runIf(knowsProxies)("with NODE_USE_ENV_PROXY", () => {
  it("is asked for AWS, and what it refuses is said to be refused by it", async () => {
    await using session = await startServer({ env: { ...env, NODE_USE_ENV_PROXY: "1" } });
    const input = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
    const { content } = await session.call("create-identity-pool", input);
    expect(content).toMatchObject({ failed: expect.stringMatching(/proxy refused the connection/) });
    expect(content).not.toHaveProperty("outcome");
    expect(JSON.stringify(content) + session.stderr()).not.toContain("hush-hush");
    expect(asked).toEqual(["cognito-identity.eu-west-1.amazonaws.com:443"]);
  });

  it("is not asked for what is on this machine", async () => {
    const endpoint = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    await using session = await startServer({
      env: { ...env, HTTP_PROXY: "http://127.0.0.1:1", NODE_USE_ENV_PROXY: "1" },
      args: ["--endpoint-url", endpoint],
    });
    proxy.once("request", (_, response) => response.end('{"IdentityPools":[]}'));
    expect((await session.call("list-identity-pools")).content).toMatchObject({ IdentityPools: [] });
    expect(asked).toEqual([]);
  });
});

it("without it is noted by the doctor as not in use", async () => {
  const { stdout } = await runProgram(["doctor", "--endpoint-url", "http://127.0.0.1:1"], { ...surroundings, ...env });
  expect(stdout).toMatch(/^note +Proxy +HTTPS_PROXY is set, but Node does not use it\.\n +→ .*NODE_USE_ENV_PROXY=1/m);
  expect(stdout).not.toContain("hush-hush");
});
