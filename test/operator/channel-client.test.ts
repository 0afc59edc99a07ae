/** The commands of the channel, with files in the folder that no server of this user wrote, and programs that took a port. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import {
  type Address,
  addressIn,
  channelFile,
  channelVariable,
  listenOn,
  newNonce,
  proofOf,
  type Recorded,
  type Wire,
  wireTo,
} from "../support/channel.ts";
import { createPool, type Service, type Session, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

let runtime: string;
let folder: string;
let service: Service;
let session: Session;
let identity: string;
let handle: string;
let before: string[];

beforeAll(async () => {
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  folder = join(runtime, "cognito-identity-mcp");
  service = await startService();
  const pool = await createPool(service.sdk);
  session = await startServer({ env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable("tcp") } });
  const { content } = await session.call("get-id", { IdentityPoolId: pool });
  identity = String(content["IdentityId"]);
  const vended = await session.call("get-credentials-for-identity", { IdentityId: identity });
  handle = String(vended.content["handle"]);
  await session.call("delete-identity-pool", { IdentityPoolId: pool });
});
afterAll(async () => {
  await session[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});
beforeEach(() => {
  before = readdirSync(folder);
});
afterEach(() => {
  for (const name of readdirSync(folder))
    if (!before.includes(name)) rmSync(join(folder, name), { recursive: true, force: true });
});

/** The id of a process that has ended. */
async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ["-e", ""], { stdio: "ignore" });
  await once(child, "close");
  return child.pid ?? 0;
}

/** This process runs and is no server. */
const liveFile = () => channelFile(runtime, process.pid, "tcp");

function writeFile(path: string, content: Address | string, mode = 0o600): void {
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content), { mode });
  chmodSync(path, mode);
}

const run = (...args: string[]) => runProgram(args, { XDG_RUNTIME_DIR: runtime });

/** The command reports the problem, and still reaches the good server. */
async function expectProblem(path: string, problem: RegExp): Promise<void> {
  const approve = await run("approve");
  expect(approve.stderr).toMatch(problem);
  expect(approve.stderr).toContain(path);
  expect(approve.stderr.trim().split("\n")).toHaveLength(1);
  expect(approve.stdout).toMatch(/^code [A-Z2-9]{4}, process \d+\nDelete identity pool/m);
  const credentials = await run("credentials", handle);
  expect(JSON.parse(credentials.stdout)).toHaveProperty("SecretAccessKey");
  expect(credentials.code).toBe(0);
  const unknown = await run("token", "A".repeat(22));
  expect(unknown.stderr).toMatch(problem);
  expect(unknown.stderr).toMatch(/None of your running servers has a token for this handle/);
  expect(existsSync(path)).toBe(true);
}

/** What a command and the server say to each other. */
async function recordCommand(address: Address): Promise<Recorded> {
  const said: { client: string[]; server: string[] } = { client: [], server: [] };
  await using between = await listenOn(0, async (client) => {
    using server = wireTo(address.port);
    for (;;) {
      const asked = (await client.line()) ?? "";
      said.client.push(asked);
      server.say(asked);
      const answer = await server.line();
      if (answer === undefined) return;
      said.server.push(answer);
      client.say(answer);
    }
  });
  writeFile(liveFile(), { ...address, port: between.port });
  await run("approve");
  // A greeting and an answer for each request: the plans that wait, and the work that runs.
  expect(said.server).toHaveLength(4);
  return said;
}

/** What programs received that took a port: greetings, and nothing that helps them. */
function expectOnlyGreetings(received: readonly string[]): void {
  expect(received.length).toBeGreaterThan(0);
  for (const text of received) expect(text).toMatch(/^(hello [\w-]{43}\n)?$/);
}

