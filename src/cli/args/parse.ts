import { parseArgs } from "node:util";
import type { Option } from "../../config/options.ts";
import { didYouMean } from "../../util/did-you-mean.ts";
import { UserError } from "../../util/user-error.ts";
import { type CommandName, commandNames, commandShape, isCommand, optionsOf } from "./commands.ts";
import { allOptions, generalOptions } from "./options.ts";

export type Values = ReturnType<typeof read>["values"];

/** An option as it was given. */
export interface GivenOption {
  readonly name: string;
  readonly value: string | undefined;
}

/** A parsed command line. */
export interface ParsedCommandLine {
  readonly command: CommandName;
  /** Whether the command was named. serve is the default. */
  readonly named: boolean;
  readonly values: Values;
  /** The positional arguments after the command. */
  readonly rest: readonly string[];
  /** The options in their given order. */
  readonly given: readonly GivenOption[];
}

/** Raises UserError for an unknown command or option, and for an option that is not one of the command. */
export function parse(argv: readonly string[]): ParsedCommandLine {
  const { values, positionals, tokens } = read(argv);
  const [name = "serve", ...rest] = positionals;
  if (!isCommand(name)) {
    const [, ...others] = commandNames;
    throw new UserError(
      "settings",
      `Unknown command ${name}.${didYouMean(name, commandNames)} The commands are serve (the default), ${others.join(", ")}.`,
    );
  }
  const asked = values.help === true || values.version === true;
  if (rest.length > commandShape(name).most && !asked)
    throw new UserError("settings", `Unexpected argument ${rest.at(-1)}. See cognito-identity-mcp ${name} --help.`);
  const given = tokens.flatMap((token) => (token.kind === "option" ? [{ name: token.name, value: token.value }] : []));
  forbidOthers(given, name);
  forbidEmpty(given);
  forbidRepeated(given);
  return { command: name, named: positionals.length > 0, values, rest, given };
}

function read(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: allOptions, allowPositionals: true, tokens: true });
  } catch (error) {
    // Node's first sentence names the option. Its advice on positional arguments does not apply here.
    const [sentence = "Invalid arguments"] = error instanceof Error ? error.message.split(". ", 1) : [];
    const [, unknown] = /^Unknown option '(--[^']*)'/.exec(sentence) ?? [];
    const hint = unknown === undefined ? "" : didYouMean(unknown, flagsOf(argv.find(isCommand) ?? "serve"));
    throw new UserError("settings", `${sentence.replace(/\.$/, "")}.${hint} See cognito-identity-mcp --help.`);
  }
}

function flagsOf(command: CommandName): string[] {
  return Object.keys({ ...optionsOf(command), ...generalOptions }).map((name) => `--${name}`);
}

/** Refuses options that belong to another command. */
function forbidOthers(given: readonly GivenOption[], command: CommandName): void {
  const known: object = { ...optionsOf(command), ...generalOptions };
  const found = given.find(({ name }) => !Object.hasOwn(known, name));
  if (found !== undefined)
    throw new UserError(
      "settings",
      `--${found.name} is not an option of ${command}. See cognito-identity-mcp ${command} --help.`,
    );
}

/** Refuses empty values: what was meant by one is not known, and to take it as no value would drop a limit. */
function forbidEmpty(given: readonly GivenOption[]): void {
  const found = given.find(({ value }) => value === "");
  if (found !== undefined) throw new UserError("settings", `--${found.name} is ""; it must not be empty.`);
}

/** Refuses an option that is given twice, unless all its values count: the last one would undo those before it. */
function forbidRepeated(given: readonly GivenOption[]): void {
  const options: Readonly<Record<string, Option>> = allOptions;
  const found = given.find(
    ({ name }, at) => !options[name]?.multiple && given.findIndex((one) => one.name === name) < at,
  );
  if (found !== undefined) throw new UserError("settings", `--${found.name} is given more than once. Give it once.`);
}
