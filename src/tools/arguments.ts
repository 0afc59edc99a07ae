import type { z } from "zod";
import { maskProviderSecret } from "../plans/provider-secrets.ts";
import type { Fields } from "../util/json.ts";
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
  conceal: (secret: string, shown: Disclosure) => unknown,
): unknown {
  const isUserName = ([member, provider, ...more]: readonly string[]) =>
    tool.developerLogins === true &&
    developerProvider !== undefined &&
    member === "Logins" &&
    provider === developerProvider &&
    more.length === 0;
  return mapSensitive(tool.input, given, (value, shown, path) => (isUserName(path) ? value : conceal(value, shown)));
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
  const parsed = tool.input.safeParse(given ?? {});
  if (parsed.success) return { input: parsed.data };
  return { problems: parsed.error.issues.map((issue) => describe(issue, tool)) };
}

/** The members of the input that are sent to AWS, without our controls. */
export function requestOf(tool: Tool, input: Fields): Fields {
  return Object.fromEntries(
    tool.members.filter((member) => input[member] !== undefined).map((member) => [member, input[member]]),
  );
}

function describe(issue: z.core.$ZodIssue, tool: Readable): string {
  const path = issue.path.map((part) => nameOf(String(part))).join(".");
  const at = path === "" ? "" : `${path}: `;
  switch (issue.code) {
    case "unrecognized_keys":
      return path === ""
        ? `${named(issue.keys)}: not a member of ${tool.name}. Its members are ${Object.keys(tool.input.shape).join(", ")}.`
        : `${at}${named(issue.keys)} is not a member of this object${own(issue.message)}.`;
    case "invalid_type":
      return issue.message.endsWith("received undefined") ? `${path} is required.` : `${at}${issue.message}.`;
    case "invalid_key":
      return `${at}${issue.issues.map(({ message }) => message).join("; ")}.`;
    default:
      return `${at}${issue.message}.`;
  }
}

/** The schema's own message about an unknown key, if it has one. */
function own(message: string): string {
  return message.startsWith("Unrecognized") ? "" : `; ${message}`;
}

/** A key of a map, if it is not too long: a longer one may be a secret that was passed as a key by mistake, and so may what follows a semicolon. */
function nameOf(key: string): string {
  return key.length > 128 ? `(a key of ${key.length} characters)` : maskProviderSecret(key);
}

/** Names from the caller, limited in number and length. */
function named(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map((name) => {
    const key = maskProviderSecret(name);
    return key.length > 64 ? `${key.slice(0, 64)}…` : key;
  });
  return [...shown, ...(keys.length > 5 ? [`${keys.length - 5} more`] : [])].join(", ");
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
