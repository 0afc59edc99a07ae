import type { AwsOptions } from "../aws/clients.ts";
import { type Asking, type Way, ways } from "../guards/approval/ways.ts";
import type { Policy } from "../guards/policy.ts";
import { DEFAULT_ANSWER_BYTES } from "../guards/response-size.ts";
import { isRegion } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { ambientEndpoint, checkCredentialHosts, isSafeEndpoint } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { CHANNEL_FOLDER, type Flags, fileOptions, type Option, PREFIX, serveOptions, variableOf } from "./options.ts";
import { type NamedTool, parseRules, readRules, readRulesFile } from "./policy.ts";
import { allowedByAll, oneFile, type Source, smallest } from "./restrictions.ts";
import { checkValue, isPoolId, parseList, readBoolean, wholeNumber } from "./values.ts";

/** The settings of the operator, read once and frozen. */
export interface Config {
  /** Set if calls go to the embedded service, with these files, instead of AWS. */
  readonly local: LocalFiles | undefined;
  readonly aws: Omit<AwsOptions, "inProcess">;
  /** The flag or variable that sets the region. Undefined if the SDK must find a region, or none is needed. */
  readonly regionFrom: string | undefined;
  /** The variable that names a proxy, whether or not Node uses it. */
  readonly proxyFrom: string | undefined;
  readonly policy: Policy;
  /** The maximum bytes of an answer's JSON. */
  readonly maxAnswerBytes: number;
  /** Whether vended secrets are shown to the model. */
  readonly revealCredentials: boolean;
  readonly logins: {
    /** The file that defines login references. */
    readonly file: string | undefined;
    /** Whether calls that contain tokens are refused. */
    readonly only: boolean;
    /** The environment in which the variables of references are looked up at each use. */
    readonly environment: Environment;
  };
  /** The file in which each call that is sent and not a read is recorded, and each refusal of one. */
  readonly audit: string | undefined;
  readonly asking: Asking;
  /** The channel folder, in which commands find the servers of this user. */
  readonly channelFolder: string;
  /** What carries the channel, if it is not what the system offers. */
  readonly channel: "socket" | "tcp" | undefined;
  /** The program that opens a page in a browser, if it is not that of the system; `none` for no browser. */
  readonly browser: string | undefined;
  /** The variables that say whether there is a display. */
  readonly environment: Environment;
  /** The command line that runs this program from a shell. */
  readonly command: string;
}

/** The paths of the files of the embedded service, and how it treats roles. */
export interface LocalFiles {
  readonly state: string | undefined;
  readonly seed: string | undefined;
  /** Whether roles that nobody created are refused. */
  readonly strictRoles: boolean;
}

const serverOptions: Readonly<Record<string, Option>> = { ...serveOptions, ...fileOptions };

/** The variable that selects what carries the channel. It has no flag, because nobody needs it but tests of TCP. */
const CHANNEL = variableOf("channel");

/** The variable that names the program for pages. It has no flag, because it belongs to a machine and not to a server. */
export const BROWSER = variableOf("browser");

/** Refuses an unknown variable with the prefix, in any letter case: a misspelled protection would not apply. */
function checkNames(environment: Environment): void {
  const known = Object.keys(serverOptions)
    .filter((name) => serverOptions[name]?.environment !== false)
    .map(variableOf)
    .concat(CHANNEL, CHANNEL_FOLDER, BROWSER);
  const unknown = Object.keys(environment).find(
    (name) => name.toUpperCase().startsWith(PREFIX) && !known.includes(name),
  );
  if (unknown === undefined) return;
  const flagOnly = Object.keys(serverOptions).find((name) => variableOf(name) === unknown.toUpperCase());
  if (flagOnly !== undefined && !known.includes(variableOf(flagOnly)))
    throw new UserError(
      "settings",
      `${unknown} has no effect: this option is a flag only.`,
      `Remove the variable, or pass --${flagOnly}.`,
    );
  // Compare without the prefix, which would make all names similar.
  const bare = (name: string) => name.slice(PREFIX.length);
  const near = didYouMean(bare(unknown).toUpperCase(), known.map(bare));
  throw new UserError(
    "settings",
    `Unknown environment variable ${unknown}.`,
    `${near.replace("mean ", `mean ${PREFIX}`)} The known variables are ${known.join(", ")}.`.trim(),
  );
}

/** What is as it is on this machine, whatever the settings are. */
interface Place extends Pick<Config, "channelFolder" | "command"> {
  /** Whether the list of passkeys requires one for every gated call. Raises UserError. */
  readonly requiresPasskey?: () => boolean;
}

