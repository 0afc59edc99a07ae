/** Approvals at a real terminal, for clients that cannot ask. */
import { type SpawnOptionsWithoutStdio, spawn } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeIdentityPoolCommand, UpdateIdentityPoolCommand } from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findServers } from "../../src/operator/channel-client.ts";
import { channelVariable, overEach, type Transport } from "../support/channel.ts";
import {
  createPool,
  type Respond,
  root,
  type Service,
  type Session,
  startServer,
  startService,
} from "../support/client.ts";
import { onlyIn } from "../support/command.ts";
import { READING_MS } from "../support/terminal.ts";

let runtime: string;
let service: Service;
let pool: string;
const open: Session[] = [];

let transport: Transport;
const eachWay = overEach((chosen) => {
  transport = chosen;
});

beforeEach(async () => {
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  service = await startService();
  pool = await createPool(service.sdk);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((session) => session[Symbol.asyncDispose]()));
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

const folder = () => join(runtime, "cognito-identity-mcp");
const audit = () => join(runtime, "audit.jsonl");

async function start(respond?: Respond): Promise<Session> {
  const session = await startServer({
    args: ["--audit", audit()],
    env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable(transport) },
    ...(respond && { respond }),
  });
  open.push(session);
  return session;
}

async function run(command: string, args: readonly string[], input: string, options: SpawnOptionsWithoutStdio = {}) {
  const child = spawn(command, args, {
    ...options,
    env: { PATH: process.env["PATH"], TERM: "xterm-256color", ...onlyIn({ XDG_RUNTIME_DIR: runtime }) },
  });
  let output = "";
  const lines = input.split(/(?<=\n)/);
  let questions = 0;
  const collect = (chunk: Buffer) => {
    output += chunk;
    // Each line is typed only after its question, and after the time in which nobody can have read it.
    const asked = output.match(/(or no|or press Enter[^:]*): /g)?.length ?? 0;
    for (; questions < asked; questions += 1) {
      const line = lines.shift();
      if (line !== undefined) setTimeout(() => child.stdin.write(line), READING_MS);
    }
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

/** The command on a pseudo-terminal of util-linux's `script`. */
const atTerminal = (args: string, typed: string) =>
  run("script", ["-qec", `${process.execPath} ${root}dist/main.js approve ${args}`, "/dev/null"], `${typed}\n`);

const piped = (...args: string[]) => run(process.execPath, [`${root}dist/main.js`, "approve", ...args], "");

const remove = (session: Session) => session.call("delete-identity-pool", { IdentityPoolId: pool });

const waitingAt = async ({ pid }: Session) =>
  (await findServers(folder())).servers.find((server) => server.pid === pid)?.waiting ?? [];

async function codeOf(session: Session, tool = "delete-identity-pool", input: object = { IdentityPoolId: pool }) {
  const { isError, content } = await session.call(tool, { ...input });
  expect(isError).toBe(true);
  // A model must not learn the code.
  expect(String(content["next"])).toMatch(/ approve\. Make the same call again|make the call with the command/);
  return (await waitingAt(session)).at(-1)?.code ?? "";
}

const isThere = async () =>
  await service.sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId: pool })).then(
    () => true,
    () => false,
  );

