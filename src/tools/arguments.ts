import * as z from "zod";
import { maskProviderSecret } from "../plans/provider-secrets.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { type Fields, isRecord } from "../util/json.ts";
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
      return unknownMembers(issue.path, issue.keys, tool, given);
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
function unknownMembers(
  path: readonly PropertyKey[],
  keys: readonly string[],
  tool: Readable,
  given: unknown,
): string[] {
  const schema = schemaAt(tool.input, path);
  const members = membersOf(schema);
  const owner = path.length === 0 ? tool.name : pathOf(path);
  const shown = keys.slice(0, MAX_NAMED).map((key) => {
    const name = shortened(key);
    const member = path.length === 0 ? name : `${owner}.${name}`;
    const hint = placeOf(key, path, tool, valueAt(given, [...path, key]));
    return `${member}: not a member of ${path.length === 0 ? owner : "this object"}.${hint || didYouMean(key, members)}`;
  });
  const more = keys.length > MAX_NAMED ? [`${keys.length - MAX_NAMED} more names are not members of ${owner}.`] : [];
  return [...shown, ...more, `Its members are ${listOf(members, "and")}.`];
}

/** Names under which a caller wraps all of the arguments, or the members of one object. */
const wrappers = /^(?:arguments|args|input|params|parameters|request|body|payload)$/i;

/** Where an unknown member belongs, preceded by a space: one wrapper less, another object, or the key of a map. Empty if nothing is found. */
function placeOf(key: string, path: readonly PropertyKey[], tool: Readable, value: unknown): string {
  const members = membersOf(schemaAt(tool.input, path));
  if (
    isRecord(value) &&
    Object.keys(value).some((inner) => members.includes(inner)) &&
    (wrappers.test(key) || key === path.at(-1))
  )
    return ` It is one wrapper too many: pass its members directly${path.length === 0 ? "" : ` in ${pathOf(path)}`}.`;
  // As CloudFormation writes role mappings.
  if (key === "IdentityProvider" && path[0] === "RoleMappings")
    return " The provider is the key of the map: {RoleMappings: {PROVIDER: {Type, …}}}.";
  if (members.some((member) => sameWords(member, key))) return "";
  const places = placesOf(key, tool.input).filter((place) => place !== pathOf(path));
  return places.length === 0 || places.length > 2 ? "" : ` It belongs to ${listOf(places, "or")}.`;
}

/** The objects inside the schema that have a member of this name, as paths with KEY for the keys of maps. */
function placesOf(name: string, schema: z.core.$ZodType, path = ""): string[] {
  if (isWrapped(schema)) return placesOf(name, schema.unwrap(), path);
  if (schema instanceof z.ZodArray) return placesOf(name, schema.element, `${path}[]`);
  if (schema instanceof z.ZodRecord) return placesOf(name, schema.valueType, `${path}.KEY`);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([member, inner]) => {
    const at = path === "" ? member : `${path}.${member}`;
    return [...(path !== "" && sameWords(member, name) ? [path] : []), ...placesOf(name, inner, at)];
  });
}

/** Whether two names have the same letters, whatever their case and what stands between their words. */
function sameWords(one: string, other: string): boolean {
  return lettersOf(one) === lettersOf(other);
}

function lettersOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z\d]/g, "");
}

type Wrapped = z.ZodOptional<z.ZodType> | z.ZodExactOptional<z.ZodType> | z.ZodDefault<z.ZodType>;

function isWrapped(schema: z.core.$ZodType): schema is Wrapped {
  return schema instanceof z.ZodOptional || schema instanceof z.ZodExactOptional || schema instanceof z.ZodDefault;
}

/** The schema at a path of the arguments. */
function schemaAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): z.core.$ZodType | undefined {
  if (isWrapped(schema)) return schemaAt(schema.unwrap(), path);
  const [part, ...rest] = path;
  if (part === undefined) return schema;
  if (schema instanceof z.ZodArray) return schemaAt(schema.element, rest);
  if (schema instanceof z.ZodRecord) return schemaAt(schema.valueType, rest);
  const member = schema instanceof z.ZodObject ? schema.shape[String(part)] : undefined;
  return member && schemaAt(member, rest);
}

function membersOf(schema: z.core.$ZodType | undefined): string[] {
  if (schema instanceof z.ZodRecord && schema.keyType instanceof z.ZodEnum) return schema.keyType.options.map(String);
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
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