/** Raises UserError. */
export function readConfig(flags: Flags, environment: Environment, tools: readonly NamedTool[], place: Place): Config {
  checkNames(environment);
  /** The flag or, without one, the variable of an option. An empty variable counts as not set. An empty flag is an error. */
  const given = (name: keyof typeof serveOptions | keyof typeof fileOptions): Source | undefined => {
    const flag = flags[name];
    if (typeof flag === "string") return { source: `--${name}`, value: flag };
    return variable(variableOf(name));
  };
  const variable = (source: string): Source | undefined => {
    const value = environment[source];
    return value ? { source, value } : undefined;
  };
  const yes = (name: keyof typeof serveOptions | "strict-roles"): boolean =>
    flags[name] === true || readBoolean(variableOf(name), environment[variableOf(name)]);

  /** The flag and the variable of an option, each as far as it is given. */
  const sourcesOf = (name: "pools" | "regions" | "max-deleted-identities" | "audit" | "policy-file"): Source[] =>
    [
      [`--${name}`, flags[name]] as const,
      [variableOf(name), environment[variableOf(name)] || undefined] as const,
    ].flatMap(([source, value]) => (value === undefined ? [] : [{ source, value }]));

  const local = yes("local");
  const named = given("endpoint-url");
  if (named) checkValue(named.source, named.value, isSafeEndpoint, "an https URL, or an http URL on loopback");
  const profile = given("profile");
  // Who names a profile or an endpoint expects that account, and must not get the embedded service without a word.
  const elsewhere = named ?? profile;
  if (local && elsewhere)
    throw new UserError(
      "settings",
      `${flags.local ? "--local" : variableOf("local")} and ${elsewhere.source} cannot be used together.`,
      "Remove one of them.",
    );
  if (!local) checkCredentialHosts(environment);
  const region = given("region") ?? variable("AWS_REGION") ?? variable("AWS_DEFAULT_REGION");
  if (region) checkValue(region.source, region.value, isRegion, "a region such as eu-west-1");
  const strictRoles = yes("strict-roles");
  const files = { state: given("state")?.value, seed: given("seed")?.value, strictRoles };
  const strict = { source: flags["strict-roles"] ? "--strict-roles" : variableOf("strict-roles") };
  const file = given("state") ?? given("seed") ?? (strictRoles ? strict : undefined);
  if (!local && file)
    throw new UserError("settings", `${file.source} requires --local.`, `Add --local, or remove ${file.source}.`);
  const seconds = (name: "answer-within" | "call-wait", least: number, standard: string): number => {
    const { source, value } = given(name) ?? { source: `--${name}`, value: standard };
    return wholeNumber(source, value, least, 300);
  };
  const asked = readWays(given("ask"));
  return Object.freeze({
    local: local ? files : undefined,
    aws: {
      region: region?.value ?? (local ? "us-east-1" : undefined),
      profile: profile?.value,
      endpoint: local ? undefined : (named?.value ?? ambientEndpoint(environment)),
      trustedHost: named === undefined ? undefined : new URL(named.value).hostname,
    },
    regionFrom: region?.source,
    proxyFrom: ["HTTPS_PROXY", "https_proxy"].find((name) => environment[name]),
    policy: {
      readOnly: yes("read-only"),
      rules: readRules(
        [
          ...(flags.policy ?? []).map((rules) => ["--policy", parseRules("--policy", rules)] as const),
          [variableOf("policy"), parseRules(variableOf("policy"), environment[variableOf("policy")] || undefined)],
          ...sourcesOf("policy-file").map(
            ({ source, value }) => [`${source} ${value}`, readRulesFile(source, value)] as const,
          ),
        ],
        tools,
        place.command,
      ),
      pools: allowedByAll(sourcesOf("pools"), isPoolId, "an identity pool id, REGION:GUID"),
      regions: allowedByAll(sourcesOf("regions"), isRegion, "a region such as eu-west-1"),
      // The embedded service holds nothing that needs protection.
      requiresPasskey: !local && place.requiresPasskey?.() === true,
      maxDeletedIdentities: deletionLimits(smallest(sourcesOf("max-deleted-identities"), 1, MAX_SELECTED)),
    },
    maxAnswerBytes: readAnswerBytes(given("max-answer-bytes")),
    revealCredentials: flags["reveal-credentials"] === true,
    logins: { file: given("logins")?.value, only: yes("login-references-only"), environment },
    channelFolder: place.channelFolder,
    command: place.command,
    environment,
    channel: readChannel(environment[CHANNEL] || undefined),
    browser: environment[BROWSER] || undefined,
    audit: oneFile(sourcesOf("audit")),
    asking: {
      ways: asked,
      namesPage: given("ask") !== undefined && asked.has("page"),
      pagePort: readPort(given("page-port"), asked),
      answerWithinMs: 1000 * seconds("answer-within", 1, "300"),
      callWaitMs: 1000 * seconds("call-wait", 0, "45"),
    },
  });
}

/** Identities that one request of AWS deletes, and one call by their ids. */
const MAX_BY_IDS = 60;

/** Identities that one selection may have at most, whatever the operator sets; and if they set nothing. */
const MAX_SELECTED = 1_000_000;
const DEFAULT_SELECTED = 1_000;

function deletionLimits(set: number | undefined): Config["policy"]["maxDeletedIdentities"] {
  return { byIds: Math.min(set ?? MAX_BY_IDS, MAX_BY_IDS), bySelection: set ?? DEFAULT_SELECTED };
}

function isWay(name: string): name is Way {
  return ways.some((way) => way === name);
}

/** All ways if none are named. */
function readWays(named: Source | undefined): ReadonlySet<Way> {
  if (!named) return new Set(ways);
  const wanted = `one or more of ${ways.join(", ")}, separated by commas`;
  return new Set(parseList(named.source, named.value, isWay, wanted).filter(isWay));
}

function readAnswerBytes(given: Source | undefined): number {
  return given ? wholeNumber(given.source, given.value, 10_000, 1_000_000) : DEFAULT_ANSWER_BYTES;
}

function readPort(given: Source | undefined, asked: ReadonlySet<Way>): number | undefined {
  if (given && !asked.has("page"))
    throw new UserError(
      "settings",
      `${given.source} sets the port of the approval page, and --ask leaves the page out.`,
      "Add page to --ask, or remove the port.",
    );
  return given && wholeNumber(given.source, given.value, 1_024, 65_535);
}

function readChannel(value: string | undefined): Config["channel"] {
  if (value === "socket" && process.platform === "win32")
    throw new UserError("settings", `${CHANNEL} is "socket", but this system has no Unix sockets.`, "Remove it.");
  if (value === undefined || value === "socket" || value === "tcp") return value;
  throw new UserError("settings", `${CHANNEL} is ${JSON.stringify(value)}; it must be socket or tcp.`);
}