eachWay("a client that cannot ask", () => {
  it("is told no code; the name typed at a terminal approves the same call once", async () => {
    const session = await start();
    const code = await codeOf(session);
    const { code: exit, output } = await atTerminal(code, "pool");
    expect(output).toContain(
      `Delete identity pool "pool" (${pool}) in eu-west-1, the account of access key …TEST. This cannot be undone.`,
    );
    expect(output).toContain("\u001b[31m- IdentityPoolName");
    expect(output).toMatch(/Approved\. Nothing was sent yet: tell the agent to make the same call again/);
    expect(exit).toBe(0);
    expect(await isThere()).toBe(true);
    expect((await remove(session)).isError).toBe(false);
    expect(await isThere()).toBe(false);
  });

  it("an update is approved by yes", async () => {
    const session = await start();
    const change = { IdentityPoolId: pool, IdentityPoolName: "renamed" };
    const { output } = await atTerminal(await codeOf(session, "update-identity-pool", change), "yes");
    expect(output).toContain('~ IdentityPoolName: "pool" → "renamed"');
    expect((await session.call("update-identity-pool", change)).isError).toBe(false);
    // The approval was valid once: the same change after a change back needs a new approval.
    const back = { ...change, IdentityPoolName: "pool" };
    const second = await atTerminal(await codeOf(session, "update-identity-pool", back), "yes");
    expect(second.output).toMatch(/Approved\. Nothing was sent yet: tell the agent to make the same call again/);
    expect((await session.call("update-identity-pool", back)).isError).toBe(false);
    expect((await session.call("update-identity-pool", change)).isError).toBe(true);
  });

  it("a slip is asked again three times, and the plan still waits after them", async () => {
    const session = await start();
    const code = await codeOf(session);
    const { code: exit, output } = await atTerminal(code, "the pool\nPOOL\npoo\nyes");
    expect(output.match(/The typed text does not match\./g)).toHaveLength(4);
    expect(output).toMatch(/No decision was made\. Nothing was approved, and the plan still waits\./);
    expect(exit).toBe(1);
    expect(await isThere()).toBe(true);
    expect((await atTerminal(code, "the pool\npool")).code).toBe(0);
    expect((await remove(session)).isError).toBe(false);
  });

  it("a no is final: the same call is refused without asking, and its code says why", async () => {
    const session = await start();
    const code = await codeOf(session);
    const { code: exit, output } = await atTerminal(code, "no");
    expect(output).toMatch(
      /Rejected\. Nothing was changed\. For 5 minutes, every call that would make the same change is/,
    );
    expect(exit).toBe(1);
    expect((await remove(session)).content["refused"]).toMatch(/^Rejected by a person, at a terminal/);
    expect((await atTerminal(code, "pool")).output).toMatch(
      /The plan with the code \w{4} was rejected by a person, at a terminal\. Nothing was approved\./,
    );
    expect(await isThere()).toBe(true);
  });

  it("an approval is valid only for the plan that was shown", async () => {
    const other = await createPool(service.sdk, "other");
    const session = await start();
    await atTerminal(await codeOf(session), "pool");
    const from = service.calls.length;
    for (const [tool, input] of [
      ["delete-identity-pool", { IdentityPoolId: other }],
      ["update-identity-pool", { IdentityPoolId: pool, IdentityPoolName: "renamed" }],
    ] as const)
      expect((await session.call(tool, input)).isError).toBe(true);
    const another = await start();
    expect((await remove(another)).isError).toBe(true);
    expect(service.calls.slice(from).filter((operation) => /^(Delete|Update)/.test(operation))).toEqual([]);
    expect((await remove(session)).isError).toBe(false);
  });

  it("a change after the approval needs a new plan with a new code", async () => {
    const session = await start();
    const code = await codeOf(session);
    await atTerminal(code, "pool");
    await service.sdk.send(
      new UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: false,
      }),
    );
    expect(await codeOf(session)).not.toBe(code);
    expect(await isThere()).toBe(true);
  });
});

eachWay("a plan with a secret in it", () => {
  it("that looks like one is shown without it, and can be approved", async () => {
    const lookalike = "ASIAABCDEFGHIJKLMNOP";
    await service.sdk.send(
      new UpdateIdentityPoolCommand({
        IdentityPoolId: pool,
        IdentityPoolName: "pool",
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { "graph.facebook.com": lookalike },
      }),
    );
    const session = await start();
    const { output } = await atTerminal(await codeOf(session), "pool");
    expect(output).toContain('SupportedLoginProviders.graph.facebook.com: "[redacted]"');
    expect(output).not.toContain(lookalike);
    expect(output).toMatch(/Approved\. Nothing was sent yet: tell the agent to make the same call again/);
    expect((await remove(session)).isError).toBe(false);
  });
});

eachWay("a client that says no without asking", () => {
  it("leaves the terminal open", async () => {
    const session = await start(() => ({ action: "decline" }));
    await atTerminal(await codeOf(session), "pool");
    expect((await remove(session)).isError).toBe(false);
    expect(session.questions).toHaveLength(1);
  });
});

