/** The starts of real hosts, as test/mcp/hosts/ has them. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../../support/client.ts";
import { hosts } from "../../support/hosts.ts";
import { fastStartAlone, run, runHost, withoutFastStart } from "./compare.ts";

describe("the start of each host", () => {
  const folder = mkdtempSync(join(tmpdir(), "start-outside-"));
  const ran = join(folder, "program-ran");
  const reads = join(folder, "reads");
  const requests: string[] = [];
  const aws = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.writeHead(500).end();
  });
  let env: Record<string, string>;
  let alone: string;

  beforeAll(async () => {
    alone = fastStartAlone();
    const config = join(folder, "config");
    const program = join(folder, "program.sh");
    writeFileSync(program, `#!/bin/sh\ntouch ${ran}\nexit 1\n`, { mode: 0o755 });
    writeFileSync(config, `[default]\nregion = eu-west-1\ncredential_process = ${program}\n`);
    writeFileSync(join(folder, "credentials"), "");
    // Tells of each read of the AWS configuration.
    writeFileSync(
      join(folder, "tell-reads.cjs"),
      `const fs = require("node:fs");
       const tell = (path) => String(path).startsWith(${JSON.stringify(folder)}) && fs.appendFileSync(${JSON.stringify(reads)}, path + "\\n");
       for (const [from, names] of [[fs, ["readFile", "readFileSync", "createReadStream", "open", "openSync"]], [fs.promises, ["readFile", "open"]]])
         for (const name of names) { const own = from[name]; from[name] = function (path, ...more) { tell(path); return own.call(this, path, ...more); }; }`,
    );
    await new Promise<void>((resolve) => aws.listen(0, "127.0.0.1", resolve));
    const address = aws.address();
    const url = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    env = {
      NODE_OPTIONS: `--require=${join(folder, "tell-reads.cjs")}`,
      AWS_CONFIG_FILE: config,
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
      AWS_ENDPOINT_URL: url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_EC2_METADATA_DISABLED: "false",
      AWS_MAX_ATTEMPTS: "1",
    };
  });
  afterAll(async () => {
    await new Promise((resolve) => aws.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const outside = () => ({
    requests: requests.length,
    reads: existsSync(reads) ? readFileSync(reads, "utf8") : "",
    programRan: existsSync(ran),
  });
  const nothing = { requests: 0, reads: "", programRan: false };

  it.each(hosts)("of $name is answered without the server, as the server answers it, and without AWS", async (host) => {
    const [fast, full] = await Promise.all([
      runHost(host, { env, program: alone }),
      runHost(host, { env, args: withoutFastStart }),
    ]);
    expect(fast).toMatchObject({ code: 0, stderr: "" });
    // In the order of the requests.
    const asked = host.messages.flatMap(({ id }) => (id === undefined ? [] : [id]));
    expect(fast.lines.map((line) => JSON.parse(line).id)).toEqual(asked);
    expect(full).toMatchObject({ code: 0, stderr: "" });
    expect(fast.lines.toSorted()).toEqual(full.lines.toSorted());
    expect(outside()).toEqual(nothing);
  });

  it("is seen to need the server where it does", async () => {
    const line = '{"jsonrpc":"2.0","id":1,"method":"completion/complete"}\n';
    expect(await run(line, { program: alone })).toMatchObject({ code: 99 });
  });

  it("is seen to need AWS where it does", async () => {
    const call = {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "list-identity-pools", arguments: {} },
    };
    const initialize = {
      jsonrpc: "2.0",
      id: 0,
      method: "initialize",
      params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "a", version: "1" } },
    };
    const { lines } = await run(`${JSON.stringify(initialize)}\n${JSON.stringify(call)}\n`, { env });
    expect(lines).toHaveLength(2);
    expect(outside()).toMatchObject({ reads: expect.stringContaining("config"), programRan: true });
  });

  it("has a source", () => {
    const page = readFileSync(`${root}test/mcp/hosts/README.md`, "utf8");
    const named = [...page.matchAll(/^\| `([\w.-]+)\.jsonl` \|.*https:/gm)].map(([, name]) => name);
    expect(named).toEqual(hosts.map(({ name }) => name));
    expect(readdirSync(`${root}test/mcp/hosts`)).toHaveLength(hosts.length + 1);
  });
});
