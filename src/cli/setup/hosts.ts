/** The hosts that can be set up: where each keeps its servers, and in which shape. */
import { posix, sep, win32 } from "node:path";

export const hostNames = ["claude-code", "claude-desktop", "cursor", "vscode"] as const;

export type HostName = (typeof hostNames)[number];

/** The name under which a host knows the server. */
export const ENTRY_NAME = "cognito-identity";

/** How a host starts the server. */
export interface Entry {
  readonly type?: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** This machine, as far as it decides on paths. */
export interface Machine {
  /** Node, and this program's script, by their full paths. */
  readonly node: string;
  readonly script: string;
  readonly platform: string;
  readonly home: string;
  /** The folder that the command runs in. */
  readonly folder: string;
  /** APPDATA, of Windows. */
  readonly appData: string | undefined;
  /** XDG_CONFIG_HOME. */
  readonly configHome: string | undefined;
}

/** What is asked for. */
export interface Setup {
  readonly host: HostName;
  readonly write: boolean;
  readonly force: boolean;
  /** Whether it is meant for every project. */
  readonly everywhere: boolean;
  /** The options of serve. */
  readonly args: readonly string[];
  readonly place: Machine;
}

/** A host's file, and how it is read. */
export interface HostFile {
  readonly path: string;
  /** The member that holds the servers. */
  readonly key: "mcpServers" | "servers";
  /** Whether the host takes comments and trailing commas. */
  readonly comments: boolean;
  /** What a person does for the host to see it. */
  readonly next: string;
}

/** Undefined where the host has no file for what is asked. */
export function hostFileFor(host: HostName, everywhere: boolean, place: Machine): HostFile | undefined {
  const { join } = place.platform === "win32" ? win32 : posix;
  const { folder, home } = place;
  switch (host) {
    case "claude-code":
      // What it keeps for all projects is in a file that it writes itself all the time.
      return everywhere
        ? undefined
        : {
            path: join(folder, ".mcp.json"),
            key: "mcpServers",
            comments: false,
            next: "Start claude in this folder, and allow the server when it asks.",
          };
    case "claude-desktop":
      return {
        path: join(applicationData(place), "Claude", "claude_desktop_config.json"),
        key: "mcpServers",
        comments: false,
        next: "Quit Claude Desktop, and start it again.",
      };
    case "cursor":
      return {
        path: join(everywhere ? home : folder, ".cursor", "mcp.json"),
        key: "mcpServers",
        comments: true,
        next: "Switch the server on in Cursor's settings, under MCP.",
      };
    case "vscode":
      return {
        path: everywhere
          ? join(applicationData(place), "Code", "User", "mcp.json")
          : join(folder, ".vscode", "mcp.json"),
        key: "servers",
        comments: true,
        next: "Run MCP: List Servers in VS Code, and start it there.",
      };
  }
}

/** Where the system keeps what programs know of a user. */
function applicationData({ platform, home, appData, configHome }: Machine): string {
  if (platform === "darwin") return posix.join(home, "Library", "Application Support");
  if (platform === "win32") return appData || win32.join(home, "AppData", "Roaming");
  return configHome || posix.join(home, ".config");
}

/** The entry by full paths: a host that was not started from a shell knows no PATH of the user's. */
export function entryFor(host: HostName, args: readonly string[], place: Machine, version: string): Entry {
  const words = place.script.split(sep);
  const start = words.includes("_npx")
    ? // What npx fetched is gone one day.
      { command: "npx", args: ["--yes", `cognito-identity-mcp@${version}`] }
    : { command: place.node, args: [place.script] };
  return {
    ...(host === "vscode" && { type: "stdio" }),
    command: start.command,
    args: [...start.args, ...args],
  };
}
