/** Writes to stderr, and holds the redactor for everything that this process writes. */
import { createRedactor } from "../guards/redaction/redactor.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { systemCode } from "../util/system-error.ts";
import { isUserError, type UserError } from "../util/user-error.ts";
import { isolateWords } from "../util/visible-text.ts";

let publicVocabulary = "";

export const redactor = createRedactor(() => publicVocabulary);

/** Sets the words of this program that are never redacted. */
export function setPublicVocabulary(words: string): void {
  publicVocabulary = words;
}

/** The value without secrets and with invisible characters escaped, safe to show or store. */
export function sanitize<Value>(value: Value): Value {
  return redactor.redactDeep(escapeInvisibleDeep(value) as Value);
}

/** Writes a line for people to stderr, redacted. */
export function log(line: string): void {
  // Protection "stderr is redacted": without it, `redactor.redactDeep(line)` reads `line`.
  process.stderr.write(`cognito-identity-mcp: ${isolateWords(redactor.redactDeep(line))}\n`);
}

/** Reports an unhandled error. For a defect, writes only its name and stack: the message could contain a secret. */
export function reportFault(error: unknown): void {
  if (isUserError(error)) {
    log(error.message);
    return;
  }
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  log(`internal error, please report it: ${name}\n${frames.join("\n")}`);
}

/** Writes to stderr what kept a command from a part of its work. */
export function reportProblems(problems: readonly UserError[]): void {
  for (const { message } of problems) log(message);
}

/** Describes an error: the message of a UserError, or the code of a system error. */
export function describeError(error: unknown): string {
  return isUserError(error) ? error.message : (systemCode(error) ?? "unknown reason");
}
