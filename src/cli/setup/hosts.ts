/** The supported hosts: the file in which each stores its servers, and its format. */
import { posix, sep, win32 } from "node:path";

export const hostNames = ["claude-code", "claude-desktop", "cursor", "vscode"] as const;

export type HostName = (typeof hostNames)[number];

/** The server's name in the configuration of a host. */
export const ENTRY_NAME = "cognito-identity";

/** How a host starts the server. */
export interface Entry {
  readonly type?: "stdio";
  readonly command: string;
  readonly args: readonly string[];
}

/** The properties of this machine that determine paths. */
export interface Machine {
  /** The full paths of Node and of this program's script. */
  readonly node: string;
  readonly script: string;
  readonly platform: string;
  readonly home: string;
  /** The working directory of the command. */
  readonly folder: string;
  /** The variable APPDATA of Windows. */
  readonly appData: string | undefined;
  /** The variable XDG_CONFIG_HOME. */
  readonly configHome: string | undefined;
}

/** The arguments of `setup`. */
export interface Setup {
  readonly host: HostName;
  readonly write: boolean;
  readonly force: boolean;
  /** Whether the entry is for all projects. */
  readonly everywhere: boolean;
  /** The options of serve. */
  readonly args: readonly string[];
  readonly place: Machine;
}

/** A host's file and its format. */
export interface HostFile {
  readonly path: string;
  /** The member that contains the servers. */
  readonly key: "mcpServers" | "servers";
  /** Whether the host accepts comments and trailing commas. */
  readonly comments: boolean;
  /** What a person must do so that the host uses the entry. */
  readonly next: string;
}

/** The file for an entry. Undefined if `setup` cannot edit the file of the host. */
export function hostFileFor(host: HostName, everywhere: boolean, place: Machine): HostFile | undefined {
  const { join } = place.platform === "win32" ? win32 : posix;
  const { folder, home } = place;
  switch (host) {
    case "claude-code":
      // Claude Code stores servers for all projects in a file that it rewrites all the time.
      return everywhere
        ? undefined
        : {
            path: join(folder, ".mcp.json"),
            key: "mcpServers",
            comments: false,
            next: "Start claude in this folder and allow the server when it asks.",
          };
    case "claude-desktop":
      return {
        path: join(applicationData(place), "Claude", "claude_desktop_config.json"),
        key: "mcpServers",
        comments: false,
        next: "Quit Claude Desktop and start it again.",
      };
    case "cursor":
      return {
        path: join(everywhere ? home : folder, ".cursor", "mcp.json"),
        key: "mcpServers",
        comments: true,
        next: "Enable the server in the settings of Cursor, under MCP.",
      };
    case "vscode":
      return {
        path: everywhere
          ? join(applicationData(place), "Code", "User", "mcp.json")
          : join(folder, ".vscode", "mcp.json"),
        key: "servers",
        comments: true,
        next: "Run the command MCP: List Servers in VS Code and start the server there.",
      };
  }
}

/** The folder in which the system keeps applications' data of a user. */
function applicationData({ platform, home, appData, configHome }: Machine): string {
  if (platform === "darwin") return posix.join(home, "Library", "Application Support");
  if (platform === "win32") return appData || win32.join(home, "AppData", "Roaming");
  return configHome || posix.join(home, ".config");
}

/** The entry, with full paths: a host that was not started from a shell does not inherit the user's PATH. */
export function entryFor(host: HostName, args: readonly string[], place: Machine, version: string): Entry {
  const words = place.script.split(sep);
  const start = words.includes("_npx")
    ? // The cache of npx is temporary.
      { command: "npx", args: ["--yes", `cognito-identity-mcp@${version}`] }
    : { command: place.node, args: [place.script] };
  return {
    ...(host === "vscode" && { type: "stdio" }),
    command: start.command,
    args: [...start.args, ...args],
  };
}
