/** An option of the command line, as data. */
export interface Option {
  readonly type: "boolean" | "string";
  /** Whether it may be given more than once; all its values count. Any other option is refused the second time. */
  readonly multiple?: true;
  /** The one-letter form. */
  readonly short?: string;
  /** The placeholder for the value in the help. */
  readonly value?: string;
  /** A value, for errors; an option with a value has one. */
  readonly example?: string;
  readonly help: string;
  /** False if the option cannot be set as an environment variable (COGNITO_IDENTITY_MCP_ and its name). */
  readonly environment?: false;
}

const POOL = "eu-west-1:11111111-2222-3333-4444-555555555555";

/** The settings of a server. */
export const serveOptions = {
  local: { type: "boolean", help: "use the embedded service instead of AWS" },
  region: { type: "string", value: "REGION", example: "eu-west-1", help: "default region of calls (AWS_REGION)" },
  profile: { type: "string", value: "NAME", example: "dev", help: "profile of the AWS configuration (AWS_PROFILE)" },
  "endpoint-url": {
    type: "string",
    value: "URL",
    example: "https://cognito-identity.eu-west-1.amazonaws.com",
    help: "https, or http on loopback (AWS_ENDPOINT_URL_COGNITO_IDENTITY)",
  },
  "read-only": { type: "boolean", help: "serve only the tools with the effect read" },
  policy: {
    type: "string",
    multiple: true,
    value: "NAME=LEVEL",
    example: "delete=deny",
    help: "approval level of a tool or an effect; separate rules with commas; repeatable",
  },
  "policy-file": {
    type: "string",
    value: "FILE",
    example: "policy.json",
    help: "more approval levels, as a JSON object",
  },
  pools: { type: "string", value: "IDS", example: POOL, help: "allow only these identity pools, separated by commas" },
  regions: {
    type: "string",
    value: "NAMES",
    example: "eu-west-1,us-east-1",
    help: "allow only these regions, separated by commas",
  },
  "max-deleted-identities": {
    type: "string",
    value: "N",
    example: "10",
    help: "identities that one call may delete, by ids at most 60: 1 to 1000000 (by ids 60, by a selection 1000)",
  },
  "max-answer-bytes": {
    type: "string",
    value: "N",
    example: "40000",
    help: "bytes of an answer's JSON: 10000 to 1000000 (40000)",
  },
  logins: {
    type: "string",
    value: "FILE",
    example: "logins.json",
    help: "JSON file of logins that calls use as login:NAME",
  },
  "login-references-only": { type: "boolean", help: "refuse login tokens in calls; allow login:NAME only" },
  "reveal-credentials": {
    type: "boolean",
    help: "show vended secrets to the model (flag only)",
    environment: false,
  },
  audit: {
    type: "string",
    value: "FILE",
    example: "audit.jsonl",
    help: "record in FILE each call that is sent and not a read, before and after it, and refusals",
  },
  "answer-within": {
    type: "string",
    value: "SECONDS",
    example: "300",
    help: "seconds that a person has to answer a form: 1 to 300 (300)",
  },
  "call-wait": {
    type: "string",
    value: "SECONDS",
    example: "45",
    help: "seconds that a call waits for a person before it is answered: 0 to 300 (45)",
  },
  ask: {
    type: "string",
    value: "WAYS",
    example: "form,terminal",
    help: "how a person is asked: form, terminal, page, separated by commas (see docs/confirmation.md)",
  },
  "page-port": {
    type: "string",
    value: "PORT",
    example: "50123",
    help: "port of the approval page on localhost: 1024 to 65535 (a free one)",
  },
} as const satisfies Record<string, Option>;

/** The embedded service, wherever it runs. */
export const fileOptions = {
  state: {
    type: "string",
    value: "FILE",
    example: "state.jsonl",
    help: "file that keeps the embedded service's state",
  },
  seed: { type: "string", value: "FILE", example: "pools.json", help: "JSON file of pools and roles to start with" },
  "strict-roles": { type: "boolean", help: "refuse IAM roles that nobody created" },
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

/** The variable that sets the channel folder, for servers and commands. It has no flag: only tests and unusual systems need it. */
export const CHANNEL_FOLDER = `${PREFIX}CHANNEL_FOLDER`;

/** The variable that sets an option of serve. */
export function variableOf(option: string): string {
  return `${PREFIX}${option.replaceAll("-", "_").toUpperCase()}`;
}
