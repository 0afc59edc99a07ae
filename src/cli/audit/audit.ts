/** The command `audit`: lists the recorded calls with who approved them, and the calls with an unknown outcome. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MAX_ROTATED_FILES } from "../../audit/file.ts";
import { targetIn } from "../../audit/target.ts";
import type { AuditRecord } from "../../audit/types.ts";
import { NO_APPROVAL } from "../../guards/policy.ts";
import { type Fields, isRecord } from "../../util/json.ts";
import { UserError } from "../../util/user-error.ts";
import { isolate, isolateQuoted, quote, quoteUnlessIds } from "../../util/visible-text.ts";

export type Entry = AuditRecord & { readonly record: "intent" | "refused" | "question" };

type Screened = AuditRecord & { readonly record: "screened" };

export type Decision = AuditRecord & { readonly record: "decision" };
type Rejected = AuditRecord & { readonly record: "rejected" };

export interface Call {
  readonly entry: Entry;
  readonly ending: (AuditRecord & { readonly record: "outcome" }) | undefined;
}

/** Shows the calls of an audit file and of its rotated files, oldest first. Raises UserError. */
export async function showAudit(path: string, say: (line: string) => void): Promise<void> {
  const { calls, decisions, screened, rejected, unreadable } = await readAudit(path);
  if (calls.length === 0) say("The audit file contains no calls.");
  else say(heading());
  for (const call of calls) if (!isPlainStep(call)) say(lineOf(call));
  const unknown = calls.filter((call) => outcomeOf(call) === "unknown");
  if (unknown.length > 0) {
    say("");
    const counted = unknown.length === 1 ? "1 call has" : `${unknown.length} calls have`;
    say(`${counted} an unknown outcome: the answer was lost, the server was stopped, or the call is still running.`);
    say("Check the present state of each target. Then make the call again if necessary:");
    for (const { entry } of unknown) say(`  ${isolate(entry.call)}  ${isolate(entry.tool)}  ${targetOf(entry)}`);
  }
  if (decisions.length > 0) {
    say("");
    say("Decisions on plans that waited:");
    for (const decision of decisions) say(`  ${shortTime(decision.time)}  ${decisionOf(decision)}`);
  }
  for (const { time, closed } of screened)
    say(
      `${shortTime(time)}  A request or its answer contained characters of a secret.${closed ? " The server stopped answering." : ""}`,
    );
  for (const { time, reason, count } of rejected)
    say(`${shortTime(time)}  Rejected connections to the channel: ${count} (${isolate(reason)}).`);
  if (unreadable > 0) {
    say("");
    const lines = unreadable === 1 ? "1 line" : `${unreadable} lines`;
    say(
      `${lines} cannot be read. A line is incomplete if the server was stopped while it wrote, or if the disk was full.`,
    );
  }
}

/** A request of a batch of identities whose end is known: the batch has a line for all of them. */
function isPlainStep(call: Call): boolean {
  return call.entry.record === "intent" && call.entry.step?.lines !== undefined && outcomeOf(call) === "done";
}

export function outcomeOf({ entry, ending }: Call): string {
  return entry.record === "intent" ? (ending?.outcome ?? "unknown") : entry.record;
}

function decisionOf(decision: Decision): string {
  if (decision.decision === "none") return `none: ${isolate(decision.reason)}`;
  return `${decision.decision} by ${isolate(decision.by)}: ${subjectOf(decision)}`;
}

/** What was decided on. */
export function subjectOf({ target, action, tool }: Exclude<Decision, { readonly decision: "none" }>): string {
  const name = target.name === undefined ? "" : ` ${isolate(quote(target.name))}`;
  return `${isolateQuoted(action)} ${isolate(quoteUnlessIds(target.id))}${name} (${isolate(tool)})`;
}

const TOOL_WIDTH = 40;
const OUTCOME_WIDTH = 8;
const APPROVER_WIDTH = 23;

function heading(): string {
  const columns = ["TIME".padEnd(20), "TOOL".padEnd(TOOL_WIDTH), "OUTCOME".padEnd(OUTCOME_WIDTH)];
  return [...columns, "APPROVAL".padEnd(APPROVER_WIDTH), "TARGET", "REASON"].join("  ");
}

function lineOf(call: Call): string {
  const { entry, ending } = call;
  const time = shortTime(entry.time);
  const by = entry.record === "intent" ? (entry.approved?.by ?? NO_APPROVAL) : "";
  const counts = Object.entries(ending?.counts ?? {}).map(([end, count]) => `${end}: ${count}`);
  const why = entry.record === "intent" ? (ending?.code ?? counts.join(", ")) : entry.reason;
  const columns = [
    time,
    entry.tool.padEnd(TOOL_WIDTH),
    outcomeOf(call).padEnd(OUTCOME_WIDTH),
    by.padEnd(APPROVER_WIDTH),
  ].map(isolate);
  return [...columns, targetOf(entry), isolate(why)].join("  ").trimEnd();
}

