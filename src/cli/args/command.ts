import { homedir, hostname, userInfo } from "node:os";
import { type ChannelFolders, channelFolders } from "../../config/channel-folders.ts";
import type { Environment } from "../../config/environment.ts";
import type { NamedTool } from "../../config/policy.ts";
import { BROWSER, type Config, readConfig } from "../../config/settings.ts";
import { wholeNumber } from "../../config/values.ts";
import { needsPasskey, type PolicySubject } from "../../guards/policy.ts";
import { readKeyList } from "../../operator/passkeys/key-list.ts";
import type { KeyPlace } from "../../operator/passkeys/key-place.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { Enroll } from "../enroll/enroll.ts";
import type { Setup } from "../setup/hosts.ts";
import type { CommandName } from "./commands.ts";
import { readEnroll } from "./enroll-options.ts";
import { keyPlaceOf } from "./key-place.ts";
import { type LocalRun, readLocal } from "./local-options.ts";
import { setupOptions } from "./options.ts";
import { ownCommandLine } from "./own-command.ts";
import { parse } from "./parse.ts";
import {
  type Delivery,
  readCase,
  readDelivery,
  readFileName,
  readHandle,
  readHost,
  readTool,
  serveArguments,
} from "./positionals.ts";

/** A parsed command line. */
export type Command =
  | { readonly run: "serve"; readonly config: Config }
  | ({ readonly run: "local" } & LocalRun)
  | {
      readonly run: "approve";
      /** The channel folders. */
      readonly folders: readonly string[];
      readonly code: string | undefined;
      /** The process id of the server, if several servers have a plan with the code. */
      readonly server: number | undefined;
      /** Whether the approval page is opened instead. */
      readonly page: boolean;
      /** The job that is to be stopped. */
      readonly stop: string | undefined;
      /** The channel folder of servers of this environment. */
      readonly folder: string;
      readonly environment: Environment;
      readonly command: string;
    }
  | {
      readonly run: "credentials";
      readonly folders: readonly string[];
      readonly handle: string;
      readonly delivery: Delivery;
      readonly environment: Environment;
      readonly command: string;
    }
  | {
      readonly run: "token";
      readonly folders: readonly string[];
      readonly handle: string;
      readonly command: string;
    }
  | {
      readonly run: "audit";
      readonly file: string;
      /** Whether the approvals with passkeys are verified. */
      readonly verify: boolean;
      /** Whether only what has no end is listed. */
      readonly open: boolean;
      readonly keys: KeyPlace;
    }
  | ({ readonly run: "enroll" } & Enroll)
  | { readonly run: "tools"; readonly config: Config }
  | {
      readonly run: "call";
      readonly config: Config;
      readonly tool: string;
      /** The arguments as JSON, or - to read them from stdin. */
      readonly json: string;
    }
  | {
      readonly run: "diagnose";
      readonly config: Config;
      /** The arguments of diagnose-identity-pool. */
      readonly input: Readonly<Record<string, string>>;
      readonly json: boolean;
    }
  | {
      readonly run: "doctor";
      readonly config: Config | UserError;
      readonly folders: ChannelFolders;
      readonly keys: KeyPlace;
      readonly command: string;
    }
  | ({ readonly run: "setup" } & Setup)
  | { readonly run: "help"; readonly command: CommandName | undefined }
  | { readonly run: "version" };

