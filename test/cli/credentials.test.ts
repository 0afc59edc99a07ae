/** What the model never sees, a person uses: through the commands, the AWS SDK and the AWS CLI. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CognitoIdentityClient, DeleteIdentitiesCommand } from "@aws-sdk/client-cognito-identity";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { getCallerIdentity } from "../local/sts/sts-client.ts";
import { channelVariable, overEach, sayOn, type Transport } from "../support/channel.ts";
import { createPool, region, type Service, type Session, startServer, startService } from "../support/client.ts";
import { program, runCommand, runProgram } from "../support/command.ts";
import { report } from "../support/figures.ts";

const HOUR = 3_600_000;
const MINUTE = 60_000;

/** The local service's lag behind the time of day: credentials that it vends expire that much sooner. */
let lag = 0;
let runtime: string;
let service: Service;
let pool: string;
let identity: string;
let session: Session;
const open: Session[] = [];

let transport: Transport = "socket";
const eachWay = overEach((chosen) => {
  transport = chosen;
});

beforeEach(async () => {
  lag = 0;
  runtime = mkdtempSync(join(tmpdir(), "cognito-identity-"));
  service = await startService({ clock: () => Date.now() - lag });
  pool = await createPool(service.sdk);
  session = await start();
  identity = String((await session.call("get-id", { IdentityPoolId: pool })).content["IdentityId"]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server[Symbol.asyncDispose]()));
  await service[Symbol.asyncDispose]();
  rmSync(runtime, { recursive: true });
});

async function start(env: Readonly<Record<string, string>> = {}): Promise<Session> {
  const server = await startServer({
    env: { ...service.env, XDG_RUNTIME_DIR: runtime, ...channelVariable(transport), ...env },
  });
  open.push(server);
  return server;
}

async function vend(server = session, tool = "get-credentials-for-identity") {
  const { content } = await server.call(tool, { IdentityId: identity });
  const { handle, use, expires } = content as { handle: string; use: string[]; expires: string };
  return { handle, use, expires, content };
}

/** Vends for a user who is known by a token that only this call has. */
async function vendWithToken(): Promise<string> {
  const Logins = { "graph.facebook.com": "an-opaque-login-token-0123456789" };
  const { content } = await session.call("get-id", { IdentityPoolId: pool, Logins });
  const vended = await session.call("get-credentials-for-identity", { IdentityId: content["IdentityId"], Logins });
  return String(vended.content["handle"]);
}

const run = (...args: string[]) => runProgram(args, { XDG_RUNTIME_DIR: runtime });

