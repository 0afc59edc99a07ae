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

/**
 * Raises UserError for an unknown command or option, and for an option that is not one of the command. `self` is the command
 * line that runs this program.
 */
export function parse(argv: readonly string[], self: string): ParsedCommandLine {
  const { values, positionals, tokens } = read(argv, self);
  const [first = "serve", ...others] = positionals;
  const helps = first === "help";
  const [name, ...rest] = helps ? [others[0] ?? "serve"] : [first, ...others];
  if (!isCommand(name)) {
    const [, ...known] = commandNames;
    throw new UserError(
      "settings",
      `Unknown command ${name}.`,
      `${didYouMean(name, [...commandNames, "help"])} The commands are serve (the default), ${known.join(", ")}.`.trim(),
    );
  }
  const asked = helps || values.help === true || values.version === true;
  if (rest.length > commandShape(name).most && !asked)
    throw new UserError("settings", `Unexpected argument ${rest.at(-1)}.`, seeHelp(self, name));
  const given = tokens.flatMap((token) => (token.kind === "option" ? [{ name: token.name, value: token.value }] : []));
  forbidOthers(given, name, self);
  forbidEmpty(given);
  forbidRepeated(given);
  return {
    command: name,
    named: helps ? others.length > 0 : positionals.length > 0,
    values: helps ? { ...values, help: true } : values,
    rest,
    given,
  };
}

const options: Readonly<Record<string, Option>> = allOptions;

function read(argv: readonly string[], self: string) {
  try {
    return parseArgs({ args: [...argv], options: allOptions, allowPositionals: true, tokens: true });
  } catch {
    throw invalidOption(argv, self);
  }
}

/** What is wrong with the options, in our words: Node's messages name no example and no help. */
function invalidOption(argv: readonly string[], self: string): UserError {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: allOptions,
    allowPositionals: true,
    tokens: true,
    strict: false,
  });
  const command = positionals.find(isCommand) ?? "serve";
  const invalid = (problem: string, hint = "") =>
    new UserError("settings", problem, `${hint} ${seeHelp(self, command)}`.trim());
  for (const token of tokens) {
    if (token.kind !== "option") continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined)
      return invalid(`Unknown option '${rawName}'.`, didYouMean(rawName, flagsOf(command)).trim());
    if (option.type === "boolean" && value !== undefined) return invalid(`${rawName} takes no value.`);
    // A value after a space that starts with - is more probably the next option.
    if (option.type === "string" && (value === undefined || (!inlineValue && /^-./.test(value))))
      return invalid(
        `${rawName} needs a value, such as ${option.example}.`,
        value === undefined ? "" : `If the value starts with -, write ${rawName}=VALUE.`,
      );
  }
  return invalid("The options are invalid.");
}

function seeHelp(self: string, command: CommandName): string {
  return `To see the options, run: ${self} ${command} --help`;
}

function flagsOf(command: CommandName): string[] {
  return Object.keys({ ...optionsOf(command), ...generalOptions }).map((name) => `--${name}`);
}

/** Refuses options that belong to another command. */
function forbidOthers(given: readonly GivenOption[], command: CommandName, self: string): void {
  const known: object = { ...optionsOf(command), ...generalOptions };
  const found = given.find(({ name }) => !Object.hasOwn(known, name));
  if (found !== undefined)
    throw new UserError("settings", `--${found.name} is not an option of ${command}.`, seeHelp(self, command));
}

/** Refuses empty values: what was meant by one is not known, and to take it as no value would drop a limit. */
function forbidEmpty(given: readonly GivenOption[]): void {
  const found = given.find(({ value }) => value === "");
  if (found === undefined) return;
  const { value, example } = options[found.name] ?? {};
  throw new UserError("settings", `--${found.name} is empty.`, `Write ${value}, such as ${example}.`);
}

/** Refuses an option that is given twice, unless all its values count: the last one would undo those before it. */
function forbidRepeated(given: readonly GivenOption[]): void {
  const found = given.find(
    ({ name }, at) => !options[name]?.multiple && given.findIndex((one) => one.name === name) < at,
  );
  if (found !== undefined) throw new UserError("settings", `--${found.name} is given more than once.`, "Give it once.");
}
