/** What this process says to people, and the one redactor that all it writes goes through. */
import { createRedactor } from "../guards/redaction/redactor.ts";
import { visibleThroughout } from "../guards/redaction/untrusted-text.ts";
import { ChannelError } from "../operator/socket-server.ts";

let ours = "";

export const redactor = createRedactor(() => ours);

/** Takes this program's own words, which no secret can take out of what it says. */
export function knowWords(words: string): void {
  ours = words;
}

/** The value as it may be shown or kept: without secrets, and with every invisible character visible. */
export function clean<Value>(value: Value): Value {
  return redactor.throughout(visibleThroughout(value) as Value);
}

/** Everything for people goes to stderr, and through the redactor like all else. */
export function say(line: string): void {
  // Protection "stderr is redacted": without it, `redactor.text(line)` reads `line`.
  process.stderr.write(`cognito-identity-mcp: ${redactor.text(line)}\n`);
}

/** A fault of ours: where it happened, and nothing of what it happened to, which could hold a secret. */
export function reportFault(error: unknown): void {
  const { name, stack = "" } = error instanceof Error ? error : new Error();
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  say(`internal error, please report it: ${name}\n${frames.join("\n")}`);
}

/** An error in words: of ours as it is, of the system by its code. */
export function messageOf(error: unknown): string {
  if (error instanceof ChannelError) return error.message;
  // By name: the audit is loaded only when it is wanted.
  if (error instanceof Error && error.name === "AuditFileError") return error.message;
  return error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
}
