/** Where servers open their channel, and where commands find them, whatever variables a host passes on. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { channelFolders } from "../../src/config/channel-folders.ts";
import { arnOf, createPool, type Service, startServer, startService } from "../support/client.ts";
import { runProgram } from "../support/command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const uid = process.getuid?.() ?? 0;
const runtime = () => join(folder, "run", String(uid));
const system = () => ({
  platform: "linux" as const,
  uid,
  home: "/home/user",
  runtimeFolders: join(folder, "run"),
  temporary: ["/var/temporary", "/tmp"],
});
const inTemporary = [`/var/temporary/cognito-identity-mcp-${uid}`, `/tmp/cognito-identity-mcp-${uid}`];

describe("the channel folder", () => {
  it("is in the runtime folder of the user without any variable, if that is private", () => {
    mkdirSync(runtime(), { recursive: true, mode: 0o700 });
    const found = join(runtime(), "cognito-identity-mcp");
    expect(channelFolders({}, system())).toEqual({ own: found, all: [found, ...inTemporary] });
    expect(channelFolders({ XDG_RUNTIME_DIR: runtime() }, system()).all).toEqual([found, ...inTemporary]);
    const named = "/custom/cognito-identity-mcp";
    expect(channelFolders({ XDG_RUNTIME_DIR: "/custom" }, system()).all).toEqual([named, found, ...inTemporary]);
    chmodSync(runtime(), 0o755);
    expect(channelFolders({}, system()).all).toEqual(inTemporary);
  });

  it("is not behind a link, and not in a relative path", () => {
    mkdirSync(join(folder, "real"), { mode: 0o700 });
    mkdirSync(join(folder, "run"));
    symlinkSync(join(folder, "real"), runtime());
    expect(channelFolders({ XDG_RUNTIME_DIR: "custom" }, system()).all).toEqual(inTemporary);
  });

  it("is the one that the variable names, for servers and commands, and its path is absolute", async () => {
    const named = { COGNITO_IDENTITY_MCP_CHANNEL_FOLDER: "/named", XDG_RUNTIME_DIR: "/custom" };
    expect(channelFolders(named, system())).toEqual({ own: "/named", all: ["/named"] });
    const { code, stderr } = await runProgram(["approve"], { COGNITO_IDENTITY_MCP_CHANNEL_FOLDER: "named" });
    expect(code).toBe(2);
    expect(stderr).toContain('COGNITO_IDENTITY_MCP_CHANNEL_FOLDER is "named"; it must be an absolute path.');
  });

  it("is in the profile of the user on Windows", () => {
    const windows = { ...system(), platform: "win32" as const };
    const profile = join("/home/user", "AppData", "Local", "cognito-identity-mcp");
    expect(channelFolders({}, windows)).toEqual({ own: profile, all: [profile] });
    expect(channelFolders({ LOCALAPPDATA: "/elsewhere" }, windows).all).toEqual([
      join("/elsewhere", "cognito-identity-mcp"),
      profile,
    ]);
  });
});

describe("a server whose host passes on no variable", () => {
  let service: Service;
  let pool: string;
  beforeEach(async () => {
    service = await startService();
    pool = await createPool(service.sdk);
  });
  afterEach(() => service[Symbol.asyncDispose]());

  /** A terminal with its own runtime folder, as a desktop session has. Its commands look in every folder. */
  const terminal = () => ({ XDG_RUNTIME_DIR: folder, COGNITO_IDENTITY_MCP_CHANNEL_FOLDER: "" });

  it("is found by the commands, which create no folder, whatever is wrong with another one", async () => {
    await using session = await startServer({ env: { ...service.env, XDG_RUNTIME_DIR: "" } });
    await session.call("tag-resource", { ResourceArn: arnOf(pool), Tags: { from: "host" } });
    const listed = await runProgram(["approve"], terminal());
    expect(listed.stdout).toContain(`, process ${session.pid}\n`);
    const [, code = ""] = new RegExp(`code (\\w{4}), process ${session.pid}\\n`).exec(listed.stdout) ?? [];
    const shown = await runProgram(["approve", code, "--server", `${session.pid}`], terminal());
    expect(shown.stdout).toContain('Tags.from: "host"');
    expect(existsSync(join(folder, "cognito-identity-mcp"))).toBe(false);
    const identity = await session.call("get-id", { IdentityPoolId: pool });
    const vended = await session.call("get-credentials-for-identity", { IdentityId: identity.content["IdentityId"] });
    mkdirSync(join(folder, "cognito-identity-mcp"), { mode: 0o755 });
    const collected = await runProgram(["credentials", String(vended.content["handle"])], terminal());
    expect(collected.stderr).toContain("must be a folder that only this user can access (mode 700)");
    expect(JSON.parse(collected.stdout)).toHaveProperty("SecretAccessKey");
    const { stdout } = await runProgram(["doctor", "--local"], terminal());
    expect(stdout.replace(/\s+/g, " ")).toMatch(
      new RegExp(`Other channels commands also look in .*used by process (\\d+, )*${session.pid}\\b`),
    );
  });
});
