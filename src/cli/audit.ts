/** The command `audit`: lists the recorded calls with who approved them, and the calls with an unknown outcome. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MAX_ROTATED_FILES } from "../audit/file.ts";
import type { AuditRecord } from "../audit/types.ts";
import { UserError } from "../util/user-error.ts";
import { isolate, quote, quoteUnlessIds } from "../util/visible-text.ts";

type Entry = AuditRecord & { readonly record: "intent" | "refused" };

type Screened = AuditRecord & { readonly record: "screened" };

interface Call {
  readonly entry: Entry;
  readonly ending: (AuditRecord & { readonly record: "outcome" }) | undefined;
}

/** Shows the calls of an audit file and of its rotated files, oldest first. Raises UserError. */
export async function showAudit(path: string, say: (line: string) => void): Promise<void> {
  const { calls, screened, unreadable } = await readAll(path);
  if (calls.length === 0) say("The audit file contains no calls.");
  for (const call of calls) say(lineOf(call));
  const unknown = calls.filter((call) => outcomeOf(call) === "unknown");
  if (unknown.length > 0) {
    say("");
    const counted = unknown.length === 1 ? "1 call has" : `${unknown.length} calls have`;
    say(`${counted} an unknown outcome: the answer was lost, the server was stopped, or the call is still running.`);
    say("Check the present state of each target. Then make the call again if necessary:");
    for (const { entry } of unknown) say(`  ${isolate(entry.call)}  ${isolate(entry.tool)}  ${targetOf(entry)}`);
  }
  for (const { time, closed } of screened)
    say(
      `${shortTime(time)}  A request or its answer contained characters of a secret.${closed ? " The server stopped answering." : ""}`,
    );
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

function lineOf(call: Call): string {
  const { entry, ending } = call;
  const time = shortTime(entry.time);
  const by = entry.record === "intent" ? (entry.approved?.by ?? "not gated") : "";
  const why = entry.record === "refused" ? entry.reason : (ending?.code ?? "");
  const columns = [time, entry.tool.padEnd(38), outcomeOf(call).padEnd(8), by.padEnd(21)].map(isolate);
  return [...columns, targetOf(entry), isolate(why)].join("  ").trimEnd();
}

/** As in `2026-03-01 12:00:00Z`. */
function shortTime(time: string): string {
  return time.replace("T", " ").replace(/\.\d+Z$/, "Z");
}

function targetOf(entry: Entry): string {
  if (entry.record === "refused") return "";
  const { name, id } = entry.approved?.target ?? idIn(entry.arguments);
  const shown = id === undefined ? `in ${isolate(entry.region)}` : isolate(quoteUnlessIds(id));
  return name === undefined ? shown : `${shown} ${isolate(quote(name))}`;
}

function idIn(input: object): { id?: string; name?: string } {
  const { IdentityPoolId, IdentityId, IdentityPoolName } = input as {
    IdentityPoolId?: string;
    IdentityId?: string;
    IdentityPoolName?: string;
  };
  const id = IdentityId ?? IdentityPoolId;
  return { ...(id !== undefined && { id }), ...(IdentityPoolName !== undefined && { name: IdentityPoolName }) };
}

async function readAll(path: string): Promise<{ calls: Call[]; screened: Screened[]; unreadable: number }> {
  const entries = new Map<string, Entry>();
  const endings = new Map<string, AuditRecord & { readonly record: "outcome" }>();
  const screened: Screened[] = [];
  let unreadable = 0;
  const files = [...Array.from({ length: MAX_ROTATED_FILES }, (_, age) => `${path}.${MAX_ROTATED_FILES - age}`), path];
  for (const file of files) {
    for await (const line of linesOf(file, file === path)) {
      const record = parse(line);
      if (!record) unreadable += 1;
      else if (record.record === "outcome") endings.set(record.call, record);
      else if (record.record === "screened") screened.push(record);
      else entries.set(record.call, record);
    }
  }
  return {
    calls: [...entries.values()].map((entry) => ({ entry, ending: endings.get(entry.call) })),
    screened,
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
      throw new UserError("audit-file", `${file} cannot be read (${code}). Check the path and the permissions.`);
  }
}

/** The record in a line, or undefined if this program did not write the line. */
function parse(line: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(line) as AuditRecord;
    const whole =
      ["intent", "outcome", "refused", "screened"].includes(record.record) && typeof record.call === "string";
    return whole ? record : undefined;
  } catch {
    // An incomplete line, which the caller counts.
    return undefined;
  }
}
