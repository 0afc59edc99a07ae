import { readFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isLoopback, isTrusted } from "./aws/bounds.ts";
import type { AwsOptions } from "./aws/clients.ts";
import { type Level, levels, type Policy, stricter } from "./guards/permission.ts";
import { Secret } from "./guards/secret.ts";
import { isHandle } from "./operator/collected.ts";
import { commandLine } from "./operator/command-line.ts";
import type { Delivery } from "./operator/credentials.ts";
import { isProfileName } from "./operator/profile-name.ts";

/** Everything the operator decides, read once and frozen. */
export interface Config {
  /** Answer from the embedded service, with these files, instead of from AWS. */
  readonly local: LocalFiles | undefined;
  readonly aws: Omit<AwsOptions, "inProcess">;
  readonly policy: Policy;
  /** Whether what is vended is shown to the model. */
  readonly revealCredentials: boolean;
  readonly logins: {
    /** The file that defines login references. */
    readonly file: string | undefined;
    /** Whether calls may bring no tokens of their own. */
    readonly only: boolean;
    /** Where the variables of references are looked up, at each use. */
    readonly environment: Environment;
  };
  /** The file that every call which is not a read is recorded in. */
  readonly audit: string | undefined;
  /** Milliseconds that a person has to answer a question. */
  readonly answerWithinMs: number;
  /** Where servers and the approve command of this user meet; undefined where there are no Unix sockets. */
  readonly channelFolder: string | undefined;
  /** How this program is run from a shell. */
  readonly command: string;
}

/** Files of the embedded service, by path. */
interface LocalFiles {
  readonly state: string | undefined;
  readonly seed: string | undefined;
}

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
  | { readonly run: "help" | "version" };

/** A setting that cannot be meant: the server does not start. Its message says which, and what would be right. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

interface Option {
  readonly type: "boolean" | "string";
  /** What stands for the value in the help. */
  readonly value?: string;
  readonly help: string;
  /** Whether it can come from the environment too, as COGNITO_IDENTITY_MCP_ and its name. */
  readonly environment?: false;
}

const serveOptions = {
  local: { type: "boolean", help: "answer from the embedded service, without AWS" },
  region: { type: "string", value: "REGION", help: "region for calls that name none (AWS_REGION)" },
  profile: { type: "string", value: "NAME", help: "profile of the AWS configuration (AWS_PROFILE)" },
  "endpoint-url": {
    type: "string",
    value: "URL",
    help: "https, or http on loopback (AWS_ENDPOINT_URL_COGNITO_IDENTITY)",
  },
  "read-only": { type: "boolean", help: "only the tools that change nothing" },
  policy: { type: "string", value: "RULES", help: "what it takes to run a tool: NAME=LEVEL, separated by commas" },
  "policy-file": { type: "string", value: "FILE", help: "more of such rules, as a JSON object" },
  pools: { type: "string", value: "IDS", help: "the only identity pools that may be touched" },
  regions: { type: "string", value: "NAMES", help: "the only regions that may be called" },
  "max-deleted-identities": { type: "string", value: "N", help: "identities that one call may delete, 1 to 60 (10)" },
  logins: { type: "string", value: "FILE", help: "define logins that calls use as login:NAME, a JSON document" },
  "login-references-only": { type: "boolean", help: "refuse login tokens that a call brings along" },
  "reveal-credentials": {
    type: "boolean",
    help: "show vended secrets to the model; as a flag only",
    environment: false,
  },
  audit: { type: "string", value: "FILE", help: "record each call that is not a read, before and after, in FILE" },
  "answer-within": { type: "string", value: "SECONDS", help: "time a person has to approve, 1 to 300 (300)" },
} as const satisfies Record<string, Option>;

/** Options of the embedded service, behind either of its doors. */
const fileOptions = {
  state: { type: "string", value: "FILE", help: "keep the embedded service's state in FILE" },
  seed: { type: "string", value: "FILE", help: "begin with the pools of FILE, a JSON document" },
} as const satisfies Record<string, Option>;

const localOptions = {
  port: { type: "string", value: "PORT", help: "port on 127.0.0.1 (4599); 0 takes a free one", environment: false },
  throttle: { type: "boolean", help: "hold calls to AWS's documented rates", environment: false },
} as const satisfies Record<string, Option>;

const approveOptions = {
  server: {
    type: "string",
    value: "PROCESS",
    help: "the server that is meant, where codes are equal",
    environment: false,
  },
} as const satisfies Record<string, Option>;

