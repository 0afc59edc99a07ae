import { fileOptions, type Option, serveOptions } from "../../config/options.ts";
import { type CommandName, commandNames, commandShape } from "./commands.ts";
import { approveOptions, credentialsOptions, generalOptions, localOptions, setupOptions } from "./options.ts";

const PROGRAM = "cognito-identity-mcp";

/** The width of the column with the flags. */
const FLAGS = 28;

export const helpText = [
  ...commandNames.map((name, index) => {
    const said = name === "serve" ? "[serve] [options]" : `${name} ${commandShape(name).takes}`;
    return `${index === 0 ? "Usage:" : "      "} ${PROGRAM} ${said.padEnd(22)} ${commandShape(name).help}`;
  }),
  "",
  "Options of serve, doctor, tools, call and setup. Except for setup, each can also be set as an environment variable,",
  "for example COGNITO_IDENTITY_MCP_READ_ONLY=1:",
  ...helpFor(serveOptions),
  "",
  "Options of the embedded service, for local and for serve --local:",
  ...helpFor(fileOptions),
  "",
  "Options of setup:",
  ...helpFor(setupOptions),
  "",
  "Options of approve:",
  ...helpFor(approveOptions),
  "",
  "Options of credentials (use one output option at a time):",
  ...helpFor(credentialsOptions),
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
    ...(asServe ? section("Options of serve:", serveOptions) : []),
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
