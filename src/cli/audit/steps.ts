/** Checks the records of batches for `audit --verify`: each step must be one that the approval of its batch covers. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { canonicalJson, type Fields } from "../../util/json.ts";
import { isolate } from "../../util/visible-text.ts";
import { type Call, type Entry, outcomeOf } from "./audit.ts";
import { linesIn } from "./id-lines.ts";

type Intent = Entry & { readonly record: "intent" };

interface Step {
  readonly call: Call;
  readonly entry: Intent;
}

interface Batch {
  readonly call: Call;
  readonly entry: Intent;
  readonly steps: Step[];
}

export interface CheckedSteps {
  /** What is wrong, in sentences. */
  readonly problems: readonly string[];
  /** What could not be checked, in sentences. */
  readonly notes: readonly string[];
  /** The calls that are steps of a batch in the file, and have its approval. */
  readonly steps: ReadonlySet<Call>;
}

/**
 * Checks the batches for which `isSigned` holds of the approver of the batch or of one of its steps. Lists of ids are looked for beside
 * the file at `path`.
 */
export async function checkSteps(
  path: string,
  calls: readonly Call[],
  isSigned: (by: string) => boolean,
): Promise<CheckedSteps> {
  const batches = new Map<string, Batch>();
  for (const call of calls)
    if (call.entry.record === "intent" && call.entry.batch)
      batches.set(call.entry.call, { call, entry: call.entry, steps: [] });
  const steps = new Set<Call>();
  for (const call of calls) {
    const { entry } = call;
    const batch = entry.record === "intent" && entry.step && batches.get(entry.step.of);
    if (!batch || batch.call === call) continue;
    batch.steps.push({ call, entry });
    steps.add(call);
  }
  const problems: string[] = [];
  const notes: string[] = [];
  for (const batch of batches.values()) {
    if (![batch, ...batch.steps].some(({ entry }) => isSigned(entry.approved?.by ?? ""))) continue;
    problems.push(...problemsOf(batch));
    const list = await problemOfList(path, batch.entry);
    if (list !== undefined) (list.isMissing ? notes : problems).push(list.text);
  }
  return { problems, notes, steps };
}

function problemsOf({ call, entry, steps }: Batch): string[] {
  const name = isolate(entry.call);
  const isList = entry.batch?.digest !== undefined;
  const scopeOf = isList ? linesOfStep : poolOfStep;
  const problems = steps.flatMap((step) => {
    const why = whyOther(step.entry, entry) ?? (scopeOf(step, entry) ? undefined : "is not what was approved");
    return why === undefined ? [] : [`The step ${isolate(step.entry.call)} of the call ${name} ${why}.`];
  });
  if (problems.length > 0) return problems;
  const carriedOut = steps.filter((step) => ["done", "unknown"].includes(outcomeOf(step.call)));
  const covered = carriedOut.flatMap((step) => scopeOf(step, entry) ?? []);
  if (new Set(covered).size < covered.length) return [`Two steps of the call ${name} are for the same.`];
  const counted = call.ending?.counts?.[isList ? "deleted" : "done"] ?? 0;
  const isWhole = call.ending?.counts !== undefined && steps.every((step) => step.call.ending !== undefined);
  const done = steps.filter((step) => outcomeOf(step.call) === "done");
  const items = done.flatMap((step) => scopeOf(step, entry) ?? []).length - done.flatMap(unprocessedOf).length;
  if (isWhole && items !== counted)
    return [`The call ${name} counts ${counted} that were changed, and its steps in the file are for ${items}.`];
  return [];
}

/** What a step has in common with its batch, and does not. */
function whyOther({ tool, effect, region, approved, batch }: Intent, whole: Intent): string | undefined {
  // The plan of one pool says the same of one.
  const action = String(whole.approved?.action).replace(/\d+ identity pools?$/, "identity pool");
  const isSame =
    batch === undefined && tool === whole.tool && effect === whole.effect && approved?.by === whole.approved?.by;
  if (!isSame || approved?.action !== action) return "names another tool, action or approver than the batch";
  if (region !== whole.region || approved?.account !== whole.approved?.account)
    return "names another account or region than the batch";
  return undefined;
}

