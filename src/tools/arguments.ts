import * as z from "zod";
import { maskProviderSecret } from "../plans/provider-secrets.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import type { Fields } from "../util/json.ts";
import { quote } from "../util/visible-text.ts";
import { listOf, problemSentence, problemText } from "./problems.ts";
import { type Disclosure, mapSensitive } from "./sensitive.ts";
import type { Tool } from "./tool.ts";

/** Part of a tool that tells which of its arguments are secrets. */
type Secretive = Pick<Tool, "input"> & { readonly developerLogins?: true | undefined };

/**
 * The arguments of a call, valid or not, with each secret replaced by what `conceal` makes of it. The value of Logins under
 * `developerProvider`, the DeveloperProviderName of the call's pool, is a user name and stays. Where it is not known, every
 * value is a secret.
 */
export function mapSecrets(
  tool: Secretive,
  given: unknown,
  developerProvider: string | undefined,
  conceal: (secret: string, shown: Disclosure, path: readonly string[]) => unknown,
): unknown {
  const isUserName = ([member, provider, ...more]: readonly string[]) =>
    tool.developerLogins === true &&
    developerProvider !== undefined &&
    member === "Logins" &&
    provider === developerProvider &&
    more.length === 0;
  return mapSensitive(tool.input, given, (value, shown, path) =>
    isUserName(path) ? value : conceal(value, shown, path),
  );
}

/** The secrets in the arguments of a call, valid or not, which no text may show. Secrets of login providers are masked by their place instead. */
export function secretsOf(tool: Secretive, given: unknown, developerProvider: string | undefined): string[] {
  const secrets: string[] = [];
  mapSecrets(tool, given, developerProvider, (secret, shown) => shown === "before semicolon" || secrets.push(secret));
  return secrets;
}

/** The part of a tool that is needed to read its arguments. */
type Readable = Pick<Tool, "name" | "input">;

/** The parsed arguments, or their problems. A problem never contains a value, which may be secret. */
export function readArguments(tool: Readable, given: unknown): { input: Fields } | { problems: string[] } {
  const unusable = findUnusable(given);
  if (unusable !== undefined) return { problems: [unusable] };
  const parsed = tool.input.safeParse(given ?? {}, { error: problemText });
  if (parsed.success) return { input: parsed.data };
  return { problems: describeAll(parsed.error.issues, tool, given) };
}

/** The members of the input that are sent to AWS, without our controls. */
export function requestOf(tool: Tool, input: Fields): Fields {
  return Object.fromEntries(
    tool.members.filter((member) => input[member] !== undefined).map((member) => [member, input[member]]),
  );
}

/** The problems, one sentence each, each sentence once. */
function describeAll(issues: readonly z.core.$ZodIssue[], tool: Readable, given: unknown): string[] {
  const empty = new Set(issues.flatMap(({ code, path }) => (code === "too_small" ? [path.join("\n")] : [])));
  // What is empty need not be told its form as well.
  const told = issues.filter(({ code, path }) => code !== "invalid_format" || !empty.has(path.join("\n")));
  return [...new Set(told.flatMap((issue) => describe(issue, tool, given)))];
}

function describe(issue: z.core.$ZodIssue, tool: Readable, given: unknown): string[] {
  const path = pathOf(issue.path);
  switch (issue.code) {
    case "unrecognized_keys":
      return unknownMembers(issue.path, issue.keys, tool);
    case "invalid_key": {
      const key = nameOf(String(issue.path.at(-1)));
      const subject = `${pathOf(issue.path.slice(0, -1))}: ${key === "" ? "a key" : `the key ${key}`}`;
      // Of the same key, the first problem is enough.
      const [{ message = "" } = {}] = issue.issues;
      return [problemSentence(subject, message)];
    }
    case "invalid_value":
      return issue.path[0] === "clear" && issue.path.length === 2
        ? [notClearable(issue.values.map(String), valueAt(given, issue.path), tool)]
        : [problemSentence(path, issue.message)];
    default:
      return [problemSentence(path === "" ? "The value of arguments" : path, issue.message)];
  }
}

/** A sentence on each unknown member of an object, with what could be meant, and then the members that it has. */
function unknownMembers(path: readonly PropertyKey[], keys: readonly string[], tool: Readable): string[] {
  const members = Object.keys(shapeAt(tool.input, path));
  const owner = path.length === 0 ? tool.name : pathOf(path);
  const shown = keys.slice(0, MAX_NAMED).map((key) => {
    const name = shortened(key);
    const member = path.length === 0 ? name : `${owner}.${name}`;
    return `${member}: not a member of ${path.length === 0 ? owner : "this object"}.${didYouMean(key, members)}`;
  });
  const more = keys.length > MAX_NAMED ? [`${keys.length - MAX_NAMED} more names are not members of ${owner}.`] : [];
  return [...shown, ...more, `Its members are ${listOf(members, "and")}.`];
}

/** The members of the object at a path of the arguments. */
function shapeAt(schema: z.core.$ZodType, [part, ...rest]: readonly PropertyKey[]): object {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault)
    return shapeAt(schema.unwrap(), part === undefined ? [] : [part, ...rest]);
  if (part === undefined) return schema instanceof z.ZodObject ? schema.shape : {};
  if (schema instanceof z.ZodArray) return shapeAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return shapeAt(schema.valueType, rest);
  const member = schema instanceof z.ZodObject ? schema.shape[String(part)] : undefined;
  return member ? shapeAt(member, rest) : {};
}

/** An entry of `clear` that is not possible. It is repeated only if it is the name of a member. */
function notClearable(clearable: readonly string[], value: unknown, tool: Readable): string {
  const can = `It can contain ${listOf(clearable, "and")}.`;
  if (typeof value !== "string") return `clear: an entry is not the name of a member. ${can}`;
  return Object.hasOwn(tool.input.shape, value)
    ? `clear: ${quote(value)} cannot be cleared. ${can}`
    : `clear: an entry is not a member that can be cleared.${didYouMean(value, clearable)} ${can}`;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (part, key) => (part as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    value,
  );
}

/** `RoleMappings.KEY.RulesConfiguration.Rules[0].Claim`. */
function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((part, at) => (typeof part === "number" ? `[${part}]` : `${at === 0 ? "" : "."}${nameOf(String(part))}`))
    .join("");
}

/** A key of a map, if it is not too long: a longer one may be a secret that was passed as a key by mistake, and so may what follows a semicolon. */
function nameOf(key: string): string {
  return key.length > 128 ? `(a key of ${key.length} characters)` : maskProviderSecret(key);
}

/** Unknown members that a refusal names. */
const MAX_NAMED = 5;

/** The name of an unknown member, which is the caller's text, up to 64 characters. */
function shortened(name: string): string {
  const key = maskProviderSecret(name);
  return key.length > 64 ? `${key.slice(0, 64)}…` : key;
}

/** The maximum nesting of objects and lists in arguments; AWS's deepest member is at level six. */
const MAX_DEPTH = 32;

/** Finds problems that no schema reports: a key `__proto__`, which zod drops silently, and excessive nesting. */
function findUnusable(value: unknown, path = "arguments", depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === MAX_DEPTH) return `The arguments are nested more than ${MAX_DEPTH} levels deep.`;
  if (Object.hasOwn(value, "__proto__")) return `${path}: the key "__proto__" is not allowed.`;
  for (const [key, entry] of Object.entries(value)) {
    const found = findUnusable(entry, `${path}.${nameOf(key)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
