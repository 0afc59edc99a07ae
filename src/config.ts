import { homedir, tmpdir, userInfo } from "node:os";
import { join, resolve } from "node:path";
import type { CommandName } from "./config/commands.ts";
import { fileOptions, type Option, serveOptions, setupOptions } from "./config/options.ts";
import { type Given, parse, type Values } from "./config/parse.ts";
import type { Named } from "./config/policy.ts";
import { type Config, type Environment, type LocalFiles, readConfig } from "./config/settings.ts";
import { ConfigError, check, wholeNumber } from "./config/values.ts";
import { Secret } from "./guards/secret.ts";
import { didYouMean } from "./nearest.ts";
import { isHandle } from "./operator/collected.ts";
import { commandLine } from "./operator/command-line.ts";
import type { Delivery } from "./operator/credentials.ts";
import { isProfileName } from "./operator/profile-name.ts";
import { type HostName, hostNames, type Setup } from "./setup/hosts.ts";

/** What the command line asks for. */
export type Command =
  | { readonly run: "serve"; readonly config: Config }
  | { readonly run: "local"; readonly port: number; readonly files: LocalFiles; readonly throttle: boolean }
  | {
      readonly run: "approve";
      readonly folder: string | undefined;
      readonly code: string | undefined;
      /** The process whose plan is meant, where several have one under the code. */
      readonly server: number | undefined;
    }
  | {
      readonly run: "credentials";
      readonly folder: string | undefined;
      readonly handle: string;
      readonly delivery: Delivery;
      readonly environment: Environment;
      readonly command: string;
    }
  | { readonly run: "token"; readonly folder: string | undefined; readonly handle: string }
  | { readonly run: "audit"; readonly file: string }
  | { readonly run: "tools"; readonly config: Config }
  | {
      readonly run: "call";
      readonly config: Config;
      readonly tool: string;
      /** The arguments, or - where they come on stdin. */
      readonly json: string;
    }
  | {
      readonly run: "doctor";
      readonly config: Config | ConfigError;
      readonly folder: string | undefined;
    }
  | ({ readonly run: "setup" } & Setup)
  | { readonly run: "help"; readonly command: CommandName | undefined }
  | { readonly run: "version" };

