/** The server as a process: how it starts, what it lists, what the operator's settings do, how it ends. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { everyTool } from "../src/call/catalogue.ts";
import { helpText } from "../src/cli/args/help.ts";
import { createPool, root, type Service, startServer, startService } from "./support/client.ts";

const nowhere = "eu-west-1:00000000-0000-4000-8000-000000000000";

let service: Service;
let pool: string;

beforeAll(async () => {
  service = await startService();
  pool = await createPool(service.sdk);
});
afterAll(() => service[Symbol.asyncDispose]());

/** Runs the command to its end, with `input` on stdin. */
async function run(args: readonly string[], input = "", env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [`${root}dist/main.js`, ...args], { env: { ...env } });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    output.stderr += chunk;
  });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { ...output, code };
}

const hello = [
  {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "0" } },
  },
  { jsonrpc: "2.0", method: "notifications/initialized" },
];

function lines(...messages: readonly object[]): string {
  return messages.map((message) => `${JSON.stringify(message)}\n`).join("");
}

describe("a request", () => {
  const ask = async (method: string, params: object) => {
    const { stdout } = await run(["--local"], lines(...hello, { jsonrpc: "2.0", id: 2, method, params }));
    const answers = stdout.trim().split("\n");
    return JSON.parse(answers.find((line) => line.includes('"id":2')) ?? "{}");
  };

  it("of a method that there is not is refused as the protocol says", async () => {
    for (const method of ["tools/delete", "logging/setLevel", "tasks/list"])
      expect(await ask(method, {})).toEqual({
        jsonrpc: "2.0",
        id: 2,
        error: { code: -32601, message: "Method not found" },
      });
  });

  it("that calls a tool that there is not is refused as the protocol says", async () => {
    for (const name of ["delete-identity", "", "__proto__", "constructor"])
      expect(await ask("tools/call", { name, arguments: { IdentityPoolId: 1 } })).toEqual({
        jsonrpc: "2.0",
        id: 2,
        error: {
          code: -32602,
          message: expect.stringMatching(/There is no such tool\..* The tools are list-identity-pools, /),
        },
      });
  });

  it("that asks for a task is answered like any other, since this server has none", async () => {
    const answer = await ask("tools/call", { name: "list-identity-pools", arguments: {}, task: { ttl: 60_000 } });
    expect(answer.result.structuredContent).toMatchObject({ IdentityPools: [] });
  });
});

describe("mcp.json", () => {
  it("starts the server exactly as it says", async () => {
    const { mcpServers } = JSON.parse(readFileSync(`${root}mcp.json`, "utf8"));
    expect(Object.keys(mcpServers)).toEqual(["cognito-identity"]);
    const client = new Client({ name: "test", version: "0" });
    await client.connect(new StdioClientTransport({ ...mcpServers["cognito-identity"], cwd: root }));
    expect((await client.listTools()).tools).toHaveLength(24);
    await client.close();
  });
});

describe("without AWS credentials, region or network", () => {
  it("starts, lists, and says at the first call what is missing", async () => {
    await using session = await startServer();
    expect((await session.client.listTools()).tools).toHaveLength(24);
    expect((await session.call("list-identity-pools")).content).toMatchObject({
      refused: expect.stringMatching(/^No AWS region is set/),
      next: expect.stringContaining("--region"),
    });
    expect((await session.call("list-identity-pools", { region: "eu-west-1" })).content).toMatchObject({
      failed: "No AWS credentials were found.",
      next: expect.stringContaining("--profile"),
    });
    expect(session.stderr()).toBe("");
  });

  it("says that AWS cannot be reached, and that an answer was lost", async () => {
    const closed = await portOf((socket) => socket.destroy());
    await using session = await startServer({
      env: { ...service.env, AWS_ENDPOINT_URL_COGNITO_IDENTITY: `http://127.0.0.1:${closed.port}` },
    });
    const create = { IdentityPoolName: "x", AllowUnauthenticatedIdentities: false };
    expect((await session.call("create-identity-pool", create)).content).toMatchObject({
      failed: expect.stringMatching(/It is not known whether the change was made/),
    });
    // A create is sent once, since AWS may have acted on it.
    expect(closed.connections()).toBe(1);
    expect((await session.call("describe-identity-pool", { IdentityPoolId: nowhere })).content).toMatchObject({
      failed: "The connection broke before AWS answered.",
    });
    closed.close();
    expect((await session.call("describe-identity-pool", { IdentityPoolId: nowhere })).content).toMatchObject({
      failed: "AWS could not be reached.",
      code: "ECONNREFUSED",
    });
  });

  it("lets a guest have an identity unsigned", async () => {
    await using session = await startServer({ env: { AWS_ENDPOINT_URL: service.url } });
    expect((await session.call("get-id", { IdentityPoolId: pool })).isError).toBe(false);
    expect((await session.call("describe-identity-pool", { IdentityPoolId: pool })).content).toMatchObject({
      code: "CredentialsProviderError",
    });
  });
});

