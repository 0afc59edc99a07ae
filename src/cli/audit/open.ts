/** The command `audit --open`: lists what has no end, with every identity of a deletion that was cut off. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { countIdentities } from "../../plans/wording.ts";
import { isolate } from "../../util/visible-text.ts";
import { type Call, type Entry, outcomeOf, readAudit, shortTime, targetOf } from "./audit.ts";
import { linesIn } from "./id-lines.ts";

type Intent = Entry & { readonly record: "intent" };

interface Batch {
  readonly call: Call;
  readonly entry: Intent;
  readonly steps: Call[];
}

/** Returns the exit code: 1 if something has no end, 0 if not. Raises UserError. */
export async function showOpen(path: string, say: (line: string) => void): Promise<number> {
  const { calls } = await readAudit(path);
  const batches = new Map<string, Batch>();
  for (const call of calls)
    if (call.entry.record === "intent" && call.entry.batch)
      batches.set(call.entry.call, { call, entry: call.entry, steps: [] });
  const single: Call[] = [];
  for (const call of calls) {
    if (call.entry.record === "intent" && call.entry.batch) continue;
    const of = call.entry.record === "intent" ? batches.get(call.entry.step?.of ?? "") : undefined;
    if (of) of.steps.push(call);
    else if (outcomeOf(call) === "unknown") single.push(call);
  }
  const open = [...batches.values()].filter(
    ({ call, steps }) => call.ending === undefined || steps.some((step) => outcomeOf(step) === "unknown"),
  );
  if (single.length + open.length === 0) {
    say("Every recorded call has an end.");
    return 0;
  }
  say("Without a known end: the answer was lost, the server was stopped, or the call is still running.");
  for (const call of single) say(`  ${headOf(call)}`);
  for (const batch of open) {
    say(`  ${headOf(batch.call)}`);
    for (const line of batch.entry.batch?.file === undefined ? poolsOf(batch) : await identitiesOf(path, batch))
      say(`    ${line}`);
  }
  return 1;
}

function headOf({ entry }: Call): string {
  return `${shortTime(entry.time)}  ${isolate(entry.call)}  ${isolate(entry.tool)}  ${targetOf(entry)}`;
}

/** The pools of a batch by what is known of their change. */
function poolsOf({ entry, steps }: Batch): string[] {
  const count = entry.batch?.count ?? 0;
  const named = (outcome: string) =>
    steps.filter((step) => outcomeOf(step) === outcome).map((step) => targetOf(step.entry));
  const tried = new Set(steps.map((step) => targetOf(step.entry))).size;
  const line = (what: string, pools: readonly string[]) => (pools.length > 0 ? [`${what}: ${pools.join(", ")}`] : []);
  return [
    ...line("changed", named("done")),
    ...line("not known", named("unknown")),
    ...line("not changed", [...named("failed"), ...named("refused")]),
    `not touched: ${count - tried}`,
  ];
}

/** The identities of a batch by what is known of them. Those that are not known are listed. */
async function identitiesOf(path: string, { entry, steps }: Batch): Promise<string[]> {
  const { count = 0, digest, file = "" } = entry.batch ?? {};
  const listed = join(dirname(path), basename(file));
  const text = await readFile(listed, "utf8").catch(() => undefined);
  const ids = text?.split("\n") ?? [];
  const lines = (outcome: string) =>
    steps.flatMap((step) =>
      step.entry.record === "intent" && outcomeOf(step) === outcome ? linesIn(step.entry.step?.lines) : [],
    );
  const unprocessed = new Set(steps.flatMap(({ ending }) => linesIn(ending?.unprocessed)));
  const deleted = lines("done").filter((line) => !unprocessed.has(line));
  const unknown = lines("unknown");
  const isIntact = text !== undefined && createHash("sha256").update(text).digest("hex") === digest;
  const touched = new Set([...deleted, ...unprocessed, ...unknown]).size;
  return [
    `${countIdentities(count)}, one on a line of ${isolate(listed)}`,
    ...(isIntact ? [] : ["This file is missing, or is not the list that was approved."]),
    `deleted: ${deleted.length}${inLines(deleted)}`,
    ...(unprocessed.size > 0 ? [`not deleted by AWS: ${unprocessed.size}${inLines([...unprocessed])}`] : []),
    `not known: ${unknown.length}${inLines(unknown)}`,
    ...(isIntact ? unknown.map((line) => `  ${isolate(ids[line - 1] ?? "")}`) : []),
    `not touched: ${count - touched}`,
  ];
}

/** ` (lines 1-60, 62)`. */
function inLines(lines: readonly number[]): string {
  if (lines.length === 0) return "";
  const ranges: [first: number, last: number][] = [];
  for (const line of [...lines].sort((one, other) => one - other)) {
    const last = ranges.at(-1);
    if (last && last[1] >= line - 1) last[1] = line;
    else ranges.push([line, line]);
  }
  return ` (lines ${ranges.map(([first, last]) => (first === last ? first : `${first}-${last}`)).join(", ")})`;
}
