import { homedir, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Environment } from "../../config/environment.ts";
import type { NamedTool } from "../../config/policy.ts";
import { type Config, readConfig } from "../../config/settings.ts";
import { wholeNumber } from "../../config/values.ts";
import { isUserError, UserError } from "../../util/user-error.ts";
import type { Setup } from "../setup/hosts.ts";
import type { CommandName } from "./commands.ts";
import { type LocalRun, readLocal } from "./local-options.ts";
import { setupOptions } from "./options.ts";
import { ownCommandLine } from "./own-command.ts";
import { parse } from "./parse.ts";
import {
  type Delivery,
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
      readonly folder: string;
      readonly code: string | undefined;
      /** The process id of the server, if several servers have a plan with the code. */
      readonly server: number | undefined;
      readonly command: string;
    }
  | {
      readonly run: "credentials";
      readonly folder: string;
      readonly handle: string;
      readonly delivery: Delivery;
      readonly environment: Environment;
      readonly command: string;
    }
  | {
      readonly run: "token";
      readonly folder: string;
      readonly handle: string;
      readonly command: string;
    }
  | { readonly run: "audit"; readonly file: string }
  | { readonly run: "tools"; readonly config: Config }
  | {
      readonly run: "call";
      readonly config: Config;
      readonly tool: string;
      /** The arguments as JSON, or - to read them from stdin. */
      readonly json: string;
    }
  | {
      readonly run: "doctor";
      readonly config: Config | UserError;
      readonly folder: string;
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
  const folder = channelFolder(environment);
  const readSettings = () => readConfig(values, environment, tools, { channelFolder: folder, command: self });
  switch (command) {
    case "approve": {
      const server = values.server === undefined ? undefined : wholeNumber("--server", values.server, 1, 999_999_999);
      return { run: "approve", folder, code: rest[0], server, command: self };
    }
    case "credentials": {
      const delivery = readDelivery(values, executed);
      return { run: "credentials", folder, handle: readHandle(rest), delivery, environment, command: self };
    }
    case "audit":
      return { run: "audit", file: readFileName(rest) };
    case "token":
      return { run: "token", folder, handle: readHandle(rest), command: self };
    case "local":
      return { run: "local", ...readLocal(values) };
    case "serve":
    case "tools":
      return { run: command, config: readSettings() };
    case "call":
      return { run: "call", config: readSettings(), tool: readTool(rest, tools, self), json: rest[1] ?? "{}" };
    case "doctor":
      return { run: "doctor", config: orProblem(readSettings), folder };
    case "setup":
      // A host does not inherit the variables of this shell, so the options of the entry must be valid on their own.
      readConfig(values, {}, tools, { channelFolder: folder, command: self });
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

/**
 * The channel folder: in the user's runtime folder, which the system empties, or else in the folder for temporary files. On
 * Windows in the profile of the user, which other users cannot read.
 */
function channelFolder(environment: Environment): string {
  if (process.platform === "win32")
    return join(environment["LOCALAPPDATA"] || join(homedir(), "AppData", "Local"), "cognito-identity-mcp");
  const runtime = environment["XDG_RUNTIME_DIR"];
  return runtime ? join(runtime, "cognito-identity-mcp") : join(tmpdir(), `cognito-identity-mcp-${userInfo().uid}`);
}

function ownCommand(environment: Environment): string {
  return ownCommandLine(process.execPath, process.argv[1] ?? "", environment["PATH"]);
}