/** The pool of a step, which is one of the batch and is changed as its plan says; undefined if it is not. */
function poolOfStep({ entry }: Step, { approved: whole, arguments: asked }: Intent): readonly string[] | undefined {
  const { approved, arguments: given, step } = entry;
  const { IdentityPoolIds: _, ...common } = asked as Fields;
  const { IdentityPoolId, ResourceArn, ...own } = given as Fields;
  const id = String(approved?.target.id).split("/").at(-1) ?? "";
  const named = [IdentityPoolId, ResourceArn].filter((one) => one !== undefined).map((one) => String(one));
  const prefix = `${id} `;
  const changes = changesOf(whole).flatMap(({ path, ...change }) =>
    path.startsWith(prefix) ? { ...change, path: path.slice(prefix.length) } : [],
  );
  const isApproved =
    step?.lines === undefined &&
    String(whole?.target.id).split(", ").includes(id) &&
    named.length > 0 &&
    named.every((one) => one === id || one === approved?.target.id) &&
    canonicalJson(own) === canonicalJson(common) &&
    canonicalJson(changesOf(approved)) === canonicalJson(changes);
  return isApproved ? [id] : undefined;
}

/** The lines of a step in the list of its batch; undefined if they are not in it, or the step is for another pool. */
function linesOfStep({ call, entry }: Step, { approved: whole, batch }: Intent): readonly string[] | undefined {
  const { approved, arguments: given, step } = entry;
  const lines = wholeLines(step?.lines);
  const unprocessed = call.ending?.unprocessed === undefined ? [] : wholeLines(call.ending.unprocessed);
  const isApproved =
    lines !== undefined &&
    unprocessed !== undefined &&
    lines.every((line) => line <= (batch?.count ?? 0)) &&
    unprocessed.every((line) => lines.includes(line)) &&
    approved?.target.id === whole?.target.id &&
    canonicalJson(changesOf(approved)) === canonicalJson(changesOf(whole)) &&
    canonicalJson(given) === canonicalJson({});
  return isApproved ? lines.map(String) : undefined;
}

/** Lines, each once; undefined for a text of which a part names none. */
function wholeLines(text: string | undefined): readonly number[] | undefined {
  if (text === undefined || text.split(",").some((part) => linesIn(part).length === 0)) return undefined;
  const lines = linesIn(text);
  return new Set(lines).size === lines.length ? lines : undefined;
}

function unprocessedOf({ call: { ending } }: Step): readonly number[] {
  return linesIn(ending?.unprocessed);
}

type Changes = NonNullable<Intent["approved"]>["changes"];

/** The changes as far as they have the form that this program writes. */
function changesOf(approved: Intent["approved"]): Changes {
  const changes: unknown = approved?.changes;
  return Array.isArray(changes)
    ? (changes as Changes).filter((change) => typeof (change as Partial<Changes[number]> | null)?.path === "string")
    : [];
}

/** What is wrong with the list of ids of a batch, if it has one. */
async function problemOfList(
  path: string,
  { call, batch }: Intent,
): Promise<{ readonly isMissing: boolean; readonly text: string } | undefined> {
  if (batch?.file === undefined) return undefined;
  const file = join(dirname(path), basename(batch.file));
  const text = await readFile(file, "utf8").catch(() => undefined);
  const about = `The list of ids of the call ${isolate(call)}, ${isolate(file)},`;
  if (text === undefined) return { isMissing: true, text: `${about} cannot be read, so it was not checked.` };
  if (createHash("sha256").update(text).digest("hex") === batch.digest) return undefined;
  return { isMissing: false, text: `${about} is not the list that was approved.` };
}
