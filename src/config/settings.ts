import type { AwsOptions } from "../aws/clients.ts";
import type { Policy } from "../guards/policy.ts";
import { isRegion } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { UserError } from "../util/user-error.ts";
import { ambientEndpoint, isSafeEndpoint } from "./endpoint.ts";
import type { Environment } from "./environment.ts";
import { type Flags, fileOptions, PREFIX, serveOptions, variableOf } from "./options.ts";
import { type NamedTool, parseRules, readRules, readRulesFile } from "./policy.ts";
import { allowedByAll, oneFile, type Source, smallest } from "./restrictions.ts";
import { checkValue, isPoolId, readBoolean, wholeNumber } from "./values.ts";

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

/** Refuses an unknown variable with the prefix, in any letter case: a misspelled protection would not apply. */
function checkNames(environment: Environment): void {
  const known = Object.keys({ ...serveOptions, ...fileOptions }).map(variableOf);
  const unknown = Object.keys(environment).find(
    (name) => name.toUpperCase().startsWith(PREFIX) && !known.includes(name),
  );
  if (unknown === undefined) return;
  // Compare without the prefix, which would make all names similar.
  const bare = (name: string) => name.slice(PREFIX.length);
  const near = didYouMean(bare(unknown).toUpperCase(), known.map(bare));
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

  /** The flag and the variable of an option, each as far as it is given. */
  const sourcesOf = (name: "pools" | "regions" | "max-deleted-identities" | "audit" | "policy-file"): Source[] =>
    [
      [`--${name}`, flags[name]] as const,
      [variableOf(name), environment[variableOf(name)] || undefined] as const,
    ].flatMap(([source, value]) => (value === undefined ? [] : [{ source, value }]));

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
          ...(flags.policy ?? []).map((rules) => ["--policy", parseRules(rules)] as const),
          [variableOf("policy"), parseRules(environment[variableOf("policy")] || undefined)],
          ...sourcesOf("policy-file").map(({ value }) => ["--policy-file", readRulesFile(value)] as const),
        ],
        tools,
      ),
      pools: allowedByAll(sourcesOf("pools"), isPoolId, "an identity pool id, REGION:GUID"),
      regions: allowedByAll(sourcesOf("regions"), isRegion, "a region such as eu-west-1"),
      maxDeletedIdentities: smallest(sourcesOf("max-deleted-identities"), 1, 60) ?? 10,
    },
    revealCredentials: flags["reveal-credentials"] === true,
    logins: { file: text("logins"), only: yes("login-references-only"), environment },
    ...place,
    audit: oneFile(sourcesOf("audit")),
    answerWithinMs: 1000 * wholeNumber("--answer-within", text("answer-within") ?? "300", 1, 300),
  });
}