/** A port of this machine whose connections go to `onConnection`. */
async function portOf(onConnection: Parameters<typeof createServer>[1]) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.once("data", () => onConnection?.(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    connections: () => connections,
    close: () => server.close(),
  };
}

describe("--local", () => {
  it("serves the embedded service in the same process", async () => {
    await using session = await startServer({ args: ["--local"] });
    const { content } = await session.call("create-identity-pool", {
      IdentityPoolName: "here",
      AllowUnauthenticatedIdentities: true,
    });
    expect(content).toMatchObject({ region: "us-east-1" });
    const { content: list } = await session.call("list-identity-pools");
    expect(list["IdentityPools"]).toEqual([{ IdentityPoolId: content["IdentityPoolId"], IdentityPoolName: "here" }]);
  });
});

describe("what the operator allows", () => {
  async function refusedBy(args: readonly string[], tool: string, input: Record<string, unknown>) {
    await using session = await startServer({ args, env: service.env });
    const from = service.calls.length;
    const { isError, content } = await session.call(tool, input);
    expect(isError).toBe(true);
    expect(service.calls.length).toBe(from);
    const { tools } = await session.client.listTools();
    return { reason: `${content["refused"]} ${content["next"]}`, listed: tools.map(({ name }) => name) };
  }

  it("--read-only lists and runs reads alone", async () => {
    for (const [tool, input] of [
      ["get-id", { IdentityPoolId: pool }],
      ["get-credentials-for-identity", { IdentityId: nowhere }],
      ["delete-identity-pool", { IdentityPoolId: pool }],
    ] as const) {
      const { reason, listed } = await refusedBy(["--read-only"], tool, input);
      expect(reason).toMatch(/--read-only/);
      expect(listed).toEqual(everyTool.filter(({ effect }) => effect === "read").map(({ name }) => name));
    }
  });

  it("--policy with deny neither lists nor runs the tool", async () => {
    const { reason, listed } = await refusedBy(["--policy", "get-id=deny,vend=deny"], "get-id", {
      IdentityPoolId: pool,
    });
    expect(reason).toMatch(/denied get-id.*--policy/);
    expect(listed).toHaveLength(20);
  });

  it("--pools lets no other pool be touched, by id, by ARN, or by an identity of unknown pool", async () => {
    const args = ["--pools", nowhere];
    const ResourceArn = `arn:aws:cognito-identity:eu-west-1:000000000000:identitypool/${pool}`;
    expect((await refusedBy(args, "describe-identity-pool", { IdentityPoolId: pool })).reason).toMatch(/--pools/);
    expect((await refusedBy(args, "list-tags-for-resource", { ResourceArn })).reason).toMatch(/--pools/);
    expect((await refusedBy(args, "describe-identity", { IdentityId: nowhere })).reason).toMatch(/contains no pool id/);
    expect((await refusedBy(args, "list-identity-pools", {})).reason).toMatch(/contains no pool id/);
  });

  it("--regions lets no other region be called", async () => {
    const args = ["--regions", "us-east-1,us-west-2"];
    expect((await refusedBy(args, "describe-identity-pool", { IdentityPoolId: pool })).reason).toMatch(/--regions/);
    expect((await refusedBy(args, "list-identity-pools", { region: "eu-west-3" })).reason).toMatch(/--regions/);
    await using session = await startServer({ args: ["--regions", "eu-west-1"], env: service.env });
    expect((await session.call("describe-identity-pool", { IdentityPoolId: pool })).isError).toBe(false);
  });
});

