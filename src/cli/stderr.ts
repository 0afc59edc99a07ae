/** What this process writes to stderr, and the one redactor that everything it writes goes through. */
import { createRedactor } from "../guards/redaction/redactor.ts";
import { escapeInvisibleDeep } from "../guards/redaction/untrusted-text.ts";
import { systemCode } from "../util/system-error.ts";
import { isUserError } from "../util/user-error.ts";
import { isolateWords } from "../util/visible-text.ts";

let publicVocabulary = "";

export const redactor = createRedactor(() => publicVocabulary);

/** Sets the words of this program that redaction leaves whole. */
export function setPublicVocabulary(words: string): void {
  publicVocabulary = words;
}

/** The value as it may be shown or stored: without secrets, and with invisible characters escaped. */
export function sanitize<Value>(value: Value): Value {
  return redactor.redactDeep(escapeInvisibleDeep(value) as Value);
}

/** Writes a line for people to stderr, redacted. */
export function log(line: string): void {
  // Protection "stderr is redacted": without it, `redactor.redactText(line)` reads `line`.
  process.stderr.write(`cognito-identity-mcp: ${isolateWords(redactor.redactText(line))}\n`);
}

/** Reports an error that nobody handled: a defect by where it happened, since its message could contain a secret. */
export function reportFault(error: unknown): void {
  if (isUserError(error)) {
    log(error.message);
    return;
  }
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  log(`internal error, please report it: ${name}\n${frames.join("\n")}`);
}

/** An error in words: the message of a UserError, the code of a system error. */
export function describeError(error: unknown): string {
  return isUserError(error) ? error.message : (systemCode(error) ?? "unknown reason");
}