/** Reads flags and environment. Raises UserError. */
export function readCommand(
  tools: readonly NamedTool[],
  argv: readonly string[] = process.argv.slice(2),
  environment: Environment = process.env,
): Command {
  const [own, executed] = splitAtExec(argv);
  const self = ownCommand(environment);
  const parsed = parse(argv[0] === "setup" ? withoutDashes(own) : own, self);
  const { command, values, rest } = parsed;
  if (values.help) return { run: "help", command: parsed.named ? command : undefined };
  if (values.version) return { run: "version" };
  const folders = channelFolders(environment);
  const place = {
    channelFolder: folders.own,
    command: self,
    requiresPasskey: () => readKeyList(keyPlaceOf(environment)).requires,
  };
  const readSettings = () => readConfig(values, environment, tools, place);
  switch (command) {
    case "approve": {
      const server = values.server === undefined ? undefined : wholeNumber("--server", values.server, 1, 999_999_999);
      const page = values.page === true;
      const { own: folder, all } = folders;
      const { stop } = values;
      return { run: "approve", folder, folders: all, code: rest[0], server, page, stop, environment, command: self };
    }
    case "credentials": {
      const delivery = readDelivery(values, executed);
      return {
        run: "credentials",
        folders: folders.all,
        handle: readHandle(rest),
        delivery,
        environment,
        command: self,
      };
    }
    case "audit":
      return {
        run: "audit",
        file: readFileName(rest),
        verify: values.verify === true,
        open: values.open === true,
        keys: keyPlaceOf(environment),
      };
    case "enroll":
      return {
        run: "enroll",
        ...readEnroll(values),
        folder: folders.own,
        keys: keyPlaceOf(environment),
        path: environment["PATH"],
        isUnderSudo: process.getuid?.() === 0 && Boolean(environment["SUDO_UID"]),
        browser: environment[BROWSER] || undefined,
        platform: process.platform,
        environment,
        userName: `${userInfo().username} on ${hostname()}`,
        command: self,
      };
    case "token":
      return { run: "token", folders: folders.all, handle: readHandle(rest), command: self };
    case "local":
      return { run: "local", ...readLocal(values) };
    case "serve":
      return { run: command, config: checkPasskeys(readSettings(), tools, environment) };
    case "tools":
      return { run: command, config: readSettings() };
    case "call":
      return { run: "call", config: readSettings(), tool: readTool(rest, tools, self), json: rest[1] ?? "{}" };
    case "diagnose":
      return { run: "diagnose", config: readSettings(), input: readCase(values, rest), json: values.json === true };
    case "doctor":
      return { run: "doctor", config: orProblem(readSettings), folders, keys: keyPlaceOf(environment), command: self };
    case "setup":
      // A host does not inherit the variables of this shell, so the options of the entry must be valid on their own.
      readConfig(values, {}, tools, place);
      return {
        run: "setup",
        host: readHost(rest),
        write: values.write === true,
        force: values.force === true,
        everywhere: values.global === true,
        args: serveArguments(parsed.given),
        place: {
          node: process.execPath,
          script: process.argv[1] ?? "",
          platform: process.platform,
          home: homedir(),
          folder: process.cwd(),
          appData: environment["APPDATA"],
          configHome: environment["XDG_CONFIG_HOME"],
        },
      };
  }
}

/** Options of serve can follow --. They are parsed and checked like the options before it. */
function withoutDashes(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--");
  if (at < 0) return argv;
  const after = argv.slice(at + 1);
  const odd = after.find((word) => Object.keys(setupOptions).some((name) => word === `--${name}`));
  if (odd !== undefined) throw new UserError("settings", `${odd} is an option of setup. Put it before the --.`);
  return [...argv.slice(0, at), ...after];
}

/** A server of which a person could approve nothing does not start. Raises UserError. */
function checkPasskeys(config: Config, tools: readonly NamedTool[], environment: Environment): Config {
  const { policy, asking, command } = config;
  if (!needsPasskey(tools as readonly PolicySubject[], policy)) return config;
  if (!asking.ways.has("page"))
    throw new UserError(
      "settings",
      "The policy requires a passkey, which only the approval page takes, and --ask leaves the page out.",
      "Add page to --ask.",
    );
  const { path, keys } = readKeyList(keyPlaceOf(environment));
  if (keys.length === 0)
    throw new UserError(
      "passkeys",
      `The policy requires a passkey, and no passkey is enrolled (${path}).`,
      `Enroll one at a terminal: ${command} enroll`,
    );
  return config;
}

function orProblem(readSettings: () => Config): Config | UserError {
  try {
    return readSettings();
  } catch (error) {
    if (isUserError(error)) return error;
    throw error;
  }
}

/** The words after --exec are the command line of another program, and are not parsed. */
function splitAtExec(argv: readonly string[]): [own: readonly string[], executed: readonly string[]] {
  const at = argv[0] === "credentials" ? argv.indexOf("--exec") : -1;
  if (at < 0) return [argv, []];
  const executed = argv.slice(at + 1);
  return [argv.slice(0, at + 1), executed[0] === "--" ? executed.slice(1) : executed];
}

function ownCommand(environment: Environment): string {
  return ownCommandLine(process.execPath, process.argv[1] ?? "", environment["PATH"]);
}
