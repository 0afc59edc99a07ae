/** The command `audit`: what was done, at whose word, and what nobody knows the outcome of. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { MAX_ROTATED_FILES } from "../audit/file.ts";
import type { AuditRecord } from "../audit/types.ts";
import { UserError } from "../util/user-error.ts";
import { isolate, quote, quoteUnlessIds } from "../util/visible-text.ts";

type Entry = AuditRecord & { readonly record: "intent" | "refused" };

interface Call {
  readonly entry: Entry;
  readonly ending: (AuditRecord & { readonly record: "outcome" }) | undefined;
}

/** Shows the calls of an audit file and of those put aside before it, the oldest first. Raises UserError. */
export async function showAudit(path: string, say: (line: string) => void): Promise<void> {
  const { calls, unreadable } = await readAll(path);
  if (calls.length === 0) say("No call is in the audit.");
  for (const call of calls) say(lineOf(call));
  const unknown = calls.filter((call) => outcomeOf(call) === "unknown");
  if (unknown.length > 0) {
    say("");
    say(
      `Of ${unknown.length} nobody knows the outcome: the answer was lost, the server was ended, or it is still under way.`,
    );
    say("Look at the present state of each, then call again if need be:");
    for (const { entry } of unknown) say(`  ${isolate(entry.call)}  ${isolate(entry.tool)}  ${targetOf(entry)}`);
  }
  if (unreadable > 0) {
    say("");
    const lines = unreadable === 1 ? "1 line" : `${unreadable} lines`;
    say(`${lines} cannot be read: a server that was ended while it wrote leaves one, and so does a full disk.`);
  }
}

function outcomeOf({ entry, ending }: Call): string {
  return entry.record === "refused" ? "refused" : (ending?.outcome ?? "unknown");
}

function lineOf(call: Call): string {
  const { entry, ending } = call;
  const time = entry.time.replace("T", " ").replace(/\.\d+Z$/, "Z");
  const by = entry.record === "intent" ? (entry.approved?.by ?? "not gated") : "";
  const why = entry.record === "refused" ? entry.reason : (ending?.code ?? "");
  const columns = [time, entry.tool.padEnd(38), outcomeOf(call).padEnd(8), by.padEnd(21)].map(isolate);
  return [...columns, targetOf(entry), isolate(why)].join("  ").trimEnd();
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

async function readAll(path: string): Promise<{ calls: Call[]; unreadable: number }> {
  const entries = new Map<string, Entry>();
  const endings = new Map<string, AuditRecord & { readonly record: "outcome" }>();
  let unreadable = 0;
  const files = [...Array.from({ length: MAX_ROTATED_FILES }, (_, age) => `${path}.${MAX_ROTATED_FILES - age}`), path];
  for (const file of files) {
    for await (const line of linesOf(file, file === path)) {
      const record = parse(line);
      if (!record) unreadable += 1;
      else if (record.record === "outcome") endings.set(record.call, record);
      else entries.set(record.call, record);
    }
  }
  return { calls: [...entries.values()].map((entry) => ({ entry, ending: endings.get(entry.call) })), unreadable };
}

async function* linesOf(file: string, needed: boolean): AsyncGenerator<string> {
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity }))
      if (line !== "") yield line;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" || needed) throw new UserError("audit-file", `${file} cannot be read (${code}).`);
  }
}

/** What this program wrote, or undefined for anything else. */
function parse(line: string): AuditRecord | undefined {
  try {
    const record = JSON.parse(line) as AuditRecord;
    const whole = ["intent", "outcome", "refused"].includes(record.record) && typeof record.call === "string";
    return whole ? record : undefined;
  } catch {
    // A torn line, which the reader counts.
    return undefined;
  }
}
