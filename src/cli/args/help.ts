import { fileOptions, type Option, serveOptions } from "../../config/options.ts";
import { type CommandName, commandNames, commandShape, ONE_OUTPUT } from "./commands.ts";
import {
  approveOptions,
  auditOptions,
  credentialsOptions,
  diagnoseOptions,
  enrollOptions,
  generalOptions,
  localOptions,
  setupOptions,
} from "./options.ts";

const PROGRAM = "cognito-identity-mcp";

/** The width of the column with the flags. */
const FLAGS = 28;

/** What a rule of --policy can contain. */
const POLICY_HELP = [
  "In --policy, NAME is a tool or an effect: read, create, update, delete or vend. LEVEL is human (a person approves the plan),",
  "passkey (a person approves it with a passkey; see enroll), two-step (a second call with a plan token confirms it), off (no approval) or deny (the tool is not offered); for a tool that",
  "neither updates nor deletes, off or deny. For example: --policy delete=deny,tag-resource=off",
];

export const helpText = [
  ...commandNames.map((name, index) => {
    const said = name === "serve" ? "[serve] [options]" : `${name} ${commandShape(name).takes}`;
    return `${index === 0 ? "Usage:" : "      "} ${PROGRAM} ${said.padEnd(29)} ${commandShape(name).help}`;
  }),
  "",
  "Options of serve, doctor, tools, call, diagnose and setup. Except for setup, each can also be set as an environment variable,",
  "for example COGNITO_IDENTITY_MCP_READ_ONLY=1:",
  ...helpFor(serveOptions),
  "",
  ...POLICY_HELP,
  "",
  "Options of the embedded service, for local and for every command with --local:",
  ...helpFor(fileOptions),
  "",
  "Options of diagnose:",
  ...helpFor(diagnoseOptions),
  "",
  "Options of setup:",
  ...helpFor(setupOptions),
  "",
  "Options of approve:",
  ...helpFor(approveOptions),
  "",
  "Options of credentials:",
  ...helpFor(credentialsOptions),
  ONE_OUTPUT,
  "",
  "Options of enroll:",
  ...helpFor(enrollOptions),
  "",
  "Options of audit:",
  ...helpFor(auditOptions),
  "",
  "Options of local:",
  ...helpFor(localOptions),
  "",
  "A number in parentheses is the default. A variable in parentheses is used if the option is not set.",
  "",
  "General:",
  ...helpFor(generalOptions),
  "",
].join("\n");

/** The help of one command. */
export function helpOf(name: CommandName): string {
  const { takes, help, options, asServe, more = [], example } = commandShape(name);
  return [
    `Usage: ${PROGRAM} ${name} ${takes}`,
    "",
    `${help.charAt(0).toUpperCase()}${help.slice(1)}.`,
    ...more,
    ...section("Options:", options),
    ...(asServe ? section(name === "serve" ? "Options:" : "Options (the same as for serve):", serveOptions) : []),
    ...(asServe ? ["", ...POLICY_HELP] : []),
    ...(asServe ? section("Options of the embedded service, with --local:", fileOptions) : []),
    "",
    "Example:",
    `  ${PROGRAM} ${example}`,
    "",
  ].join("\n");
}

function section(title: string, options: Readonly<Record<string, Option>>): string[] {
  return Object.keys(options).length === 0 ? [] : ["", title, ...helpFor(options)];
}

function helpFor(options: Readonly<Record<string, Option>>): string[] {
  return Object.entries(options).map(([name, { short, value, help }]) => {
    const flag = `${short === undefined ? "" : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;
    return `  ${flag.padEnd(FLAGS)} ${help}`;
  });
}