const credentialsOptions = {
  export: { type: "boolean", help: "print lines for a shell to evaluate", environment: false },
  exec: { type: "boolean", value: "CMD…", help: "run CMD, and all that follows it, with them", environment: false },
  "write-profile": {
    type: "string",
    value: "NAME",
    help: "make a profile that uses and renews them",
    environment: false,
  },
  config: { type: "string", value: "FILE", help: "the AWS config file that gets the profile", environment: false },
} as const satisfies Record<string, Option>;

const generalOptions = {
  help: { type: "boolean", help: "show this", environment: false },
  version: { type: "boolean", help: "show the version", environment: false },
} as const satisfies Record<string, Option>;

type Environment = Readonly<Record<string, string | undefined>>;

/** A tool as far as rules name it. */
interface Named {
  readonly name: string;
  readonly effect: string;
}

/** Reads flags and environment; a flag wins over its variable. Raises ConfigError. */
export function readCommand(
  tools: readonly Named[],
  argv: readonly string[] = process.argv.slice(2),
  environment: Environment = process.env,
): Command {
  const [own, executed] = splitAtExec(argv);
  const { values, positionals } = parse(own);
  if (values.help) return { run: "help" };
  if (values.version) return { run: "version" };
  const [command = "serve", ...rest] = positionals;
  if (!isCommand(command))
    throw new ConfigError(
      `There is no command ${command}. The commands are serve (the default), ${others.join(", ")}.`,
    );
  if (rest.length > (command === "serve" || command === "local" ? 0 : 1))
    throw new ConfigError(`Unexpected argument ${rest.at(-1)}.`);
  forbidOthers(values, command);
  const folder = channelFolder(environment);
  switch (command) {
    case "approve": {
      const server = values.server === undefined ? undefined : wholeNumber("--server", values.server, 1, 999_999_999);
      return { run: "approve", folder, code: rest[0], server };
    }
    case "credentials": {
      const delivery = readDelivery(values, executed);
      return {
        run: "credentials",
        folder,
        handle: readHandle(rest),
        delivery,
        environment,
        command: ownCommand(environment),
      };
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
      return { run: "serve", config: readConfig(values, environment, tools) };
  }
}

/** The secrets of AWS's that the environment holds, known before anything else of it is read. */
export function secretsOfEnvironment(environment: Environment = process.env): Secret[] {
  return ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"].map((name) => new Secret(environment[name] ?? ""));
}

/** The AWS SDK warns on stderr of Node versions that its later releases will not run on; ours is bundled, and stays. */
export function silenceSdk(): void {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
}

export const helpText = [
  "Usage: cognito-identity-mcp [serve] [options]     serve MCP on stdin and stdout",
  "       cognito-identity-mcp approve [CODE]        see the plans that wait for an approval, and answer one",
  "       cognito-identity-mcp credentials HANDLE    print vended credentials, as a credential_process does",
  "       cognito-identity-mcp token HANDLE          print a vended OpenID token",
  "       cognito-identity-mcp audit FILE            show what was done, and what has no known outcome",
  "       cognito-identity-mcp local [--port PORT]   run the embedded Cognito Identity service over HTTP",
  "",
  "Options of serve; each can come from the environment, e.g. COGNITO_IDENTITY_MCP_READ_ONLY=1:",
  ...helpFor(serveOptions),
  "",
  "Options of the embedded service, for local and for serve --local:",
  ...helpFor(fileOptions),
  "",
  "Options of approve:",
  ...helpFor(approveOptions),
  "",
  "Options of credentials, one way at a time:",
  ...helpFor(credentialsOptions),
  "",
  "Options of local:",
  ...helpFor(localOptions),
  "",
  "General:",
  ...helpFor(generalOptions),
  "",
].join("\n");

function helpFor(options: Readonly<Record<string, Option>>): string[] {
  return Object.entries(options).map(([name, { value, help }]) => {
    const flag = value === undefined ? `--${name}` : `--${name} ${value}`;
    return `  ${flag.padEnd(28)} ${help}`;
  });
}

const optionsOf = {
  serve: { ...serveOptions, ...fileOptions },
  approve: approveOptions,
  credentials: credentialsOptions,
  token: {},
  audit: {},
  local: { ...localOptions, ...fileOptions },
} as const;

const others = Object.keys(optionsOf).filter((name) => name !== "serve");

const allOptions = {
  ...serveOptions,
  ...fileOptions,
  ...localOptions,
  ...approveOptions,
  ...credentialsOptions,
  ...generalOptions,
} as const;

type Values = ReturnType<typeof parse>["values"];

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: allOptions,
      allowPositionals: true,
    });
  } catch (error) {
    // Node's own sentences name the option; its advice on positional arguments does not apply here.
    const [sentence = "Bad arguments"] = error instanceof Error ? error.message.split(". ", 1) : [];
    throw new ConfigError(`${sentence.replace(/\.$/, "")}. See cognito-identity-mcp --help.`);
  }
}

