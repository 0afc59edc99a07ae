/** The files that hosts and registries install from say the same, and what they say starts the server. */
import { readFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { describe, expect, it } from "vitest";
import { manifestOf } from "../scripts/manifest.ts";
import { everyTool } from "../src/call/catalogue.ts";
import { variableOf } from "../src/config/options.ts";
import { root, surroundings } from "./support/client.ts";

const read = (path: string) => JSON.parse(readFileSync(`${root}${path}`, "utf8"));
const description = read("package.json");

/** The names of the tools that a server lists. */
async function toolsOf(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const client = new Client({ name: "test", version: "0" });
  await client.connect(
    new StdioClientTransport({ command, args: [...args], cwd: root, env: { ...surroundings, ...env } }),
  );
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}

describe("hosts that are started in the clone", () => {
  const { mcpServers } = read("mcp.json");

  it("have one entry, in VS Code's shape too", () => {
    for (const path of [".mcp.json", ".cursor/mcp.json"]) expect(read(path)).toEqual({ mcpServers });
    const typed = { "cognito-identity": { type: "stdio", ...mcpServers["cognito-identity"] } };
    expect(read(".vscode/mcp.json")).toEqual({ servers: typed });
  });

  it("start the server by it", async () => {
    const { command, args } = mcpServers["cognito-identity"];
    expect(await toolsOf(command, args)).toHaveLength(24);
  });
});

/** What https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json asks for, as far as we use it. */
describe("server.json, for the MCP registry", () => {
  const server = read("server.json");

  it("names the package that is published, in its version", () => {
    expect(server.name).toBe(description.mcpName);
    expect(server.version).toBe(description.version);
    expect(server.packages).toHaveLength(1);
    expect(server.packages[0]).toMatchObject({
      registryType: "npm",
      identifier: description.name,
      version: description.version,
      transport: { type: "stdio" },
    });
  });

  it("keeps to the registry's limits, and has no member that it does not know", () => {
    expect(server.name).toMatch(/^(?=.{3,200}$)[a-zA-Z0-9.-]+\/[a-zA-Z0-9._-]+$/);
    expect(server.description).toMatch(/^.{1,100}$/);
    expect(server.title).toMatch(/^.{1,100}$/);
    expect(Object.keys(server)).toEqual(["$schema", "name", "title", "description", "version", "packages"]);
    const known = ["name", "description", "format", "default", "placeholder"];
    for (const variable of server.packages[0].environmentVariables) {
      expect(known).toEqual(expect.arrayContaining(Object.keys(variable)));
      expect(["string", "boolean"]).toContain(variable.format ?? "string");
    }
  });

  it("offers variables that the server reads", async () => {
    const env: [string, string][] = server.packages[0].environmentVariables.map(
      ({ name, default: value = "" }: { name: string; default?: string }) => [name, value],
    );
    expect(await toolsOf("node", ["dist/main.js"], Object.fromEntries(env))).toHaveLength(24);
  });
});

describe("the bundle's manifest", () => {
  const manifest = manifestOf(description);

  /** The environment that a host makes of what a person set. */
  function environmentOf(set: Readonly<Record<string, string | boolean>> = {}): Record<string, string> {
    const config = Object.entries(manifest.user_config).map(([key, { default: value }]) => [key, set[key] ?? value]);
    const values = Object.fromEntries(config);
    return Object.fromEntries(
      Object.entries(manifest.server.mcp_config.env).map(([name, text]) => [
        name,
        text.replace(/\$\{user_config\.(\w+)\}/g, (_, key: string) => String(values[key])),
      ]),
    );
  }

  it("lists the tools, and passes what a person sets in variables of ours", () => {
    expect(manifest.tools.map(({ name }) => name)).toEqual(everyTool.map(({ name }) => name));
    const wanted = ["profile", "region", "read-only", "policy"].map(variableOf);
    expect(Object.keys(manifest.server.mcp_config.env)).toEqual(wanted);
    expect(manifest.version).toBe(description.version);
  });

  it.each([
    ["nothing", {}, 24],
    ["read-only", { read_only: true }, 9],
    ["a policy", { policy: "delete=deny", profile: "dev", region: "eu-west-1" }, 19],
  ])("starts the server with %s set", async (_, set, count) => {
    const { command, args } = manifest.server.mcp_config;
    const path = args.map((word) => word.replace(/^\$\{__dirname\}\//, root));
    expect(await toolsOf(command, path, environmentOf(set))).toHaveLength(count);
  });
});