describe("a port that another program took", () => {
  it("of a server that has ended: the file is removed quietly, and the program hears nothing", async () => {
    const heard: Wire[] = [];
    await using thief = await listenOn(0, (wire) => heard.push(wire));
    const file = channelFile(runtime, await deadPid(), "tcp");
    writeFile(file, { port: thief.port, secret: newNonce() });
    expect(await run("approve")).toMatchObject({ code: 1, stderr: "" });
    expect(existsSync(file)).toBe(false);
    expect(heard).toEqual([]);
  });

  const forgeries: [string, (wire: Wire, recorded: Recorded, secret: string) => Promise<void>][] = [
    ["says nothing a server says", async (wire) => wire.say("HTTP/1.1 400 Bad Request\r\n")],
    ["ends the connection", async (wire) => void wire.socket.end()],
    ["sends a line without an end", async (wire) => void wire.socket.write("server ".padEnd(100_000, "A"))],
    [
      "proves another secret",
      async (wire) => {
        const [, nonce = ""] = ((await wire.line()) ?? "").split(" ");
        const own = newNonce();
        wire.say(`server ${own} ${proofOf(newNonce(), "server", [nonce, own])}`);
      },
    ],
    [
      "replays what the server once said",
      async (wire, { server }) => {
        await wire.line();
        for (const line of server) wire.say(line);
      },
    ],
    [
      "returns the nonce of the client",
      async (wire) => {
        const [, nonce = ""] = ((await wire.line()) ?? "").split(" ");
        wire.say(`server ${nonce} ${nonce}`);
      },
    ],
  ];

  it.each(forgeries)("of a process that runs, and %s: it gets no request, and the file stays", async (_, forge) => {
    const heard: Wire[] = [];
    const { secret, port } = addressIn(channelFile(runtime, session.pid, "tcp"));
    const said = await recordCommand({ secret, port });
    await using thief = await listenOn(0, (wire) => {
      heard.push(wire);
      forge(wire, said, secret).catch(() => {});
    });
    // With the secret of the running server, so that what was recorded would count.
    writeFile(liveFile(), { port: thief.port, secret });
    await expectProblem(
      liveFile(),
      new RegExp(
        `What listens on port ${thief.port} is not the server that wrote \\S+\\. No request was sent to it\\. If process`,
      ),
    );
    expectOnlyGreetings(heard.map((wire) => wire.received()));
  });

  it("of a process that runs, and never answers: the command ends in time", async () => {
    await using thief = await listenOn(0, () => {});
    writeFile(liveFile(), { port: thief.port, secret: newNonce() });
    const began = Date.now();
    const { stderr } = await run("approve");
    expect(Date.now() - began).toBeLessThan(9_000);
    expect(stderr).toContain("is not the server that wrote");
  });

  it("and then stands between a command and the server: it can change neither the request nor the answer", async () => {
    const original = addressIn(channelFile(runtime, session.pid, "tcp"));
    for (const side of ["request", "answer"]) {
      await using between = await listenOn(0, async (client) => {
        using server = wireTo(original.port);
        for (;;) {
          const asked = await client.line();
          if (asked === undefined) return;
          server.say(side === "request" ? asked.replace('"waiting"', '"nothing"') : asked);
          const said = await server.line();
          if (said === undefined) return void client.socket.destroy();
          client.say(side === "answer" ? said.replace("Delete identity pool", "Describe identity pool") : said);
        }
      });
      writeFile(liveFile(), { ...original, port: between.port });
      const { servers, problems } = await findServers(folder);
      expect(servers.map(({ pid }) => pid)).toEqual([session.pid]);
      expect(problems.map(({ problem }) => problem)).toEqual([
        side === "request"
          ? `The server of process ${process.pid} ended the connection.`
          : `The answer of process ${process.pid} was changed on its way. It was not used.`,
      ]);
    }
  });
});

