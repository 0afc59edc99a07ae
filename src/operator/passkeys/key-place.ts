/** Where the lists of passkeys are. */
import { isAbsolute, join, posix } from "node:path";

export interface KeyPlace {
  /** Undefined on a system where nobody can be kept from writing it by means that this program can check. */
  readonly system: SystemPlace | undefined;
  readonly user: string;
  /** The user id of the process. Undefined on Windows. */
  readonly uid: number | undefined;
}

/** No setting and no variable changes it: an agent could set them for the programs that it starts. */
export interface SystemPlace {
  readonly path: string;
  /** The folder from which on everything on the way to the list must belong to the administrator. */
  readonly top: string;
  /** The user id of the administrator. */
  readonly administrator: number;
}

const FOLDER = "cognito-identity-mcp";

type Environment = Readonly<Record<string, string | undefined>>;

export function keyPlace(
  environment: Environment,
  platform: NodeJS.Platform,
  home: string,
  uid: number | undefined,
): KeyPlace {
  if (platform === "win32") {
    const folder = environment["APPDATA"] || join(home, "AppData", "Roaming");
    return { system: undefined, user: join(folder, FOLDER, "passkeys.json"), uid: undefined };
  }
  const folder = platform === "darwin" ? "/Library/Application Support" : "/etc";
  const path = `${folder}/${FOLDER}/passkeys-${uid}.json`;
  const config = environment["XDG_CONFIG_HOME"];
  const own =
    platform === "darwin"
      ? posix.join(home, "Library", "Application Support")
      : config && isAbsolute(config)
        ? config
        : posix.join(home, ".config");
  return {
    system: uid === undefined ? undefined : { path, top: "/", administrator: 0 },
    user: posix.join(own, FOLDER, "passkeys.json"),
    uid,
  };
}
