/** The real command on real files: what it writes, what it leaves alone, and that a host can start what it wrote. */
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readHostFile, replaceHostFile } from "../../../src/cli/setup/host-file.ts";
import { entryFor, hostFileFor, hostNames, type Machine } from "../../../src/cli/setup/hosts.ts";
import { surroundings } from "../../support/client.ts";
import { program, runProgram } from "../../support/command.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "cognito-identity-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const setup = (...args: string[]) =>
  runProgram(["setup", ...args], { ...surroundings, HOME: folder, XDG_CONFIG_HOME: "" }, { cwd: folder });
const file = (path: string) => join(folder, path);
const read = (path: string) => readFileSync(file(path), "utf8");
const entryOf = (path: string, key = "mcpServers") => JSON.parse(read(path))[key]["cognito-identity"];

it("without --write it shows the entry on stdout, says where it goes on stderr, and writes nothing", async () => {
  const { code, stdout, stderr } = await setup("cursor", "--read-only");
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    mcpServers: { "cognito-identity": { command: process.execPath, args: [program, "--read-only"] } },
  });
  expect(stderr).toContain(file(".cursor/mcp.json"));
  expect(readdirSync(folder)).toEqual([]);
});

it.each([
  ["claude-code", [], ".mcp.json", "mcpServers"],
  ["claude-desktop", [], ".config/Claude/claude_desktop_config.json", "mcpServers"],
  ["cursor", [], ".cursor/mcp.json", "mcpServers"],
  ["cursor", ["--global"], ".cursor/mcp.json", "mcpServers"],
  ["vscode", [], ".vscode/mcp.json", "servers"],
  ["vscode", ["--global"], ".config/Code/User/mcp.json", "servers"],
])("%s %j --write makes the file, and a second time there is nothing to do", async (host, args, path, key) => {
  const first = await setup(host, "--write", ...args);
  expect(first).toMatchObject({ code: 0, stderr: "" });
  expect(entryOf(path, key)).toMatchObject({ command: process.execPath, args: [program] });
  const { mtimeMs } = statSync(file(path));
  const second = await setup(host, "--write", ...args);
  expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining("Nothing to do") });
  expect(statSync(file(path)).mtimeMs).toBe(mtimeMs);
  expect(existsSync(file(`${path}.backup`))).toBe(false);
});

it("what it wrote starts a server, with the options that were given", async () => {
  await setup("claude-code", "--write", "--local", "--", "--read-only", "--policy", "list-identities=deny");
  const { command, args } = entryOf(".mcp.json");
  const client = new Client({ name: "test", version: "0" });
  await client.connect(new StdioClientTransport({ command, args, cwd: "/", env: { ...surroundings } }));
  const { tools } = await client.listTools();
  await client.close();
  expect(tools).toHaveLength(8);
});

it("writes full paths of files, and refuses invalid options", async () => {
  await setup("cursor", "--write", "--audit", "audit.jsonl", "--pools=eu-west-1:0");
  expect(entryOf(".cursor/mcp.json").args.slice(1)).toEqual(["--audit", file("audit.jsonl"), "--pools", "eu-west-1:0"]);
  for (const [args, why] of [
    [["claude-code", "--write", "--policy", "delete=of"], /delete to "of"/],
    [["claude-code", "--write", "--", "--force"], /before the --/],
    [["claude-cod", "--write"], /Did you mean claude-code\?/],
    [["--write"], /The host name is missing/],
  ] as const) {
    const { code, stderr } = await setup(...args);
    expect(code).toBe(2);
    expect(stderr).toMatch(why);
  }
  expect(readdirSync(folder)).toEqual([".cursor"]);
});

