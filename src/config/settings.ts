import type { AwsOptions } from "../aws/clients.ts";
import { type Asking, type Way, ways } from "../guards/approval/ways.ts";
import type { Policy } from "../guards/policy.ts";
import { isRegion } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { ambientEndpoint, checkCredentialHosts, isSafeEndpoint } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { type Flags, fileOptions, type Option, PREFIX, serveOptions, variableOf } from "./options.ts";
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
  /** The command line that runs this program from a shell. */
  readonly command: string;
}

/** The paths of the files of the embedded service. */
export interface LocalFiles {
  readonly state: string | undefined;
  readonly seed: string | undefined;
}

const serverOptions: Readonly<Record<string, Option>> = { ...serveOptions, ...fileOptions };

/** The variable that selects what carries the channel. It has no flag, because nobody needs it but tests of TCP. */
const CHANNEL = variableOf("channel");

/** Refuses an unknown variable with the prefix, in any letter case: a misspelled protection would not apply. */
function checkNames(environment: Environment): void {
  const known = Object.keys(serverOptions)
    .filter((name) => serverOptions[name]?.environment !== false)
    .map(variableOf)
    .concat(CHANNEL);
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

/** The channel folder and the command line of this program. */
type Place = Pick<Config, "channelFolder" | "command">;

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
  const yes = (name: keyof typeof serveOptions): boolean =>
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
  const files = { state: given("state")?.value, seed: given("seed")?.value };
  const file = given("state") ?? given("seed");
  if (!local && file)
    throw new UserError("settings", `${file.source} requires --local.`, `Add --local, or remove ${file.source}.`);
  const seconds = (name: "answer-within" | "call-wait", least: number, standard: string): number => {
    const { source, value } = given(name) ?? { source: `--${name}`, value: standard };
    return wholeNumber(source, value, least, 300);
  };
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
      maxDeletedIdentities: smallest(sourcesOf("max-deleted-identities"), 1, 60) ?? 10,
    },
    revealCredentials: flags["reveal-credentials"] === true,
    logins: { file: given("logins")?.value, only: yes("login-references-only"), environment },
    ...place,
    channel: readChannel(environment[CHANNEL] || undefined),
    audit: oneFile(sourcesOf("audit")),
    asking: {
      ways: readWays(given("ask")),
      answerWithinMs: 1000 * seconds("answer-within", 1, "300"),
      callWaitMs: 1000 * seconds("call-wait", 0, "45"),
    },
  });
}

function isWay(name: string): name is Way {
  return ways.some((way) => way === name);
}

/** All ways if none are named. */
function readWays(named: Source | undefined): ReadonlySet<Way> {
  if (!named) return new Set(ways);
  const wanted = `${ways.join(" or ")}, or both separated by a comma`;
  return new Set(parseList(named.source, named.value, isWay, wanted).filter(isWay));
}

function readChannel(value: string | undefined): Config["channel"] {
  if (value === "socket" && process.platform === "win32")
    throw new UserError("settings", `${CHANNEL} is "socket", but this system has no Unix sockets.`, "Remove it.");
  if (value === undefined || value === "socket" || value === "tcp") return value;
  throw new UserError("settings", `${CHANNEL} is ${JSON.stringify(value)}; it must be socket or tcp.`);
}
