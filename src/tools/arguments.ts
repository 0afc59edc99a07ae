import type { z } from "zod";
import { mapSensitive } from "./sensitive.ts";
import type { Tool } from "./tool.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The secrets in the arguments of a call, valid or not. */
export function secretsOf(tool: Tool, given: unknown): string[] {
  const secrets: string[] = [];
  mapSensitive(tool.input, given, (secret) => secrets.push(secret));
  return secrets;
}

/** The arguments as the tool's schema reads them, or what is wrong with them: never their values, which may be secret. */
export function readArguments(tool: Tool, given: unknown): { input: Fields } | { problems: string[] } {
  const unsafe = findProto(given);
  if (unsafe !== undefined) return { problems: [`${unsafe}: the key "__proto__" cannot be used.`] };
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

function describe(issue: z.core.$ZodIssue, tool: Tool): string {
  const path = issue.path.map(String).join(".");
  const at = path === "" ? "" : `${path}: `;
  switch (issue.code) {
    case "unrecognized_keys":
      return path === ""
        ? `${issue.keys.join(", ")}: not a member of ${tool.name}. It takes ${Object.keys(tool.input.shape).join(", ")}.`
        : `${at}${issue.keys.join(", ")} is not a member of it.`;
    case "invalid_type":
      return issue.message.endsWith("received undefined") ? `${path} is required.` : `${at}${issue.message}.`;
    case "invalid_key":
      return `${at}${issue.issues.map(({ message }) => message).join("; ")}.`;
    default:
      return `${at}${issue.message}.`;
  }
}

/** Where a key `__proto__` is, which zod would drop without a word. */
function findProto(value: unknown, path = "arguments"): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Object.hasOwn(value, "__proto__")) return path;
  for (const [key, entry] of Object.entries(value)) {
    const found = findProto(entry, `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
}