describe("an invalid setting", () => {
  it.each([
    [["--policy", "delete-everything=deny"], /--policy has a rule for "delete-everything"/],
    [
      ["--policy", "delete"],
      /--policy: the rule "delete" has no level\. Write delete=LEVEL, with off, two-step, human, passkey or deny\./,
    ],
    [["--policy", "delete=of"], /--policy sets delete to "of"/],
    [["--policy", "delete=deny=off"], /--policy sets delete to "deny=off"/],
    [["--policy", "delete="], /--policy: the rule "delete" has no level/],
    [["--policy", "get-id"], /Write get-id=LEVEL, with off or deny\./],
    [["--policy", "delete=deny,"], /--policy contains a rule without a name\. Write NAME=LEVEL/],
    [["--policy", ""], /--policy is empty\. Write NAME=LEVEL, such as delete=deny\./],
    [["--policy", "get-id=human"], /--policy sets get-id to "human"; it must be one of off, deny/],
    [["--policy-file", "/nowhere/policy.json"], /--policy-file \/nowhere\/policy\.json cannot be read \(ENOENT\)/],
    [["--policy-file", `${root}README.md`], /README\.md is not valid JSON/],
    [["--pools", "eu-west-1_abc"], /--pools is "eu-west-1_abc"/],
    [["--pools", ""], /--pools is empty\. Write IDS, such as eu-west-1:/],
    [["--regions", "europe"], /--regions is "europe"/],
    [["--region", "europe"], /--region is "europe"/],
    [["--max-deleted-identities", "1000001"], /from 1 to 1000000/],
    [["--answer-within", "soon"], /from 1 to 300/],
    [["--endpoint-url", "http://example.com"], /https URL/],
    [["--endpoint-url", "http://127.0.0.1.example.com"], /https URL/],
    [["--local", "--endpoint-url", "https://example.com"], /cannot be used together/],
    [["--read-olny"], /Unknown option '--read-olny'/],
    [["--port", "1"], /not an option of serve/],
    [["local", "--read-only"], /not an option of local/],
    [["local", "--port", "99999"], /from 0 to 65535/],
    [["delete"], /Unknown command delete/],
    [["local", "extra"], /Unexpected argument extra/],
  ])("%j refuses to start", async (args, reason) => {
    const { code, stdout, stderr } = await run(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(reason);
  });

  it("in the environment too", async () => {
    const { code, stderr } = await run([], "", { COGNITO_IDENTITY_MCP_READ_ONLY: "maybe" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/COGNITO_IDENTITY_MCP_READ_ONLY is "maybe"/);
  });

  it("as the misspelt name of a variable", async () => {
    const { code, stderr } = await run([], "", { COGNITO_IDENTITY_MCP_READONLY: "1" });
    expect(code).toBe(2);
    expect(stderr).toMatch(
      /Unknown environment variable COGNITO_IDENTITY_MCP_READONLY\..*COGNITO_IDENTITY_MCP_READ_ONLY/,
    );
  });
});

describe("the process", () => {
  it("answers what was asked before stdin ended, and leaves", async () => {
    const call = { name: "describe-identity-pool", arguments: { IdentityPoolId: pool } };
    const { code, stdout } = await run(
      [],
      lines(...hello, { jsonrpc: "2.0", id: 2, method: "tools/call", params: call }),
      service.env,
    );
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id)).toEqual([1, 2]);
    expect(answers[1].result.structuredContent).toMatchObject({ IdentityPoolId: pool });
    expect(code).toBe(0);
  });

  it("answers what was to be read and completed before stdin ended", async () => {
    const uri = `cognito-identity://pool/${pool}`;
    const ref = { type: "ref/prompt", name: "review-pool" };
    const { code, stdout } = await run(
      [],
      lines(
        ...hello,
        { jsonrpc: "2.0", id: 2, method: "resources/read", params: { uri } },
        {
          jsonrpc: "2.0",
          id: 3,
          method: "completion/complete",
          params: { ref, argument: { name: "poolId", value: "" } },
        },
      ),
      service.env,
    );
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.find(({ id }) => id === 2).result.contents[0].uri).toBe(uri);
    expect(answers.find(({ id }) => id === 3).result.completion.values).toEqual([pool]);
    expect(code).toBe(0);
  });

  it("answers arguments nested without end, and lives on", async () => {
    const depth = 9_000;
    const Tags = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    const params = `{"name":"tag-resource","arguments":{"ResourceArn":"x","Tags":${Tags}}}`;
    const { stdout } = await run(
      [],
      `${lines(...hello)}{"jsonrpc":"2.0","id":2,"method":"tools/call","params":${params}}\n${lines({ jsonrpc: "2.0", id: 3, method: "ping" })}`,
    );
    const answers = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect(answers.find(({ id }) => id === 2).result.structuredContent).toMatchObject({
      refused: expect.stringMatching(/nested more than 32 levels/),
    });
  });

  it("does not outlive its client while it waits for a person", async () => {
    const child = spawn(process.execPath, [`${root}dist/main.js`], { env: { ...service.env } });
    const [initialize, ...rest] = hello;
    const params = { ...initialize?.params, capabilities: { elicitation: { form: {} } } };
    const call = { name: "delete-identity-pool", arguments: { IdentityPoolId: pool } };
    child.stdin.write(
      lines({ ...initialize, params }, ...rest, { jsonrpc: "2.0", id: 2, method: "tools/call", params: call }),
    );
    await new Promise<void>((resolve) => {
      let said = "";
      child.stdout.on("data", (chunk) => {
        said += chunk;
        if (said.includes("elicitation/create")) resolve();
      });
    });
    const from = service.calls.length;
    child.stdin.end();
    expect(await new Promise((resolve) => child.once("close", (code) => resolve(code)))).toBe(0);
    expect(service.calls.slice(from)).toEqual([]);
  });

  it.each(["SIGTERM", "SIGINT"] as const)("leaves on %s", async (signal) => {
    const child = spawn(process.execPath, [`${root}dist/main.js`], { env: {} });
    child.stdin.write(lines(...hello));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.kill(signal);
    expect(await new Promise((resolve) => child.once("close", (code) => resolve(code)))).toBe(0);
  });

  it("does not make a noise when nobody reads its answers", async () => {
    const child = spawn(process.execPath, [`${root}dist/main.js`], { env: {} });
    let stderr = "";
    child.stderr.on("data", (chunk) => {
      stderr += chunk;
    });
    child.stdin.write(lines(...hello));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    child.stdout.destroy();
    child.stdin.on("error", () => {});
    child.stdin.write(lines({ jsonrpc: "2.0", id: 2, method: "tools/list" }));
    await new Promise((resolve) => child.once("close", resolve));
    expect(stderr).toBe("");
  });

  it("says that the port of local is taken", async () => {
    const { port } = new URL(service.url);
    const { code, stderr } = await run(["local", "--port", port]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/Cannot listen on port \d+ of 127\.0\.0\.1 \(EADDRINUSE\)/);
  });

  it("tells its version and its options", async () => {
    const { version } = JSON.parse(readFileSync(`${root}package.json`, "utf8"));
    expect(await run(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect(await run(["--help"])).toEqual({ code: 0, stdout: helpText, stderr: "" });
  });

  it("local speaks AWS JSON 1.1 on loopback, and leaves on SIGTERM", async () => {
    const child = spawn(process.execPath, [`${root}dist/main.js`, "local", "--port", "0"], { env: {} });
    const greeting = String(await new Promise((resolve) => child.stdout.once("data", resolve)));
    const [, url = ""] = /(http:\/\/127\.0\.0\.1:\d+)/.exec(greeting) ?? [];
    const answer = await fetch(url, {
      method: "POST",
      headers: {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "AWSCognitoIdentityService.GetId",
      },
      body: JSON.stringify({ IdentityPoolId: nowhere }),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ __type: "ResourceNotFoundException" });
    child.kill("SIGTERM");
    expect(await new Promise((resolve) => child.once("close", (code) => resolve(code)))).toBe(0);
    const { hostname, port } = new URL(url);
    const refused = new Promise((resolve) => createConnection(Number(port), hostname).once("error", resolve));
    expect(await refused).toMatchObject({ code: "ECONNREFUSED" });
  });
});
