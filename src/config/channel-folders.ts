/** Where servers open their channel, and where commands look for it. */
import { lstatSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { UserError } from "../util/user-error.ts";
import type { Environment } from "./environment.ts";
import { CHANNEL_FOLDER } from "./options.ts";

/** The channel folders of this user. */
export interface ChannelFolders {
  /** Where a server with this environment opens its channel. */
  readonly own: string;
  /** Where commands look: `own`, and where a server can be that was started with another environment. */
  readonly all: readonly string[];
}

/** Where the system keeps folders of users. */
interface System {
  readonly platform: NodeJS.Platform;
  readonly uid: number | undefined;
  readonly home: string;
  /** The parent of the users' runtime folders. */
  readonly runtimeFolders: string;
  /** Folders for temporary files, the usual one first. */
  readonly temporary: readonly string[];
}

const NAME = "cognito-identity-mcp";

/**
 * Hosts start servers with few variables: many leave out XDG_RUNTIME_DIR and TMPDIR. Therefore a server finds the user's runtime folder
 * without a variable, and commands look in every folder that a server can have chosen. On Windows, the folder is in the profile of the
 * user, which other users cannot read. Raises UserError.
 */
export function channelFolders(environment: Environment, system: System = thisSystem()): ChannelFolders {
  const set = environment[CHANNEL_FOLDER];
  if (set) {
    // A server and a command have different current folders.
    if (isAbsolute(set)) return { own: set, all: [set] };
    throw new UserError("settings", `${CHANNEL_FOLDER} is ${JSON.stringify(set)}; it must be an absolute path.`);
  }
  const { platform, uid, home, runtimeFolders, temporary } = system;
  if (platform === "win32") {
    const profile = join(home, "AppData", "Local");
    return ordered([environment["LOCALAPPDATA"] || profile, profile].map((folder) => join(folder, NAME)));
  }
  const named = environment["XDG_RUNTIME_DIR"];
  const runtime = join(runtimeFolders, String(uid));
  return ordered([
    ...(named && isAbsolute(named) ? [join(named, NAME)] : []),
    ...(isPrivateFolder(runtime, uid) ? [join(runtime, NAME)] : []),
    ...temporary.map((folder) => join(folder, `${NAME}-${uid}`)),
  ]);
}

function ordered(folders: readonly string[]): ChannelFolders {
  const all = [...new Set(folders)];
  return { own: all[0] ?? "", all };
}

function thisSystem(): System {
  return {
    platform: process.platform,
    uid: process.getuid?.(),
    home: homedir(),
    runtimeFolders: "/run/user",
    temporary: [tmpdir(), "/tmp"],
  };
}

/** Whether it is a folder and no link, of this user, and closed to others. */
function isPrivateFolder(path: string, uid: number | undefined): boolean {
  try {
    const found = lstatSync(path);
    return found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
  } catch {
    return false;
  }
}
