/** What is lost when one entry of a host replaces another. */
import { isDeepStrictEqual } from "node:util";
import type { Entry } from "./hosts.ts";

/** Printable names of options and variables; other text of the file is not shown. */
const OPTION = /^--?[a-z][a-z-]*$/;
const VARIABLE = /^[A-Za-z_]\w*$/;

/** The names of the options, variables and other settings of the old entry that the new one lacks or has with another value. */
export function lostNames(old: unknown, entry: Entry): string[] {
  if (typeof old !== "object" || old === null || Array.isArray(old)) return [];
  const { type: _, command: __, args, env, ...others } = old as Record<string, unknown>;
  const kept = optionsOf(entry.args);
  const options = [...optionsOf(args)].filter(([name, values]) => !isDeepStrictEqual(values, kept.get(name)));
  const variables = typeof env === "object" && env !== null ? Object.keys(env) : [];
  return [
    ...options.map(([name]) => name).filter((name) => OPTION.test(name)),
    ...variables.filter((name) => VARIABLE.test(name)),
    ...Object.keys(others).filter((name) => VARIABLE.test(name)),
  ];
}

/** The options after the program, with their values. */
function optionsOf(args: unknown): ReadonlyMap<string, readonly string[]> {
  const words = Array.isArray(args) ? args.map(String) : [];
  const start = words.findIndex((word) => !word.startsWith("-")) + 1;
  const options = new Map<string, string[]>();
  let last = "";
  for (const word of words.slice(start)) {
    const [name = "", ...value] = word.startsWith("-") ? word.split("=") : [last, word];
    last = name;
    options.set(name, [...(options.get(name) ?? []), ...(value.length > 0 ? [value.join("=")] : [])]);
  }
  options.delete("");
  return options;
}
