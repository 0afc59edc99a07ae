import { parseArgs } from "node:util";
import { allOptions, generalOptions, optionsOf } from "./options.ts";
import { ConfigError } from "./values.ts";

/** The commands but for the default. */
export const others = Object.keys(optionsOf).filter((name) => name !== "serve");

export type Values = ReturnType<typeof parse>["values"];

export function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: allOptions,
      allowPositionals: true,
    });
  } catch (error) {
    // Node's own sentences name the option; its advice on positional arguments does not apply here.
    const [sentence = "Bad arguments"] = error instanceof Error ? error.message.split(". ", 1) : [];
    throw new ConfigError(`${sentence.replace(/\.$/, "")}. See cognito-identity-mcp --help.`);
  }
}

export function isCommand(name: string): name is keyof typeof optionsOf {
  return Object.hasOwn(optionsOf, name);
}

/** Refuses options that are another command's. */
export function forbidOthers(values: Values, command: keyof typeof optionsOf): void {
  const known: object = { ...optionsOf[command], ...generalOptions };
  const found = Object.keys(values).find((name) => !Object.hasOwn(known, name));
  if (found !== undefined) throw new ConfigError(`--${found} is not an option of ${command}.`);
}
