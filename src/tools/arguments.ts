import type { z } from "zod";
import { maskProviderSecret } from "../plans/provider-secrets.ts";
import type { Fields } from "../util/json.ts";
import { mapSensitive } from "./sensitive.ts";
import type { Tool } from "./tool.ts";

/** The secrets in the arguments of a call, valid or not, which no text may show. Secrets of login providers are masked by their place instead. */
export function secretsOf(tool: Pick<Tool, "input">, given: unknown): string[] {
  const secrets: string[] = [];
  mapSensitive(tool.input, given, (secret, shown) => shown === "before semicolon" || secrets.push(secret));
  return secrets;
}

/** Part of a tool that tells how to read its arguments. */
type Readable = Pick<Tool, "name" | "input">;

/** The arguments as the tool's schema reads them, or what is wrong with them: never their values, which may be secret. */
export function readArguments(tool: Readable, given: unknown): { input: Fields } | { problems: string[] } {
  const unusable = findUnusable(given);
  if (unusable !== undefined) return { problems: [unusable] };
  const parsed = tool.input.safeParse(given ?? {});
  if (parsed.success) return { input: parsed.data };
  return { problems: parsed.error.issues.map((issue) => describe(issue, tool)) };
}

/** The members of the input that go to AWS, without our controls. */
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
        ? `${named(issue.keys)}: not a member of ${tool.name}. It takes ${Object.keys(tool.input.shape).join(", ")}.`
        : `${at}${named(issue.keys)} is not a member of it${own(issue.message)}.`;
    case "invalid_type":
      return issue.message.endsWith("received undefined") ? `${path} is required.` : `${at}${issue.message}.`;
    case "invalid_key":
      return `${at}${issue.issues.map(({ message }) => message).join("; ")}.`;
    default:
      return `${at}${issue.message}.`;
  }
}

/** What a schema says itself of a key that it does not know. */
function own(message: string): string {
  return message.startsWith("Unrecognized") ? "" : `; ${message}`;
}

/** A key of a map, as long as keys are: a longer one may be the secret that should be under it, and so may what follows a semicolon. */
function nameOf(key: string): string {
  return key.length > 128 ? `(a key of ${key.length} characters)` : maskProviderSecret(key);
}

/** Names that came in from outside, few enough and short enough to be read. */
function named(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map((name) => {
    const key = maskProviderSecret(name);
    return key.length > 64 ? `${key.slice(0, 64)}…` : key;
  });
  return [...shown, ...(keys.length > 5 ? [`${keys.length - 5} more`] : [])].join(", ");
}

/** Levels of objects and lists in arguments; the deepest member of AWS is six down. */
const MAX_DEPTH = 32;

/** What no schema would refuse: a key `__proto__`, which zod drops without a word, and nesting without end. */
function findUnusable(value: unknown, path = "arguments", depth = 0): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === MAX_DEPTH) return `The arguments are nested more than ${MAX_DEPTH} levels deep.`;
  if (Object.hasOwn(value, "__proto__")) return `${path}: the key "__proto__" cannot be used.`;
  for (const [key, entry] of Object.entries(value)) {
    const found = findUnusable(entry, `${path}.${nameOf(key)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