interface Document {
  readonly Version: number;
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

async function documentOf(handle: string): Promise<Document> {
  const { code, stdout, stderr } = await run("credentials", handle);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return JSON.parse(stdout) as Document;
}

async function whoIs({ AccessKeyId, SecretAccessKey, SessionToken }: Document): Promise<string> {
  const answer = await getCallerIdentity(service.url, { AccessKeyId, SecretKey: SecretAccessKey, SessionToken });
  return answer.element("Arn") ?? answer.xml;
}

const guest = /^arn:aws:sts::000000000000:assumed-role\/guests\//;
const refusal =
  /^None of your running servers has (credentials|a token) for this handle\..* Let the agent call get-\S+(?: or get-\S+)? again\.\n$/;

eachWay("a vend", () => {
  it("answers with a handle, its end and how to use it, and with no secret", async () => {
    const { handle, use, expires, content } = await vend();
    expect(handle).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(expires).toBe((content["Credentials"] as Record<string, unknown>)["Expiration"]);
    const { SecretAccessKey, SessionToken, AccessKeyId } = await documentOf(handle);
    for (const secret of [SecretAccessKey, SessionToken, AccessKeyId])
      expect(JSON.stringify(content)).not.toContain(secret);
    expect(use).toEqual([
      `${process.execPath} ${program} credentials ${handle} --exec CMD…`,
      `credential_process = ${process.execPath} ${program} credentials ${handle}`,
    ]);
  });

  it("answers with lines that work as they stand", async () => {
    const { use } = await vend();
    const env = { XDG_RUNTIME_DIR: runtime };
    const [exec = "", profile = ""] = use;
    const executed = await runCommand("sh", ["-c", exec.replace("CMD…", "printenv AWS_ACCESS_KEY_ID")], env);
    const printed = await runCommand("sh", ["-c", profile.replace("credential_process = ", "")], env);
    expect(executed.stdout).toBe(`${(JSON.parse(printed.stdout) as Document).AccessKeyId}\n`);
  });

  it("of a token is collected by token, and by nothing else", async () => {
    const { handle, use, expires } = await vend(session, "get-open-id-token");
    expect(use).toEqual([`${process.execPath} ${program} token ${handle}`]);
    const { code, stdout } = await run("token", handle);
    expect(code).toBe(0);
    const [, claims = ""] = stdout.trimEnd().split(".");
    const { sub, exp } = JSON.parse(Buffer.from(claims, "base64url").toString()) as { sub: string; exp: number };
    expect(sub).toBe(identity);
    expect(Date.parse(expires)).toBe(exp * 1000);
    expect(stdout.split("\n")).toHaveLength(2);
    expect(await run("credentials", handle)).toEqual({
      code: 1,
      stdout: "",
      stderr: `This handle is for a token. Run: ${process.execPath} ${program} token ${handle}\n`,
    });
    const { handle: other } = await vend();
    expect(await run("token", other)).toEqual({
      code: 1,
      stdout: "",
      stderr: `This handle is for credentials. Run: ${process.execPath} ${program} credentials ${other}\n`,
    });
  });

  it("opens the channel, and a server without one says that the secret cannot be retrieved", async () => {
    const folder = join(runtime, "cognito-identity-mcp");
    mkdirSync(folder);
    chmodSync(folder, 0o755);
    const { content } = await vend();
    expect(content).not.toHaveProperty("handle");
    expect(content["notes"]).toEqual([
      expect.stringMatching(/^The credentials cannot be retrieved, because the server/),
    ]);
    expect(session.stderr()).toMatch(
      /vended secrets cannot be retrieved.*must be a folder that only this user can access/,
    );
    chmodSync(folder, 0o700);
    const { handle } = await vend(await start());
    const [socket = ""] = readdirSync(folder);
    expect(statSync(join(folder, socket)).mode & 0o777).toBe(0o600);
    expect(await whoIs(await documentOf(handle))).toMatch(guest);
  });
});

eachWay("credentials", () => {
  it("prints the document of a credential_process, found among several servers", async () => {
    const other = await start();
    const [here, there] = [await vend(), await vend(other)];
    const [a, b] = [await documentOf(here.handle), await documentOf(there.handle)];
    expect(a.AccessKeyId).not.toBe(b.AccessKeyId);
    for (const document of [a, b]) {
      expect(Object.keys(document)).toEqual([
        "Version",
        "AccessKeyId",
        "SecretAccessKey",
        "SessionToken",
        "Expiration",
      ]);
      expect(document.Version).toBe(1);
      expect(await whoIs(document)).toMatch(guest);
    }
  });

  it("comes from the server that has it while another hangs", async () => {
    const { handle } = await vend();
    const hanging = createServer(() => {}).listen(join(runtime, "cognito-identity-mcp", `${process.pid}.sock`));
    await once(hanging, "listening");
    try {
      expect(await whoIs(await documentOf(handle))).toMatch(guest);
    } finally {
      hanging.close();
    }
  });

  it("--export prints lines that a shell takes", async () => {
    const { handle } = await vend();
    const { stdout } = await run("credentials", handle, "--export");
    const { SecretAccessKey, SessionToken } = await documentOf(handle);
    for (const line of stdout.trimEnd().split("\n")) expect(line).toMatch(/^export AWS_[A-Z_]+=\S+$/);
    const shell = await runCommand(
      "sh",
      ["-c", `${stdout}printf '%s\\n' "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN" "$AWS_REGION"`],
      {},
    );
    expect(shell.stdout).toBe(`${SecretAccessKey}\n${SessionToken}\n${region}\n`);
  });

  it("--exec runs a command with them, with nothing in their way, and all its arguments as they stand", async () => {
    const { handle } = await vend();
    const script = "console.log(JSON.stringify({ env: process.env, args: process.argv.slice(1) }))";
    const args = [
      "credentials",
      handle,
      "--exec",
      "--",
      process.execPath,
      "-e",
      script,
      "--",
      "--export",
      "--help",
      "a b",
      "$x",
    ];
    const { code, stdout } = await runProgram(args, {
      XDG_RUNTIME_DIR: runtime,
      AWS_PROFILE: "other",
      AWS_DEFAULT_REGION: "us-east-2",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1/",
      AWS_ACCESS_KEY_ID: "AKIDOTHER",
      KEPT: "yes",
    });
    expect(code).toBe(0);
    const { env, args: given } = JSON.parse(stdout) as { env: Record<string, string>; args: string[] };
    const document = await documentOf(handle);
    expect(env).toMatchObject({
      AWS_ACCESS_KEY_ID: document.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: document.SecretAccessKey,
      AWS_SESSION_TOKEN: document.SessionToken,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      KEPT: "yes",
    });
    expect(env).not.toHaveProperty("AWS_PROFILE");
    expect(env).not.toHaveProperty("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    expect(given).toEqual(["--export", "--help", "a b", "$x"]);
  });

  it.each([
    ["exit 7", 7],
    ["kill -TERM $$", 143],
  ])("--exec passes on how %s ends", async (script, exit) => {
    const { handle } = await vend();
    expect((await run("credentials", handle, "--exec", "sh", "-c", script)).code).toBe(exit);
  });

  it("--exec says what it cannot run", async () => {
    const { handle } = await vend();
    const { code, stderr } = await run("credentials", handle, "--exec", "/no/such/command");
    expect(code).toBe(127);
    expect(stderr).toBe("The command was not found (ENOENT).\n");
  });

  it("--exec passes signals on, and waits for what the command makes of them", async () => {
    const { handle } = await vend();
    const script = "process.on('SIGTERM', () => process.exit(9)); console.log('ready'); setInterval(() => {}, 1000);";
    const child = spawn(process.execPath, [program, "credentials", handle, "--exec", process.execPath, "-e", script], {
      env: { PATH: process.env["PATH"], XDG_RUNTIME_DIR: runtime },
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    expect(await once(child, "close")).toEqual([9, null]);
  });
});

eachWay("a handle that opens nothing", () => {
  it("gets one same answer if nothing is kept for it, and another for a token, and nothing on stdout", async () => {
    const { handle } = await vend();
    lag = HOUR + MINUTE;
    const expired = await vendWithToken();
    lag = 0;
    const token = await vend(session, "get-open-id-token");
    const foreign = `${handle.slice(0, -1)}${handle.endsWith("A") ? "Q" : "A"}`;
    const asked = await Promise.all(
      [foreign, "A".repeat(22), expired, token.handle].map(async (given) => [
        await run("credentials", given),
        await run("credentials", given, "--export"),
        await run("credentials", given, "--exec", "echo", "ran"),
        await run("credentials", given, "--write-profile", "p", "--config", join(runtime, "config")),
      ]),
    );
    const ofToken = asked.pop() ?? [];
    for (const { code, stdout, stderr } of asked.flat()) {
      expect({ code, stdout, stderr }).toEqual({ code: 1, stdout: "", stderr: asked[0]?.[0]?.stderr });
      expect(stderr).toMatch(refusal);
    }
    expect(ofToken).toHaveLength(4);
    for (const { code, stdout, stderr } of ofToken) {
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^This handle is for a token\. Run: \S+ \S+ token \S+\n$/);
    }
    expect(readdirSync(runtime)).toEqual(["cognito-identity-mcp"]);
  });

  it("gets it too where no server runs, or the server has ended", async () => {
    const before = await run("credentials", "A".repeat(22));
    expect(before).toMatchObject({ code: 1, stdout: "", stderr: expect.stringMatching(refusal) });
    const { handle } = await vend();
    await session[Symbol.asyncDispose]();
    expect(await run("credentials", handle)).toEqual(before);
  });

  it("gets nothing from a server in a folder that is open to others", async () => {
    const { handle } = await vend();
    chmodSync(join(runtime, "cognito-identity-mcp"), 0o755);
    const { code, stdout, stderr } = await run("credentials", handle);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/must be a folder that only this user can access/);
  });
});

describe("an invalid command line", () => {
  it.each([
    "",
    "short",
    "A".repeat(23),
    `${"A".repeat(21)}$`,
    `${"A".repeat(21)}\n`,
    "../../../../etc/passwd",
    "'; touch x",
  ])("is refused before use when the handle is %j", async (given) => {
    const { code, stdout, stderr } = await run("credentials", given);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/^cognito-identity-mcp: The handle is missing or invalid/);
    if (given !== "") expect(stderr).not.toContain(given.trim());
  });

  it.each([
    [["credentials"], /The handle is missing or invalid/],
    [["token"], /The handle is missing or invalid/],
    [["credentials", "A".repeat(22), "--exec"], /--exec needs a command/],
    [["credentials", "A".repeat(22), "--export", "--exec", "x"], /cannot be used together/],
    [["credentials", "A".repeat(22), "--write-profile", "x"], /must be used together/],
    [["credentials", "A".repeat(22), "--config", "x"], /must be used together/],
    [["credentials", "A".repeat(22), "--region", "eu-west-1"], /--region is not an option of credentials/],
    [["token", "A".repeat(22), "--export"], /--export is not an option of token/],
    [["serve", "--exec"], /--exec is not an option of serve/],
    [["approve", "--export"], /--export is not an option of approve/],
    [["credentials", "A".repeat(22), "B".repeat(22)], /Unexpected argument/],
    [["serve", "more"], /Unexpected argument more/],
  ])("is refused when it is %j", async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

eachWay("the channel", () => {
  it("delivers a secret to the one question that asks for it, and to no other", async () => {
    const { handle } = await vend();
    const { SecretAccessKey } = await documentOf(handle);
    const ask = (line: string) => sayOn(runtime, session.pid, transport, line);
    const question = { ask: "vended", kind: "credentials", handle };
    expect(await ask(JSON.stringify(question))).toContain(SecretAccessKey);
    for (const other of [
      { ...question, kind: "token" },
      { ...question, handle: [handle] },
      { ...question, handle: `${handle} ` },
      { ask: "vended", kind: "credentials" },
      { ask: "waiting" },
      { ask: "answer", code: handle, binding: SecretAccessKey, said: SecretAccessKey },
      { ask: "answer", code: SecretAccessKey, binding: "", said: "" },
    ])
      expect(await ask(JSON.stringify(other))).not.toContain(SecretAccessKey);
  });
});

eachWay("near the end", () => {
  it("credentials are vended again under the same handle, once for all that ask", async () => {
    lag = HOUR - 3 * MINUTE;
    const { handle, content } = await vend();
    lag = 0;
    const from = service.calls.length;
    const documents = await Promise.all([1, 2, 3, 4].map(() => documentOf(handle)));
    expect(service.calls.slice(from)).toEqual(["GetCredentialsForIdentity"]);
    expect(new Set(documents.map(({ AccessKeyId }) => AccessKeyId)).size).toBe(1);
    const [document] = documents as [Document];
    expect(document.AccessKeyId.slice(-4)).not.toBe(
      String((content["Credentials"] as Record<string, unknown>)["AccessKeyId"]).slice(-4),
    );
    expect(Date.parse(document.Expiration) - Date.now()).toBeGreaterThan(50 * MINUTE);
    expect(await documentOf(handle)).toEqual(document);
    expect(service.calls).toHaveLength(from + 1);
  });

  it("are given as they are while they last, when AWS gives no others, and stderr says why", async () => {
    lag = HOUR - 3 * MINUTE;
    const { handle } = await vend();
    await service.sdk.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: [identity] }));
    expect(Date.parse((await documentOf(handle)).Expiration)).toBeLessThan(Date.now() + 4 * MINUTE);
    expect(session.stderr()).toMatch(/vended secrets could not be renewed: There is no such identity in eu-west-1:/);
  });

  it("are refused once they have expired, where a login token would be needed", async () => {
    lag = HOUR - MINUTE;
    const handle = await vendWithToken();
    const from = service.calls.length;
    expect(Date.parse((await documentOf(handle)).Expiration)).toBeLessThan(Date.now() + 2 * MINUTE);
    lag = HOUR + MINUTE;
    expect(await run("credentials", await vendWithToken())).toMatchObject({ code: 1, stdout: "" });
    expect(service.calls.slice(from)).toEqual(["GetId", "GetCredentialsForIdentity"]);
  });
});

eachWay("a profile", () => {
  const config = () => join(runtime, "config");
  const env = () => ({
    XDG_RUNTIME_DIR: runtime,
    AWS_CONFIG_FILE: config(),
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_PROFILE: "guest",
    AWS_EC2_METADATA_DISABLED: "true",
  });

  /** Vends what is about to expire, and makes the profile. */
  async function profile() {
    writeFileSync(config(), "[default]\nregion = us-east-2\n");
    lag = HOUR - 3 * MINUTE;
    const { handle } = await vend();
    const { code, stderr } = await run("credentials", handle, "--write-profile", "guest", "--config", config());
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return handle;
  }

  it("holds the command and the region, and no secret", async () => {
    const handle = await profile();
    expect(readFileSync(config(), "utf8")).toBe(
      `[default]\nregion = us-east-2\n\n[profile guest]\n# made by cognito-identity-mcp\ncredential_process = ${process.execPath} ${program} credentials ${handle}\nregion = ${region}\n`,
    );
  });

  it("is taken and renewed by the AWS SDK", async () => {
    await profile();
    const before = { ...process.env };
    Object.assign(process.env, env());
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    delete process.env["AWS_REGION"];
    const sdk = new CognitoIdentityClient({ endpoint: service.url });
    try {
      const whose = async () => {
        const { accessKeyId, secretAccessKey, sessionToken, expiration } = await sdk.config.credentials();
        const arn = await whoIs({
          Version: 1,
          AccessKeyId: accessKeyId,
          SecretAccessKey: secretAccessKey,
          SessionToken: sessionToken ?? "",
          Expiration: "",
        });
        return { accessKeyId, arn, left: (expiration?.getTime() ?? 0) - Date.now() };
      };
      expect(await sdk.config.region()).toBe(region);
      const first = await whose();
      expect(first.arn).toMatch(guest);
      // The service still lags: what it vends again is about to expire too, and the SDK asks anew, behind the next use.
      expect(first.left).toBeLessThan(4 * MINUTE);
      lag = 0;
      await expect.poll(async () => (await whose()).left, { timeout: 10_000 }).toBeGreaterThan(50 * MINUTE);
      const second = await whose();
      expect(second.arn).toMatch(guest);
      expect(second.accessKeyId).not.toBe(first.accessKeyId);
      expect((await whose()).accessKeyId).toBe(second.accessKeyId);
    } finally {
      sdk.destroy();
      for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
      Object.assign(process.env, before);
    }
    report(16, "the AWS SDK through credential_process", "works, and renews");
  });

  it("is taken and renewed by the AWS CLI, where there is one", async ({ skip }) => {
    const { code: there } = await runCommand("aws", ["--version"], {}).catch(() => ({ code: 127 }));
    skip(there !== 0, "no aws command on this machine");
    await profile();
    const cli = () =>
      runCommand("aws", ["--endpoint-url", service.url, "sts", "get-caller-identity", "--output", "json"], env());
    for (const late of [lag, 0]) {
      lag = late;
      const { code, stdout, stderr } = await cli();
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect((JSON.parse(stdout) as { Arn: string }).Arn).toMatch(guest);
    }
    await session[Symbol.asyncDispose]();
    const { code, stdout, stderr } = await cli();
    expect({ code: code !== 0, stdout }).toEqual({ code: true, stdout: "" });
    expect(stderr).toMatch(/None of your running servers has credentials for this handle/);
    report(16, "the AWS CLI through credential_process", "works, and renews");
  });
});
