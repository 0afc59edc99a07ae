/** Parses the values of settings. Errors say which values are valid. */

import { readFileSync } from "node:fs";
import { REGION_PATTERN } from "../util/aws-names.ts";
import { UserError } from "../util/user-error.ts";

export function readBoolean(variable: string, value = ""): boolean {
  if (["1", "true", "yes"].includes(value)) return true;
  if (["0", "false", "no", ""].includes(value)) return false;
  throw new UserError("settings", `${variable} is ${JSON.stringify(value)}; it must be 1 or 0.`);
}

export function wholeNumber(option: string, value: string, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UserError(
    "settings",
    `${option} is ${JSON.stringify(value)}; it must be a whole number from ${least} to ${most}.`,
  );
}

export function checkValue<Value extends string | undefined>(
  option: string,
  value: Value,
  valid: (value: string) => boolean,
  wanted: string,
): Value {
  if (value !== undefined && !valid(value))
    throw new UserError("settings", `${option} is ${JSON.stringify(value)}; it must be ${wanted}.`);
  return value;
}

/** Refuses an empty list, because it could mean "allow nothing" or "no limit". */
export function parseList(option: string, value: string, valid: (entry: string) => boolean, wanted: string): string[] {
  const entries = value.split(",").map((entry) => entry.trim());
  for (const entry of entries) checkValue(option, entry, valid, wanted);
  return entries;
}

const poolId = new RegExp(`^${REGION_PATTERN}:[0-9a-f-]{1,40}$`);

export function isPoolId(id: string): boolean {
  return poolId.test(id);
}

export function readJson(source: string, path: string): { readonly text: string; readonly document: unknown } {
  try {
    const text = readFileSync(path, "utf8");
    return { text, document: JSON.parse(text) };
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new UserError("settings", `${source} ${path} is not valid JSON.`, "Correct the file.");
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(
      "settings",
      `${source} ${path} cannot be read (${code}).`,
      "Check the path and the permissions.",
    );
  }
}