describe("a port on which nothing listens", () => {
  const freePort = async () => {
    await using listener = await listenOn(0, () => {});
    return listener.port;
  };

  it("is reported if its process runs", async () => {
    writeFile(liveFile(), { port: await freePort(), secret: newNonce() });
    await expectProblem(
      liveFile(),
      /Nothing listens on port \d+, which \S+ names\. If process \d+ is not one of your servers, /,
    );
  });

  it("is removed quietly if its process has ended, or wrote no file since the system started", async () => {
    const ended = channelFile(runtime, await deadPid(), "tcp");
    for (const file of [ended, liveFile()]) writeFile(file, { port: await freePort(), secret: newNonce() });
    utimesSync(liveFile(), 1, 1);
    expect(await run("approve")).toMatchObject({ code: 1, stderr: "" });
    expect([existsSync(ended), existsSync(liveFile())]).toEqual([false, false]);
  });

  it("and a file that was never finished is removed with its process", async () => {
    const file = `${channelFile(runtime, await deadPid(), "tcp")}.tmp`;
    writeFile(file, "");
    await run("approve");
    expect(existsSync(file)).toBe(false);
  });
});

describe("a file of the channel that cannot be trusted", () => {
  /** The address of the good server, so that only the file is wrong. */
  const right = () => addressIn(channelFile(runtime, session.pid, "tcp"));

  it.each<[string, RegExp, (path: string) => void]>([
    [
      "a link",
      /\.tcp is a symbolic link\. It was not used\. Delete it\. Then restart/,
      (path) => {
        writeFile(join(runtime, "elsewhere"), right());
        symlinkSync(join(runtime, "elsewhere"), path);
      },
    ],
    [
      "of another user",
      /\.tcp belongs to another user\. It was not used\. Delete it, and find out who can write/,
      (path) => {
        writeFile(path, right());
        chownSync(path, 12_345, 12_345);
      },
    ],
    [
      "readable by a group",
      /\.tcp can be read or written by other users, so its secret may be known\. It was not used/,
      (path) => writeFile(path, right(), 0o640),
    ],
    ["writable by others", /\.tcp can be read or written by other users/, (path) => writeFile(path, right(), 0o602)],
    ["a folder", /\.tcp is not a regular file\. It was not used\. Move it away/, (path) => mkdirSync(path, 0o700)],
    [
      "too large",
      /\.tcp is damaged\. It was not used\. Delete it/,
      (path) => writeFile(path, `${JSON.stringify(right())}${" ".repeat(2_000)}`),
    ],
    ["cut off", /\.tcp is damaged/, (path) => writeFile(path, JSON.stringify(right()).slice(0, -1))],
  ])("because it is %s", async (_, problem, spoil) => {
    spoil(liveFile());
    await expectProblem(liveFile(), problem);
  });

  it.each<[string, RegExp, (path: string) => Promise<AsyncDisposable | undefined>]>([
    [
      "a link",
      /\.sock is a symbolic link\. It was not used/,
      async (path) => {
        const server = await socketAt(join(runtime, "s"));
        symlinkSync(join(runtime, "s"), path);
        return server;
      },
    ],
    [
      "of another user",
      /\.sock belongs to another user\. It was not used/,
      async (path) => {
        const server = await socketAt(path);
        chownSync(path, 12_345, 12_345);
        return server;
      },
    ],
    [
      "no socket",
      /\.sock is not a socket\. It was not used/,
      async (path) => {
        writeFile(path, "");
        return undefined;
      },
    ],
  ])("because a socket is %s", async (_, problem, spoil) => {
    const path = channelFile(runtime, process.pid, "socket");
    await using server = await spoil(path);
    await expectProblem(path, problem);
    expect(server).toBe(server);
  });

  const secrets = fc.oneof(
    fc.string(),
    fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString("base64url")),
    fc.constantFrom(null, 7, [], "A".repeat(44), `${"A".repeat(42)}B`, `${"A".repeat(42)}=`, `${"A".repeat(42)}+`),
  );
  const ports = fc.oneof(
    fc.integer({ max: 0 }),
    fc.integer({ min: 65_536 }),
    fc.double(),
    fc.string(),
    fc.constantFrom(null, true, [], {}, "1", 1.5, [80]),
  );
  const isSecret = (value: unknown) => typeof value === "string" && /^[\w-]{42}[AEIMQUYcgkosw048]$/.test(value);
  const isPort = (value: unknown) =>
    typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
  const damaged = fc.oneof(
    fc.string({ maxLength: 3_000 }),
    fc.uint8Array({ maxLength: 3_000 }).map((bytes) => Buffer.from(bytes).toString("latin1")),
    fc.json(),
    fc
      .record({ port: fc.oneof(ports, fc.integer({ min: 1, max: 65_535 })), secret: secrets })
      .filter(({ secret }) => !isSecret(secret))
      .map((value) => JSON.stringify(value)),
    fc
      .record({ port: ports, secret: fc.constant(newNonce()) })
      .filter(({ port }) => !isPort(port))
      .map((value) => JSON.stringify(value)),
  );

  it("because it holds anything but an address: it is named once, and the other servers are found", async () => {
    await fc.assert(
      fc.asyncProperty(damaged, async (content) => {
        writeFile(liveFile(), content);
        const { servers, problems } = await findServers(folder);
        expect(servers.map(({ pid }) => pid)).toEqual([session.pid]);
        expect(problems.map(({ message }) => message)).toEqual([
          `${liveFile()} is damaged. It was not used. Delete it. Then restart the server that needs it.`,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it("and other names are no servers", async () => {
    for (const name of ["0.tcp", "-1.tcp", "1e3.tcp", "99999999999.tcp", "a.tcp", `${session.pid}.tcp.old`, ".tcp"])
      writeFile(join(folder, name), right());
    const { servers, problems } = await findServers(folder);
    expect({ pids: servers.map(({ pid }) => pid), problems }).toEqual({ pids: [session.pid], problems: [] });
  });
});

describe("a server", () => {
  it("that closes a connection before its proof, because it has too many, is asked again", async () => {
    const original = addressIn(channelFile(runtime, session.pid, "tcp"));
    let connections = 0;
    await using busy = await listenOn(0, (client) => {
      connections += 1;
      if (connections <= 2) return client.socket.destroy();
      const server = wireTo(original.port);
      server.socket.pipe(client.socket);
      return client.socket.pipe(server.socket);
    });
    writeFile(liveFile(), { ...original, port: busy.port });
    const { servers, problems } = await findServers(folder);
    expect(servers.map(({ pid }) => pid).sort()).toEqual([session.pid, process.pid].sort());
    expect({ problems, connections }).toEqual({ problems: [], connections: 3 });
  });

  it("that is not able to write its file says so, and what was there stays as it was", async () => {
    await using other = await startServer({
      env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable("tcp") },
    });
    const file = channelFile(runtime, other.pid, "tcp");
    mkdirSync(file);
    const { content } = await other.call("get-credentials-for-identity", { IdentityId: identity });
    expect(content).not.toHaveProperty("handle");
    expect(other.stderr()).toContain(`${file} cannot be written (`);
    expect(readdirSync(file)).toEqual([]);
    expect(existsSync(`${file}.tmp`)).toBe(false);
  });

  it("of which the file was replaced is asked by nobody", async () => {
    const file = channelFile(runtime, session.pid, "tcp");
    const aside = join(runtime, "aside");
    renameSync(file, aside);
    try {
      writeFile(file, { ...addressIn(aside), secret: newNonce() });
      const { servers, problems } = await findServers(folder);
      expect(servers).toEqual([]);
      expect(problems.map(({ problem }) => problem)).toEqual([
        `What listens on port ${addressIn(aside).port} is not the server that wrote ${file}. No request was sent to it.`,
      ]);
    } finally {
      renameSync(aside, file);
    }
  });
});

/** A program of this user that listens on a Unix socket. */
async function socketAt(path: string): Promise<AsyncDisposable> {
  const server = createServer((socket) => socket.end('{"waiting":[]}\n'));
  server.listen(path);
  await once(server, "listening");
  return {
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}
