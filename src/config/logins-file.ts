/** The file in which the operator defines login references, and the tokens to which they refer. */

import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { isAbsolute } from "node:path";
import { isReferenceName, type LoginReference } from "../guards/logins/references.ts";
import { UserError } from "../util/user-error.ts";
import type { Environment } from "./environment.ts";

const allowedKeys = new Set(["provider", "env", "file", "pool"]);

/** The maximum size of a file with a token. AWS accepts tokens of 50,000 characters. */
const MAX_TOKEN_FILE = 65_536;

/** Reads the definitions strictly. Tokens are read at each use, because a file can be renewed. Raises UserError. */
export function readLogins(file: string, environment: Environment): Map<string, LoginReference> {
  const definitions = parse(file);
  return new Map(
    Object.entries(definitions).map(([name, definition]) => [name, readReference(file, name, definition, environment)]),
  );
}

function parse(file: string): object {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new UserError(
      "logins-file",
      `--logins ${file} cannot be read (${code}).`,
      "Check the path and the permissions.",
    );
  }
  try {
    const read: unknown = JSON.parse(text);
    if (isObject(read)) return read;
  } catch {
    // Node's message would repeat a part of the file.
  }
  throw new UserError(
    "logins-file",
    `--logins ${file} must contain a JSON object of login references.`,
    "Correct the file.",
  );
}

function readReference(file: string, name: string, definition: unknown, environment: Environment): LoginReference {
  const invalid = (problem: string) =>
    new UserError("logins-file", `--logins ${file}, reference ${JSON.stringify(name)}: ${problem}.`);
  if (!isReferenceName(name)) throw invalid("the name must have 1 to 64 letters, digits, - or _");
  if (!isObject(definition)) throw invalid("the value must be a JSON object");
  const unknown = Object.keys(definition).find((key) => !allowedKeys.has(key));
  if (unknown !== undefined)
    throw invalid(`${JSON.stringify(unknown)} is an unknown key; the keys are provider, env or file, and pool`);
  const { provider, env, file: path, pool } = definition;
  if (typeof provider !== "string" || !/^\S{1,128}$/.test(provider))
    throw invalid("provider must be the name of a login provider");
  if (pool !== undefined && !(typeof pool === "string" && /^[\w-]{1,40}:[0-9a-f-]{1,40}$/.test(pool)))
    throw invalid("pool must be an identity pool id, REGION:GUID");
  if ((env === undefined) === (path === undefined)) throw invalid("set either env or file");
  if (env !== undefined && !(typeof env === "string" && /^[A-Za-z_]\w*$/.test(env)))
    throw invalid("env must be the name of an environment variable");
  if (path !== undefined && !(typeof path === "string" && isAbsolute(path)))
    throw invalid("file must be an absolute path");
  return {
    provider,
    pool,
    value: () => tokenIn(path === undefined ? environment[env ?? ""] : readTokenFile(path)),
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The text without its final line end, if it can be a token. A wrong file must not be sent to AWS. */
function tokenIn(text: string | undefined): string | undefined {
  const token = text?.replace(/\r?\n$/, "") ?? "";
  return /^[\x21-\x7e]{1,50000}$/.test(token) ? token : undefined;
}

/** The content of a regular file. Undefined for a file that is too large, and for anything else, such as a pipe, which would block. */
function readTokenFile(path: string): string | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(opened);
    return stats.isFile() && stats.size <= MAX_TOKEN_FILE ? readFileSync(opened, "utf8") : undefined;
  } catch {
    return undefined;
  } finally {
    if (opened !== undefined) closeSync(opened);
  }
}