/** The time as in `2026-03-01 12:00:00Z`. */
export function shortTime(time: string): string {
  return time.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

/** The target as a person reads it: ids as they are, names in quotes. Without one, the region, or - if that is not recorded. */
export function targetOf(entry: Entry): string {
  const recorded =
    entry.record === "intent" ? (entry.approved?.target ?? targetIn(entry.arguments as Fields)) : entry.target;
  const { id, name } = recorded ?? {};
  const place = entry.record === "intent" ? `in ${isolate(entry.region)}` : undefined;
  const shown = id === undefined ? place : isolate(quoteUnlessIds(id));
  const parts = [shown, name === undefined ? undefined : isolate(quote(name))];
  return parts.filter((part) => part !== undefined).join(" ") || "-";
}

interface AuditContents {
  readonly calls: Call[];
  readonly decisions: Decision[];
  readonly screened: Screened[];
  readonly rejected: Rejected[];
  /** The number of lines that are not records. */
  readonly unreadable: number;
}

/** Reads an audit file and its rotated files. Raises UserError. */
export async function readAudit(path: string): Promise<AuditContents> {
  const entries = new Map<string, Entry>();
  const endings = new Map<string, AuditRecord & { readonly record: "outcome" }>();
  const decisions: Decision[] = [];
  const screened: Screened[] = [];
  const rejected: Rejected[] = [];
  let unreadable = 0;
  let recordCount = 0;
  let lastUnreadable = "";
  const files = [...Array.from({ length: MAX_ROTATED_FILES }, (_, age) => `${path}.${MAX_ROTATED_FILES - age}`), path];
  for (const file of files) {
    for await (const line of linesOf(file, file === path)) {
      const record = parse(line);
      if (record) recordCount += 1;
      else lastUnreadable = line;
      if (!record) unreadable += 1;
      else if (record.record === "outcome") endings.set(record.call, record);
      else if (record.record === "screened") screened.push(record);
      else if (record.record === "decision") decisions.push(record);
      else if (record.record === "rejected") rejected.push(record);
      else entries.set(record.call, record);
    }
  }
  // The only line of a file can be a record that is not complete.
  const isTorn = unreadable === 1 && lastUnreadable.startsWith('{"time":');
  if (recordCount === 0 && unreadable > 0 && !isTorn)
    throw new UserError(
      "audit-file",
      `${path} is not an audit file: ${unreadable === 1 ? "its only line is not" : `none of its ${unreadable} lines is`} a record.`,
      "Pass the file of --audit.",
    );
  return {
    calls: [...entries.values()].map((entry) => ({ entry, ending: endings.get(entry.call) })),
    decisions,
    screened,
    rejected,
    unreadable,
  };
}

async function* linesOf(file: string, needed: boolean): AsyncGenerator<string> {
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
      if (line !== "") yield line;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || needed)
      throw new UserError("audit-file", `${file} cannot be read (${code}).`, "Check the path and the permissions.");
  }
}

const isText = (value: unknown) => typeof value === "string";
const isAbsentOr = (is: (value: unknown) => boolean, value: unknown) => value === undefined || is(value);
/** Where `id` is undefined, the target has only a name. */
const isTarget = (value: unknown) =>
  isRecord(value) && isAbsentOr(isText, value["id"]) && isAbsentOr(isText, value["name"]);
const isNamedTarget = (value: unknown) => isTarget(value) && isText((value as Fields)["id"]);
const isUnsent = ({ tool, reason, target }: Fields) => [tool, reason].every(isText) && isAbsentOr(isTarget, target);
const isApproval = (value: unknown) => isRecord(value) && isText(value["by"]) && isNamedTarget(value["target"]);
const isNumber = (value: unknown) => typeof value === "number";
const isBatch = (value: unknown) =>
  isRecord(value) &&
  isNumber(value["count"]) &&
  [value["digest"], value["file"]].every((text) => isAbsentOr(isText, text));
const isStep = (value: unknown) => isRecord(value) && isText(value["of"]) && isAbsentOr(isText, value["lines"]);

/** Whether the members that are shown have the types that this program writes. */
const forms: Readonly<Record<AuditRecord["record"], (record: Fields) => boolean>> = {
  intent: ({ tool, region, arguments: given, approved, batch, step }) =>
    [tool, region].every(isText) &&
    isRecord(given) &&
    isAbsentOr(isApproval, approved) &&
    isAbsentOr(isBatch, batch) &&
    isAbsentOr(isStep, step),
  outcome: ({ outcome, code, unprocessed, counts }) =>
    isText(outcome) &&
    [code, unprocessed].every((text) => isAbsentOr(isText, text)) &&
    isAbsentOr((value) => isRecord(value) && Object.values(value).every(isNumber), counts),
  refused: isUnsent,
  question: isUnsent,
  screened: ({ closed }) => typeof closed === "boolean",
  decision: ({ decision, reason, tool, action, by, plan, target }) =>
    decision === "none"
      ? isText(reason)
      : [decision, tool, action, by].every(isText) && isAbsentOr(isText, plan) && isNamedTarget(target),
  rejected: ({ reason, count }) => isText(reason) && typeof count === "number",
};

function isAuditRecord(value: unknown): value is AuditRecord {
  if (!isRecord(value) || !isText(value["time"]) || !isText(value["call"])) return false;
  const kind = String(value["record"]);
  return Object.hasOwn(forms, kind) && forms[kind as AuditRecord["record"]](value);
}

/** The record in a line, or undefined if this program did not write the line. */
function parse(line: string): AuditRecord | undefined {
  try {
    const record: unknown = JSON.parse(line);
    return isAuditRecord(record) ? record : undefined;
  } catch {
    // An incomplete line, which the caller counts.
    return undefined;
  }
}