eachWay("the command", () => {
  it("lists the pending plans of every server, and says if there are none", async () => {
    expect(await piped()).toEqual({ code: 0, output: `No running server was found in ${folder()}.\n` });
    expect(existsSync(folder())).toBe(false);
    const codes = [await codeOf(await start()), await codeOf(await start())];
    const { code, output } = await piped();
    expect(code).toBe(1);
    expect([...output.matchAll(/, code (\w{4}), process/g)].map(([, shown]) => shown).sort()).toEqual(codes.sort());
    expect(output.match(/^- IdentityPoolName: "pool"/gm)).toHaveLength(2);
  });

  it("shows the plan, but reads no answer, without a terminal", async () => {
    const session = await start();
    const { code, output } = await piped(await codeOf(session));
    expect(output).toMatch(/Delete identity pool .*Nothing was approved: answers are read only at a terminal/s);
    expect(code).toBe(1);
    expect((await remove(session)).isError).toBe(true);
  });

  it.each([
    ["the end of input", "\u0004"],
    ["Ctrl+C", "\u0003"],
  ])("leaves the plan unchanged at %s", async (_, typed) => {
    const session = await start();
    const code = await codeOf(session);
    expect(await atTerminal(code, typed)).toMatchObject({
      code: 1,
      output: expect.stringMatching(/the plan still waits/),
    });
    expect((await atTerminal(code, "pool")).code).toBe(0);
  });

  it("rejects an unknown code, and accepts lower case", async () => {
    const session = await start();
    const code = await codeOf(session);
    expect(await atTerminal("ZZZZ", "pool")).toMatchObject({
      code: 1,
      output: expect.stringMatching(/No running server has a plan with the code ZZZZ.*Nothing was approved\./),
    });
    const records = readFileSync(audit(), "utf8")
      .split("\n")
      .filter((line) => line.includes('"decision"'));
    expect(records).toEqual([expect.stringContaining("No running server has a plan with the code ZZZZ")]);
    expect((await atTerminal(code.toLowerCase(), "pool")).code).toBe(0);
  });

  it("asks for the server if two have the same code", async () => {
    const session = await start();
    const code = await codeOf(session);
    const waiting = [{ code, binding: "another", text: "Delete everything", confirmation: { by: "choice" } }];
    const impostor = createServer((socket) => socket.end(`${JSON.stringify({ waiting })}\n`));
    await new Promise<void>((resolve) => impostor.listen(join(folder(), `${process.pid}.sock`), resolve));
    const { code: exit, output } = await atTerminal(code, "pool");
    expect(output).toContain("Several servers");
    expect(exit).toBe(1);
    expect((await atTerminal(`${code} --server ${session.pid}`, "pool")).output).toMatch(
      /Approved\. Nothing was sent yet: tell the agent to make the same call again/,
    );
    impostor.close();
  });

  it("removes the file of a dead server", async () => {
    const session = await start();
    await codeOf(session);
    process.kill(session.pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect((await piped()).output).toBe(`No running server was found in ${folder()}.\n`);
    expect(readdirSync(folder())).toEqual([]);
  });
});

eachWay("the channel", () => {
  it("is closed to other users, and is removed with its server", async () => {
    const session = await start();
    await codeOf(session);
    const [file = "", ...others] = readdirSync(folder());
    expect([file, ...others]).toEqual([`${session.pid}.${transport === "tcp" ? "tcp" : "sock"}`]);
    expect(statSync(folder()).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder(), file)).mode & 0o777).toBe(0o600);
    await session[Symbol.asyncDispose]();
    expect(readdirSync(folder())).toEqual([]);
  });

  it.each<[string, () => void]>([
    [
      "open to others",
      () => {
        mkdirSync(folder());
        chmodSync(folder(), 0o755);
      },
    ],
    [
      "a link",
      () => {
        mkdirSync(`${folder()}-real`, { mode: 0o700 });
        symlinkSync(`${folder()}-real`, folder());
      },
    ],
  ])("is not opened in a folder that is %s, and the refusal names no code", async (_, spoil) => {
    spoil();
    const session = await start();
    expect((await remove(session)).content["next"]).toMatch(/make the call with the command/);
    expect(session.stderr()).toMatch(
      /plans cannot be approved at a terminal: .*must be a folder that only this user can access/,
    );
    const { code, output } = await piped();
    expect(code).toBe(1);
    expect(output).toMatch(/must be a folder that only this user can access.*No running server was found in/s);
  });
});