/** Reads flags and environment; a flag wins over its variable. Raises ConfigError. */
export function readCommand(
  tools: readonly Named[],
  argv: readonly string[] = process.argv.slice(2),
  environment: Environment = process.env,
): Command {
  const [own, executed] = splitAtExec(argv);
  const parsed = parse(argv[0] === "setup" ? withoutDashes(own) : own);
  const { command, values, rest } = parsed;
  if (values.help) return { run: "help", command: parsed.named ? command : undefined };
  if (values.version) return { run: "version" };
  const folder = channelFolder(environment);
  const self = ownCommand(environment);
  const readSettings = () => readConfig(values, environment, tools, { channelFolder: folder, command: self });
  switch (command) {
    case "approve": {
      const server = values.server === undefined ? undefined : wholeNumber("--server", values.server, 1, 999_999_999);
      return { run: "approve", folder, code: rest[0], server };
    }
    case "credentials": {
      const delivery = readDelivery(values, executed);
      return { run: "credentials", folder, handle: readHandle(rest), delivery, environment, command: self };
    }
    case "audit":
      return { run: "audit", file: readFileName(rest) };
    case "token":
      return { run: "token", folder, handle: readHandle(rest) };
    case "local": {
      const port = wholeNumber("--port", values.port ?? "4599", 0, 65_535);
      const files = { state: values.state, seed: values.seed };
      return { run: "local", port, files, throttle: values.throttle === true };
    }
    case "serve":
    case "tools":
      return { run: command, config: readSettings() };
    case "call":
      return { run: "call", config: readSettings(), tool: readTool(rest, tools), json: rest[1] ?? "{}" };
    case "doctor":
      return { run: "doctor", config: orProblem(readSettings), folder };
    case "setup":
      // Settings of this shell are not the host's: what the entry says must make sense by itself.
      readConfig(values, {}, tools, { channelFolder: folder, command: self });
      return {
        run: "setup",
        host: readHost(rest),
        write: values.write === true,
        force: values.force === true,
        everywhere: values.global === true,
        args: argumentsOf(parsed.given),
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

/** What stands after -- is the entry's, and is read and checked as the options before it are. */
function withoutDashes(argv: readonly string[]): readonly string[] {
  const at = argv.indexOf("--");
  if (at < 0) return argv;
  const after = argv.slice(at + 1);
  const odd = after.find((word) => Object.keys(setupOptions).some((name) => word === `--${name}`));
  if (odd !== undefined) throw new ConfigError(`${odd} is an option of setup: it goes before the --.`);
  return [...argv.slice(0, at), ...after];
}

function orProblem(readSettings: () => Config): Config | ConfigError {
  try {
    return readSettings();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function readTool([name]: readonly string[], tools: readonly Named[]): string {
  if (name === undefined) throw new ConfigError("Give the name of a tool. See them with: cognito-identity-mcp tools");
  if (tools.some((tool) => tool.name === name)) return name;
  const hint = didYouMean(
    name,
    tools.map((tool) => tool.name),
  );
  throw new ConfigError(`There is no tool ${name}.${hint} See them with: cognito-identity-mcp tools`);
}

function readHost([name]: readonly string[]): HostName {
  const all = hostNames.join(", ");
  if (name === undefined) throw new ConfigError(`Give the host: ${all}.`);
  const host = hostNames.find((known) => known === name);
  if (host !== undefined) return host;
  throw new ConfigError(`There is no host ${name} here.${didYouMean(name, hostNames)} The hosts are ${all}.`);
}

/** The options of serve as they were given, files by their full paths: a host starts the server where it likes. */
function argumentsOf(given: readonly Given[]): string[] {
  const own: Readonly<Record<string, Option>> = { ...serveOptions, ...fileOptions };
  return given.flatMap(({ name, value }) => {
    const option = own[name];
    if (option === undefined) return [];
    if (value === undefined) return [`--${name}`];
    const said = option.value === "FILE" ? resolve(value) : value;
    return said.startsWith("-") ? [`--${name}=${said}`] : [`--${name}`, said];
  });
}

/** The secrets of AWS's that the environment holds, known before anything else of it is read. */
export function secretsOfEnvironment(environment: Environment = process.env): Secret[] {
  return ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map((name) => new Secret(environment[name] ?? ""));
}

/** The AWS SDK warns on stderr of Node versions that its later releases will not run on; ours is bundled, and stays. */
export function silenceSdk(): void {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
}

/** What follows --exec is another program's command line, and is left as it is. */
function splitAtExec(argv: readonly string[]): [own: readonly string[], executed: readonly string[]] {
  const at = argv[0] === "credentials" ? argv.indexOf("--exec") : -1;
  if (at < 0) return [argv, []];
  const executed = argv.slice(at + 1);
  return [argv.slice(0, at + 1), executed[0] === "--" ? executed.slice(1) : executed];
}

function readFileName([file]: readonly string[]): string {
  if (file) return file;
  throw new ConfigError("Give the file that the server was started with as --audit.");
}

/** The handle is not repeated where it is wrong: it could be a secret in the wrong place. */
function readHandle([handle]: readonly string[]): string {
  if (handle !== undefined && isHandle(handle)) return handle;
  throw new ConfigError("Give the handle that the vending tool answered: 22 letters, digits, - and _.");
}

function readDelivery(values: Values, executed: readonly string[]): Delivery {
  const { config: file, "write-profile": name } = values;
  const ways = (["export", "exec", "write-profile"] as const).filter((way) => values[way] !== undefined);
  if (ways.length > 1) throw new ConfigError(`--${ways.join(" and --")} exclude each other.`);
  if ((name === undefined) !== (file === undefined)) throw new ConfigError("--write-profile and --config go together.");
  if (name !== undefined && file !== undefined) {
    if (file === "") throw new ConfigError("--config is empty; it must be a file.");
    check("--write-profile", name, isProfileName, "1 to 64 letters, digits, - and _, and not default");
    return { as: "profile", name, file };
  }
  if (!values.exec) return { as: values.export ? "export" : "document" };
  const [command, ...args] = executed;
  if (command === undefined || command === "") throw new ConfigError("--exec needs a command after it.");
  return { as: "exec", command, args };
}

/** The user's own runtime folder, which the system empties, or a folder of theirs among the temporary ones. */
function channelFolder(environment: Environment): string | undefined {
  if (process.platform === "win32") return undefined;
  const runtime = environment["XDG_RUNTIME_DIR"];
  return runtime ? join(runtime, "cognito-identity-mcp") : join(tmpdir(), `cognito-identity-mcp-${userInfo().uid}`);
}

function ownCommand(environment: Environment): string {
  return commandLine(process.execPath, process.argv[1] ?? "", environment["PATH"]);
}