describe("an existing file", () => {
  const others =
    '{\r\n    "theme": "dark",\r\n    "mcpServers": {\r\n        "other": { "command": "x" }\r\n    }\r\n}\r\n';

  it("keeps its other servers, settings, line ends and mode, and a copy of it stays", async () => {
    writeFileSync(file(".mcp.json"), others, { mode: 0o600 });
    expect((await setup("claude-code", "--write")).code).toBe(0);
    const text = read(".mcp.json");
    expect(text.startsWith(others.slice(0, others.indexOf(" }\r\n") + 2))).toBe(true);
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(JSON.parse(text)).toMatchObject({ theme: "dark", mcpServers: { other: { command: "x" } } });
    expect(read(".mcp.json.backup")).toBe(others);
    for (const name of [".mcp.json", ".mcp.json.backup"]) expect(statSync(file(name)).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder).sort()).toEqual([".mcp.json", ".mcp.json.backup"]);
  });

  it("with another entry of that name changes with --force only, and names the options that are lost, without values", async () => {
    const args = ["main.js", "--read-only", "--policy", "delete=deny", "--pools=hush-pool", "--region", "eu-west-1"];
    const old = { command: "x", args, env: { TOKEN: "hush-hush" } };
    const text = JSON.stringify({ mcpServers: { "cognito-identity": old, other: 1 } });
    writeFileSync(file(".mcp.json"), text);
    const given = ["--region", "eu-west-1", "--policy", "delete=human"];
    const lost = "that the new one lacks or has with another value: --read-only, --policy, --pools, TOKEN.";
    const refused = await setup("claude-code", "--write", ...given);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        "add --force and every option that the entry needs: options left out are removed.",
      ),
    });
    expect(refused.stderr).toContain(lost);
    expect(refused.stderr).not.toContain("hush");
    expect(read(".mcp.json")).toBe(text);
    const { stdout } = await setup("claude-code", "--write", "--force", ...given);
    expect(stdout).toMatch(/^Replaced/);
    expect(stdout).toContain(lost);
    expect(stdout).not.toContain("hush");
    expect(JSON.parse(read(".mcp.json"))).toMatchObject({
      mcpServers: { "cognito-identity": { args: [program, ...given] }, other: 1 },
    });
    expect(read(".mcp.json.backup")).toBe(text);
  });

  it.each<[string, Buffer]>([
    ["broken JSON", Buffer.from('{"mcpServers": {')],
    ["comments that the host does not read", Buffer.from('{ /* mine */ "mcpServers": {} }')],
    ["bytes that are not UTF-8", Buffer.from('{"name":"J\xf6rg"}', "latin1")],
  ])("is not changed if it contains %s", async (_, bytes) => {
    writeFileSync(file(".mcp.json"), bytes);
    const { code, stderr } = await setup("claude-code", "--write", "--force");
    expect(code).toBe(1);
    expect(stderr).toMatch(/\.mcp\.json was not changed\. It /);
    expect(readFileSync(file(".mcp.json")).equals(bytes)).toBe(true);
    expect(readdirSync(folder)).toEqual([".mcp.json"]);
  });

  it("and is a symbolic link is not changed, nor is its target", async () => {
    writeFileSync(file("real.json"), "{}");
    symlinkSync(file("real.json"), file(".mcp.json"));
    const { code, stderr } = await setup("claude-code", "--write");
    expect(code).toBe(1);
    expect(stderr).toMatch(/It is a symbolic link/);
    expect(lstatSync(file(".mcp.json")).isSymbolicLink()).toBe(true);
    expect(read("real.json")).toBe("{}");
  });

  it("and is a folder is not changed", async () => {
    mkdirSync(file(".mcp.json"));
    expect((await setup("claude-code", "--write")).stderr).toMatch(/not a regular file/);
  });

  it("is not replaced if another program changed it at the same time", async () => {
    const path = file(".mcp.json");
    writeFileSync(path, "{}");
    const found = readHostFile(path);
    writeFileSync(path, '{"theirs":1}');
    await expect(replaceHostFile(path, found, "{ }")).rejects.toThrow(/Another program changed it/);
    expect(read(".mcp.json")).toBe('{"theirs":1}');
    expect(readdirSync(folder).filter((name) => name.endsWith(".tmp"))).toEqual([]);
  });
});

it("sends Claude Code's users to its own command for what is for all projects", async () => {
  const { code, stderr } = await setup("claude-code", "--global", "--write");
  expect(code).toBe(1);
  expect(stderr).toContain("claude mcp add-json --scope user cognito-identity '{");
  expect(readdirSync(folder)).toEqual([]);
});

describe("another system", () => {
  const place = (platform: string): Machine => ({
    node: "/bin/node",
    script: "/lib/main.js",
    platform,
    home: platform === "win32" ? "C:\\Users\\me" : "/home/me",
    folder: platform === "win32" ? "C:\\work" : "/work",
    appData: platform === "win32" ? "D:\\Roaming" : undefined,
    configHome: undefined,
  });

  it.each([
    ["darwin", "/home/me/Library/Application Support/Claude/claude_desktop_config.json"],
    ["linux", "/home/me/.config/Claude/claude_desktop_config.json"],
    ["win32", "D:\\Roaming\\Claude\\claude_desktop_config.json"],
  ])("%s keeps Claude Desktop's file at %s", (platform, path) => {
    expect(hostFileFor("claude-desktop", false, place(platform))?.path).toBe(path);
  });

  it("Windows keeps projects' files in their folders", () => {
    const paths = hostNames.map((host) => hostFileFor(host, false, place("win32"))?.path);
    expect(paths).toEqual([
      "C:\\work\\.mcp.json",
      "D:\\Roaming\\Claude\\claude_desktop_config.json",
      "C:\\work\\.cursor\\mcp.json",
      "C:\\work\\.vscode\\mcp.json",
    ]);
  });

  it("what npx fetched is fetched by the host again, in that version", () => {
    const fetched = { ...place("linux"), script: "/home/me/.npm/_npx/1f/node_modules/.bin/cognito-identity-mcp" };
    expect(entryFor("cursor", ["--local"], fetched, "1.2.3")).toEqual({
      command: "npx",
      args: ["--yes", "cognito-identity-mcp@1.2.3", "--local"],
    });
  });
});
