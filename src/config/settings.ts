import type { AwsOptions } from "../aws/clients.ts";
import type { Policy } from "../guards/policy.ts";
import { isRegion } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { ambientEndpoint, isSafeEndpoint } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { type Flags, fileOptions, PREFIX, serveOptions, variableOf } from "./options.ts";
import { type NamedTool, parseRules, readRules, readRulesFile } from "./policy.ts";
import { asSet, checkValue, isPoolId, parseList, readBoolean, wholeNumber } from "./values.ts";

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
  /** The file in which every call that is not a read is recorded. */
  readonly audit: string | undefined;
  /** How long a person has to answer a question, in milliseconds. */
  readonly answerWithinMs: number;
  /** The socket folder through which commands reach the servers of this user. Undefined without Unix sockets. */
  readonly channelFolder: string | undefined;
  /** The command line that runs this program from a shell. */
  readonly command: string;
}

/** The paths of the files of the embedded service. */
export interface LocalFiles {
  readonly state: string | undefined;
  readonly seed: string | undefined;
}

/** Refuses an unknown variable with the prefix: a misspelled protection would not apply. */
function checkNames(environment: Environment): void {
  const known = Object.keys({ ...serveOptions, ...fileOptions }).map(variableOf);
  const unknown = Object.keys(environment).find((name) => name.startsWith(PREFIX) && !known.includes(name));
  if (unknown === undefined) return;
  // Compare without the prefix, which would make all names similar.
  const bare = (name: string) => name.slice(PREFIX.length);
  const near = didYouMean(bare(unknown), known.map(bare));
  const hint = near.replace("mean ", `mean ${PREFIX}`);
  throw new UserError(
    "settings",
    `Unknown environment variable ${unknown}.${hint} The known variables are ${known.join(", ")}.`,
  );
}

/** The socket folder and the command line of this program. */
type Place = Pick<Config, "channelFolder" | "command">;

/** Raises UserError. */
export function readConfig(flags: Flags, environment: Environment, tools: readonly NamedTool[], place: Place): Config {
  checkNames(environment);
  const text = (name: keyof typeof serveOptions | keyof typeof fileOptions): string | undefined => {
    const flag = flags[name];
    // An empty variable counts as not set. An empty flag is an error.
    return typeof flag === "string" ? flag : environment[variableOf(name)] || undefined;
  };
  const yes = (name: keyof typeof serveOptions): boolean =>
    flags[name] === true || readBoolean(variableOf(name), environment[variableOf(name)]);

  const local = yes("local");
  const named = checkValue(
    "--endpoint-url",
    text("endpoint-url"),
    isSafeEndpoint,
    "an https URL, or an http URL on loopback",
  );
  if (local && named !== undefined)
    throw new UserError("settings", "--local and --endpoint-url cannot be used together.");
  const [region, regionFrom] = [
    [flags.region, "--region"],
    [environment[variableOf("region")] || undefined, variableOf("region")],
    [environment["AWS_REGION"] || undefined, "AWS_REGION"],
    [environment["AWS_DEFAULT_REGION"] || undefined, "AWS_DEFAULT_REGION"],
  ].find(([value]) => value !== undefined) ?? [undefined, undefined];
  const files = { state: text("state"), seed: text("seed") };
  if (!local && (files.state ?? files.seed) !== undefined)
    throw new UserError("settings", "--state and --seed require --local.");
  const regions = parseList("--regions", text("regions"), isRegion, "a region such as eu-west-1");
  return Object.freeze({
    local: local ? files : undefined,
    aws: {
      region: checkValue(
        "--region",
        region || (local ? "us-east-1" : undefined),
        isRegion,
        "a region such as eu-west-1",
      ),
      profile: text("profile"),
      endpoint: local ? undefined : (named ?? ambientEndpoint(environment)),
      trustedHost: named === undefined ? undefined : new URL(named).hostname,
    },
    regionFrom: region ? regionFrom : undefined,
    proxyFrom: ["HTTPS_PROXY", "https_proxy"].find((name) => environment[name]),
    policy: {
      readOnly: yes("read-only"),
      rules: readRules(
        [
          ["--policy", parseRules(flags.policy)],
          [variableOf("policy"), parseRules(environment[variableOf("policy")] || undefined)],
          ["--policy-file", readRulesFile(text("policy-file"))],
        ],
        tools,
      ),
      pools: asSet(parseList("--pools", text("pools"), isPoolId, "an identity pool id, REGION:GUID")),
      regions: asSet(regions),
      maxDeletedIdentities: wholeNumber("--max-deleted-identities", text("max-deleted-identities") ?? "10", 1, 60),
    },
    revealCredentials: flags["reveal-credentials"] === true,
    logins: { file: text("logins"), only: yes("login-references-only"), environment },
    ...place,
    audit: text("audit"),
    answerWithinMs: 1000 * wholeNumber("--answer-within", text("answer-within") ?? "300", 1, 300),
  });
}
