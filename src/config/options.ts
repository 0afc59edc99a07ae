/** An option of the command line, as data. */
export interface Option {
  readonly type: "boolean" | "string";
  /** Whether it may be given more than once; all its values count. Any other option is refused the second time. */
  readonly multiple?: true;
  /** The one-letter form. */
  readonly short?: string;
  /** The placeholder for the value in the help. */
  readonly value?: string;
  readonly help: string;
  /** False if the option cannot be set as an environment variable (COGNITO_IDENTITY_MCP_ and its name). */
  readonly environment?: false;
}

/** The settings of a server. */
export const serveOptions = {
  local: { type: "boolean", help: "use the embedded service instead of AWS" },
  region: { type: "string", value: "REGION", help: "default region of calls (AWS_REGION)" },
  profile: { type: "string", value: "NAME", help: "profile of the AWS configuration (AWS_PROFILE)" },
  "endpoint-url": {
    type: "string",
    value: "URL",
    help: "https, or http on loopback (AWS_ENDPOINT_URL_COGNITO_IDENTITY)",
  },
  "read-only": { type: "boolean", help: "serve only the tools with the effect read" },
  policy: {
    type: "string",
    multiple: true,
    value: "RULES",
    help: "approval level per tool or effect: NAME=LEVEL, separated by commas; repeatable",
  },
  "policy-file": { type: "string", value: "FILE", help: "more approval levels, as a JSON object" },
  pools: { type: "string", value: "IDS", help: "allow only these identity pools, separated by commas" },
  regions: { type: "string", value: "NAMES", help: "allow only these regions, separated by commas" },
  "max-deleted-identities": { type: "string", value: "N", help: "identities that one call may delete: 1 to 60 (10)" },
  logins: { type: "string", value: "FILE", help: "JSON file of logins that calls use as login:NAME" },
  "login-references-only": { type: "boolean", help: "refuse login tokens in calls; allow login:NAME only" },
  "reveal-credentials": {
    type: "boolean",
    help: "show vended secrets to the model (flag only)",
    environment: false,
  },
  audit: { type: "string", value: "FILE", help: "record each call that is not a read in FILE, before and after" },
  "answer-within": { type: "string", value: "SECONDS", help: "seconds that a person has to answer: 1 to 300 (300)" },
} as const satisfies Record<string, Option>;

/** The files of the embedded service. */
export const fileOptions = {
  state: { type: "string", value: "FILE", help: "file that keeps the embedded service's state" },
  seed: { type: "string", value: "FILE", help: "JSON file of pools to start with" },
} as const satisfies Record<string, Option>;

/** The values of these options on the command line, as far as they were given. */
export type Flags = { readonly [Name in keyof Settings]?: FlagValue<Settings[Name]> | undefined };

type FlagValue<Given extends Option> = Given extends { multiple: true }
  ? readonly string[]
  : Given["type"] extends "boolean"
    ? boolean
    : string;

type Settings = typeof serveOptions & typeof fileOptions;

/** The prefix of the variables of this program. */
export const PREFIX = "COGNITO_IDENTITY_MCP_";

/** The variable that sets an option of serve. */
export function variableOf(option: string): string {
  return `${PREFIX}${option.replaceAll("-", "_").toUpperCase()}`;
}
