/** The command `audit`: lists the recorded calls with who approved them, and the calls with an unknown outcome. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MAX_ROTATED_FILES } from "../audit/file.ts";
import { targetIn } from "../audit/target.ts";
import type { AuditRecord } from "../audit/types.ts";
import { NO_APPROVAL } from "../guards/policy.ts";
import type { Fields } from "../util/json.ts";
import { UserError } from "../util/user-error.ts";
import { isolate, isolateQuoted, quote, quoteUnlessIds } from "../util/visible-text.ts";

type Entry = AuditRecord & { readonly record: "intent" | "refused" };

type Screened = AuditRecord & { readonly record: "screened" };

type Decision = AuditRecord & { readonly record: "decision" };
type Rejected = AuditRecord & { readonly record: "rejected" };

interface Call {
  readonly entry: Entry;
  readonly ending: (AuditRecord & { readonly record: "outcome" }) | undefined;
}

/** Shows the calls of an audit file and of its rotated files, oldest first. Raises UserError. */
export async function showAudit(path: string, say: (line: string) => void): Promise<void> {
  const { calls, decisions, screened, rejected, unreadable, recordCount, torn } = await readAll(path);
  if (recordCount === 0 && unreadable > 0 && !torn)
    throw new UserError(
      "audit-file",
      `${path} is not an audit file: ${unreadable === 1 ? "its only line is not" : `none of its ${unreadable} lines is`} a record.`,
      "Pass the file of --audit.",
    );
  if (calls.length === 0) say("The audit file contains no calls.");
  else say(heading());
  for (const call of calls) say(lineOf(call));
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

function outcomeOf({ entry, ending }: Call): string {
  return entry.record === "refused" ? "refused" : (ending?.outcome ?? "unknown");
}

function decisionOf(decision: Decision): string {
  if (decision.decision === "none") return `none: ${isolate(decision.reason)}`;
  const { target, action, tool } = decision;
  const name = target.name === undefined ? "" : ` ${isolate(quote(target.name))}`;
  const what = `${isolateQuoted(action)} ${isolate(quoteUnlessIds(target.id))}${name}`;
  return `${decision.decision} by ${isolate(decision.by)}: ${what} (${isolate(tool)})`;
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
  const why = entry.record === "refused" ? entry.reason : (ending?.code ?? "");
  const columns = [
    time,
    entry.tool.padEnd(TOOL_WIDTH),
    outcomeOf(call).padEnd(OUTCOME_WIDTH),
    by.padEnd(APPROVER_WIDTH),
  ].map(isolate);
  return [...columns, targetOf(entry), isolate(why)].join("  ").trimEnd();
}

/** As in `2026-03-01 12:00:00Z`. */
function shortTime(time: string): string {
  return time.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

/** The target as a person reads it: ids as they are, names in quotes. Without one, the region, or - if that is not recorded. */
function targetOf(entry: Entry): string {
  const recorded =
    entry.record === "refused" ? entry.target : (entry.approved?.target ?? targetIn(entry.arguments as Fields));
  const { id, name } = recorded ?? {};
  const place = entry.record === "refused" ? undefined : `in ${isolate(entry.region)}`;
  const shown = id === undefined ? place : isolate(quoteUnlessIds(id));
  const parts = [shown, name === undefined ? undefined : isolate(quote(name))];
  return parts.filter((part) => part !== undefined).join(" ") || "-";
}

interface Contents {
  readonly calls: Call[];
  readonly decisions: Decision[];
  readonly screened: Screened[];
  readonly rejected: Rejected[];
  readonly unreadable: number;
  readonly recordCount: number;
  /** Whether the only line that cannot be read begins as a record does. */
  readonly torn: boolean;
}

async function readAll(path: string): Promise<Contents> {
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
  return {
    calls: [...entries.values()].map((entry) => ({ entry, ending: endings.get(entry.call) })),
    decisions,
    screened,
    rejected,
    unreadable,
    recordCount,
    torn: unreadable === 1 && lastUnreadable.startsWith('{"time":'),
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

/** The record in a line, or undefined if this program did not write the line. */
function parse(line: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(line) as AuditRecord;
    const whole =
      ["intent", "outcome", "refused", "screened", "decision", "rejected"].includes(record.record) &&
      typeof record.call === "string";
    return whole ? record : undefined;
  } catch {
    // An incomplete line, which the caller counts.
    return undefined;
  }
}
