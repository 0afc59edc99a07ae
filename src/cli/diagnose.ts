/** The command `diagnose`: the report diagnose-identity-pool, as a person reads it. */
import { dispatch } from "../call/dispatch.ts";
import { createSession } from "../call/session.ts";
import type { Services } from "../call/types.ts";
import { type Fields, isRecord } from "../util/json.ts";
import { isolateQuoted } from "../util/visible-text.ts";
import { shown } from "./call.ts";
import { type Screen, styled } from "./terminal/plan-display.ts";
import { widthOf, wrap } from "./terminal/wrap.ts";

interface Options {
  /** The arguments of the tool. */
  readonly input: Fields;
  readonly json: boolean;
  readonly services: Services;
  readonly screen: Screen & NodeJS.WritableStream;
}

const TOOL = "diagnose-identity-pool";

/** The width of lines where the screen is no terminal. */
const COLUMNS = 100;

/** Writes the report. Returns the exit code: 0 if there is one, 1 if the call was refused or failed. */
export async function diagnose({ input, json, services, screen }: Options): Promise<number> {
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const outcome = await dispatch({ tool: TOOL, arguments: input, signal: stop.signal }, services, createSession());
  const answer = shown(outcome, services);
  const content = isRecord(answer) ? answer : {};
  const lines = json
    ? [JSON.stringify(answer)]
    : outcome.kind === "success"
      ? report(content, screen)
      : [...failure(content, screen)];
  // What stands in quotes can be anybody's text, and is kept from reordering the rest.
  screen.write(`${lines.map((line) => (screen.isTTY ? isolateQuoted(line) : line)).join("\n")}\n`);
  return outcome.kind === "success" ? 0 : 1;
}

function failure({ refused, failed, next, code }: Fields, screen: Screen): string[] {
  return [
    ...paragraph(String(refused ?? failed), screen),
    ...paragraph(String(next), screen),
    ...(code === undefined ? [] : [`Code: ${code}`]),
  ];
}

function report({ summary, causes, ruledOut, notRead, next }: Fields, screen: Screen): string[] {
  return [
    ...paragraph(styled("bold", String(summary), screen), screen),
    ...list(causes).flatMap((cause) => ["", ...causeLines(cause, screen)]),
    ...section("Ruled out:", list(ruledOut).map(String)),
    ...section("Not read:", list(notRead).filter(isRecord).map(notReadLine)),
    "",
    ...paragraph(`Next: ${next}`, screen),
  ];
}

function causeLines(cause: unknown, screen: Screen): string[] {
  if (!isRecord(cause)) return [];
  const { branch, certainty, cause: sentence, evidence, fix, tell } = cause;
  return [
    styled("bold", `${branch} (${certainty})`, screen),
    ...paragraph(String(sentence), screen, "  "),
    ...(isRecord(evidence)
      ? Object.entries(evidence).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`)
      : []),
    ...(typeof tell === "string" ? paragraph(`To tell it from others: ${tell}`, screen, "  ") : []),
    ...list(fix)
      .filter(isRecord)
      .flatMap((one) => fixLines(one, screen)),
  ];
}

function fixLines({ tool, arguments: given, iam, role, place, statement, advice }: Fields, screen: Screen): string[] {
  if (typeof tool === "string") return [`  Fix: call ${tool} ${JSON.stringify(given)}`];
  if (typeof iam !== "string") return paragraph(`Fix: ${advice}`, screen, "  ");
  return [
    `  Fix: ${iam}${role === undefined ? "" : ` on ${JSON.stringify(role)}`}`,
    ...paragraph(String(place), screen, "    "),
    ...(statement === undefined
      ? []
      : JSON.stringify(statement, null, 2)
          .split("\n")
          .map((line) => `    ${line}`)),
  ];
}

function notReadLine({ what, id, permission, reason }: Fields): string {
  return `${what}${id === undefined ? "" : ` ${JSON.stringify(id)}`}: needs ${permission} (${reason})`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}

function paragraph(text: string, screen: Screen, indent = ""): string[] {
  const width = Math.min(COLUMNS, widthOf(screen)) - indent.length;
  return wrap(text, width).map((line) => `${indent}${line}`);
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