function isCommand(name: string): name is keyof typeof optionsOf {
  return Object.hasOwn(optionsOf, name);
}

/** Refuses options that are another command's. */
function forbidOthers(values: Values, command: keyof typeof optionsOf): void {
  const known: object = { ...optionsOf[command], ...generalOptions };
  const found = Object.keys(values).find((name) => !Object.hasOwn(known, name));
  if (found !== undefined) throw new ConfigError(`--${found} is not an option of ${command}.`);
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

/** A variable with our prefix that nothing reads is a mistake: a protection that was meant would not hold. */
function checkNames(environment: Environment): void {
  const known = Object.keys({ ...serveOptions, ...fileOptions }).map(variableOf);
  const unknown = Object.keys(environment).find((name) => name.startsWith(PREFIX) && !known.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`There is no setting ${unknown}. The settings are ${known.join(", ")}.`);
}

function readConfig(flags: Values, environment: Environment, tools: readonly Named[]): Config {
  checkNames(environment);
  const text = (name: keyof typeof serveOptions | keyof typeof fileOptions): string | undefined => {
    const flag = flags[name];
    // An empty variable is one that is not set; an empty flag is a mistake.
    return typeof flag === "string" ? flag : environment[variableOf(name)] || undefined;
  };
  const yes = (name: keyof typeof serveOptions): boolean =>
    flags[name] === true || readBoolean(variableOf(name), environment[variableOf(name)]);

  const local = yes("local");
  const named = check("--endpoint-url", text("endpoint-url"), isSafeEndpoint, "an https URL, or http on loopback");
  if (local && named !== undefined) throw new ConfigError("--local and --endpoint-url exclude each other.");
  const region = text("region") ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  const files = { state: text("state"), seed: text("seed") };
  if (!local && (files.state ?? files.seed) !== undefined)
    throw new ConfigError("--state and --seed are for the embedded service: they go with --local.");
  const regions = list("--regions", text("regions"), isRegion, "a region such as eu-west-1");
  return Object.freeze({
    local: local ? files : undefined,
    aws: {
      region: check("--region", region || (local ? "us-east-1" : undefined), isRegion, "a region such as eu-west-1"),
      profile: text("profile"),
      endpoint: local ? undefined : (named ?? ambientEndpoint(environment)),
      trustedHost: named === undefined ? undefined : new URL(named).hostname,
    },
    policy: {
      readOnly: yes("read-only"),
      rules: readRules(
        [
          ["--policy", rulesOf(flags.policy)],
          [variableOf("policy"), rulesOf(environment[variableOf("policy")] || undefined)],
          ["--policy-file", rulesIn(text("policy-file"))],
        ],
        tools,
      ),
      pools: asSet(list("--pools", text("pools"), isPoolId, "an identity pool id, REGION:GUID")),
      regions: asSet(regions),
      mostDeletedIdentities: wholeNumber("--max-deleted-identities", text("max-deleted-identities") ?? "10", 1, 60),
    },
    revealCredentials: flags["reveal-credentials"] === true,
    logins: { file: text("logins"), only: yes("login-references-only"), environment },
    channelFolder: channelFolder(environment),
    command: ownCommand(environment),
    audit: text("audit"),
    answerWithinMs: 1000 * wholeNumber("--answer-within", text("answer-within") ?? "300", 1, 300),
  });
}

type Rule = readonly [name: string, level: unknown];

/** All rules hold, whether from flag, environment or file: of several for one name, the strictest. */
function readRules(
  sources: readonly (readonly [source: string, rules: readonly Rule[]])[],
  tools: readonly Named[],
): ReadonlyMap<string, Level> {
  const found = new Map<string, Level>();
  for (const [source, rules] of sources) {
    for (const [name, said] of rules) {
      const meant = tools.filter((tool) => tool.name === name || tool.effect === name);
      if (meant.length === 0)
        throw new ConfigError(`${source} has a rule for ${JSON.stringify(name)}, which is no tool and no effect.`);
      const plans = meant.every(({ effect }) => effect === "update" || effect === "delete");
      const possible = levels.filter((level) => plans || level === "off" || level === "deny");
      const level = possible.find((one) => one === said);
      if (level === undefined)
        throw new ConfigError(`${source} sets ${name} to ${JSON.stringify(said)}; it must be ${possible.join(", ")}.`);
      found.set(name, stricter(level, found.get(name) ?? level));
    }
  }
  return found;
}

function rulesOf(text: string | undefined): Rule[] {
  if (text === undefined) return [];
  return text.split(",").map((rule) => {
    const [name = "", ...level] = rule.split("=");
    return [name.trim(), level.join("=").trim()];
  });
}

function rulesIn(path: string | undefined): Rule[] {
  if (path === undefined) return [];
  const document = readJson("--policy-file", path);
  if (typeof document === "object" && document !== null && !Array.isArray(document)) return Object.entries(document);
  throw new ConfigError(`--policy-file ${path} must hold a JSON object, such as {"delete": "human"}.`);
}

function readJson(option: string, path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    const why =
      error instanceof SyntaxError ? "is no JSON" : `cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new ConfigError(`${option} ${path} ${why}.`);
  }
}

/** The user's own runtime folder, which the system empties, or a folder of theirs among the temporary ones. */
function channelFolder(environment: Environment): string | undefined {
  if (process.platform === "win32") return undefined;
  const runtime = environment["XDG_RUNTIME_DIR"];
  return runtime ? join(runtime, "cognito-identity-mcp") : join(tmpdir(), `cognito-identity-mcp-${userInfo().uid}`);
}

const PREFIX = "COGNITO_IDENTITY_MCP_";
function ownCommand(environment: Environment): string {
  return commandLine(process.execPath, process.argv[1] ?? "", environment["PATH"]);
}

function variableOf(option: string): string {
  return `${PREFIX}${option.replaceAll("-", "_").toUpperCase()}`;
}

function readBoolean(variable: string, value = ""): boolean {
  if (["1", "true", "yes"].includes(value)) return true;
  if (["0", "false", "no", ""].includes(value)) return false;
  throw new ConfigError(`${variable} is ${JSON.stringify(value)}; it must be 1 or 0.`);
}

function wholeNumber(option: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new ConfigError(`${option} is ${JSON.stringify(value)}; it must be a whole number from ${least} to ${most}.`);
}

function check<Value extends string | undefined>(
  option: string,
  value: Value,
  valid: (value: string) => boolean,
  wanted: string,
): Value {
  if (value !== undefined && !valid(value))
    throw new ConfigError(`${option} is ${JSON.stringify(value)}; it must be ${wanted}.`);
  return value;
}

/** A list without a single entry is a mistake: taken as "allow nothing" or as "no limit", either could surprise. */
function list(option: string, value: string | undefined, valid: (entry: string) => boolean, wanted: string) {
  if (value === undefined) return undefined;
  const entries = value.split(",").map((entry) => entry.trim());
  for (const entry of entries) check(option, entry, valid, wanted);
  return entries;
}

function asSet(entries: readonly string[] | undefined): ReadonlySet<string> | undefined {
  return entries && new Set(entries);
}

function isRegion(name: string): boolean {
  return /^[a-z]{2,4}(-[a-z]+)+-\d+$/.test(name);
}

function isPoolId(id: string): boolean {
  return /^[a-z]{2,4}(-[a-z]+)+-\d+:[0-9a-f-]{1,40}$/.test(id);
}

function isSafeEndpoint(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === "https:" || (protocol === "http:" && isLoopback(hostname));
}

/** The endpoint of AWS's own variables, which may come from anybody's .env file: AWS's hosts and this machine only. */
function ambientEndpoint(environment: Environment): string | undefined {
  for (const variable of ["AWS_ENDPOINT_URL_COGNITO_IDENTITY", "AWS_ENDPOINT_URL"]) {
    const url = environment[variable];
    if (!url) continue;
    const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: "", hostname: "" };
    if (isTrusted(protocol, hostname)) return url;
    throw new ConfigError(
      `${variable} is ${JSON.stringify(url)}, which is neither AWS's own endpoint nor on this machine. If it is meant, give it with --endpoint-url.`,
    );
  }
  return undefined;
}
