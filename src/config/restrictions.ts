/**
 * Options that restrict, when both the flag and the variable are given: both hold, so that neither undoes what the other
 * restricts.
 */
import { resolve } from "node:path";
import { UserError } from "../util/user-error.ts";
import { parseList, wholeNumber } from "./values.ts";

/** A flag or a variable that is given, by its name as the user writes it. */
export interface Source {
  readonly source: string;
  readonly value: string;
}

/** The entries that every source allows; undefined, for all, if there is no source. Raises UserError if nothing is left. */
export function allowedByAll(
  sources: readonly Source[],
  valid: (entry: string) => boolean,
  wanted: string,
): ReadonlySet<string> | undefined {
  const [first, ...others] = sources.map(({ source, value }) => new Set(parseList(source, value, valid, wanted)));
  if (first === undefined) return undefined;
  const allowed = new Set([...first].filter((entry) => others.every((other) => other.has(entry))));
  if (allowed.size > 0) return allowed;
  throw new UserError("settings", `${namesOf(sources)} have no entry in common, so nothing is allowed.`, "Change one.");
}

/** The smallest of whole numbers; undefined if there is no source. Raises UserError. */
export function smallest(sources: readonly Source[], least: number, most: number): number | undefined {
  const numbers = sources.map(({ source, value }) => wholeNumber(source, value, least, most));
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

/** The file that the sources name. Raises UserError if they name different ones: who reads the one would miss what is in the other. */
export function oneFile(sources: readonly Source[]): string | undefined {
  const [file, ...others] = sources.map(({ value }) => value);
  if (file === undefined || others.every((other) => resolve(other) === resolve(file))) return file;
  throw new UserError("settings", `${namesOf(sources)} name different files.`, "Give one.");
}

function namesOf(sources: readonly Source[]): string {
  return sources.map(({ source }) => source).join(" and ");
}
