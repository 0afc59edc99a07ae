/** Deletes the identities of a pool that a selection matches: one plan that fixes the set, one approval, then page by page. */

import { LostAnswerError } from "../../aws/attempts.ts";
import type { Aws } from "../../aws/clients.ts";
import { isThrottled } from "../../aws/errors/explain.ts";
import { openSelection } from "../../guards/approval/clearance.ts";
import type { Approval } from "../../guards/approval/confirm.ts";
import { busyRefusal } from "../../guards/concurrency.ts";
import { denialForSelection } from "../../guards/policy.ts";
import { refuse } from "../../guards/refusal.ts";
import { type IdentitySelection, isSelected } from "../../plans/batches/identity-selection.ts";
import {
  EndlessListError,
  enabledIn,
  ForeignIdError,
  type PoolWalk,
  planSelection,
  type Selection,
  type SelectionPlan,
  TooManySelectedError,
  walkPool,
} from "../../plans/batches/selection.ts";
import type { Read } from "../../plans/command.ts";
import type { GatedTool } from "../../tools/tool.ts";
import type { Fields } from "../../util/json.ts";
import { recordBatch, recordBatchEnd, recordIntent } from "../audit-trail.ts";
import { callerOf, fixedCredentials } from "../jobs/approval.ts";
import { carryOutJob, type JobCall } from "../jobs/carry-out.ts";
import type { Job } from "../jobs/job.ts";
import { RefusalError } from "../refusal-error.ts";
import type { Approved, CallState, Ended, Outcome } from "../types.ts";
import { createPacer, pacedReader, pause } from "./rates.ts";
import { attemptStep, stepState, type Ways } from "./step.ts";
import { createTally, type Tally } from "./tally.ts";

/** Attempts at a page that AWS throttles, each with a new reading. */
const ATTEMPTS = 8;

/** The longest wait between them, in milliseconds. */
const MAX_PAUSE_MS = 20_000;

interface Context {
  readonly tool: GatedTool;
  readonly selection: Selection;
  readonly input: Fields;
  readonly region: string;
  readonly state: CallState;
  readonly ways: Ways;
}

/** Deletes what `where` matches. Raises the errors of reading. */
export async function deleteSelected(
  tool: GatedTool,
  { input, region, slot }: Omit<JobCall, "tool">,
  state: CallState,
  ways: Ways,
): Promise<Outcome> {
  const { IdentityPoolId, where } = input;
  const selection = { IdentityPoolId: String(IdentityPoolId), where: where as IdentitySelection };
  const context: Context = { tool, selection, input: { IdentityPoolId, where }, region, state, ways };
  const { lists } = state.services;
  return await carryOutJob<SelectionPlan>(
    { tool, input, region, slot },
    {
      target: selection.IdentityPoolId,
      items: "identities",
      keepsPlan: true,
      prepare: (job) => readSelection(job, context),
      sizeOf: ({ set }) => set.size,
      ...(lists && { details: ({ set }) => lists.detailsOf(set) }),
      run: (job, prepared, approval) => runSelection(job, prepared, approval, context),
    },
    state,
  );
}

/** A reader within the rates, which ends when the job is to stop. */
function readerOf({ reader }: Pick<Aws, "reader">, job: Job, region: string): Read {
  return pacedReader(reader(region, new AbortController().signal), createPacer(), job.stopping);
}

async function readSelection(job: Job, { selection, region, state }: Context): Promise<SelectionPlan> {
  const { services } = state;
  using slot = await services.concurrency.acquire(job.stopping);
  if (!slot) throw new RefusalError(busyRefusal);
  const read = readerOf(services.aws, job, region);
  const onCount = (done: number) => {
    job.report({ doing: "reading", done, total: undefined });
    job.stopping.throwIfAborted();
  };
  return await planSelection(selection, services.policy.maxDeletedIdentities.bySelection, { read, onCount }).catch(
    (error: unknown) => {
      throw error instanceof TooManySelectedError
        ? new RefusalError(denialForSelection(services.policy))
        : asRefusal(error);
    },
  );
}

/** Such a list is AWS's fault, or a proxy's, and none of this program. */
function asRefusal(error: unknown): unknown {
  if (error instanceof ForeignIdError) return new RefusalError(foreign);
  return error instanceof EndlessListError ? new RefusalError(endless) : error;
}

const foreign = refuse(
  "The list of the pool's identities has an id that is not REGION:UUID with the pool's region. AWS gives no such id. It was not read further.",
  "Check the endpoint, and any proxy before AWS. Tell the person.",
);

const endless = refuse(
  "The list of the pool's identities has no end: a page came again, or empty pages without an end. It was not read further.",
  "Try again later. If it stays so, delete identities by IdentityIdsToDelete.",
);

interface Running {
  readonly job: Job;
  readonly prepared: SelectionPlan;
  readonly batch: ReturnType<typeof openSelection>;
  readonly aws: Awaited<ReturnType<typeof fixedCredentials>>;
  readonly approved: Approved;
  /** The id of the batch in the audit. */
  readonly of: string | undefined;
  readonly tally: Tally;
}

/** Walks over the pool: another one finds what moved on the pages while it was deleted from, and what is gone. */
const MAX_WALKS = 5;

async function runSelection(job: Job, prepared: SelectionPlan, approval: Approval, context: Context): Promise<Ended> {
  const { tool, input, region, state } = context;
  const { plan, set } = prepared;
  const { services } = state;
  using slot = await services.concurrency.acquire(job.stopping);
  if (!slot) return busyRefusal;
  const aws = await fixedCredentials(tool, region, services.aws);
  const batch = openSelection(approval, tool, plan, set);
  const { account } = await callerOf(tool, region, aws);
  const approved = { plan, by: approval.by, account };
  const { size: count, digest } = set;
  const of = await recordBatch(state, input, region, approved, { count, digest }, set.ids());
  const tally = createTally(set);
  const running: Running = { job, prepared, batch, aws, approved, of, tally };
  // What was done so far must not be lost with an error. A stop is told in the answer.
  const failure = await walkPages(running, context).catch(async (error: unknown) =>
    job.stopping.aborted ? undefined : await context.ways.failed(stepState(state, job.stopping), asRefusal(error)),
  );
  const isWhole = failure === undefined && (job.stopped === undefined || tally.isOver());
  if (isWhole) tally.finish();
  await recordBatchEnd(state, of, { outcome: isWhole ? "done" : "failed", counts: tally.counts() });
  return tally.answer({ approved, region, failure, stopped: isWhole ? undefined : job.stopped });
}

/** Deletes page by page until every identity of the set was found. Gives the failure that ends the job. */
async function walkPages(running: Running, context: Context): Promise<Ended | undefined> {
  const { job, aws, tally, prepared } = running;
  const { selection, region } = context;
  const read = readerOf(aws, job, region);
  const enabled = await enabledIn(selection.IdentityPoolId, selection.where, { read, onCount: () => {} });
  for (let walks = 0; walks < MAX_WALKS && !tally.isOver(); walks += 1) {
    const before = tally.settled();
    const walk = walkPool(selection.IdentityPoolId, enabled, read);
    do {
      const failure = await deletePage(walk, running, context);
      if (failure || job.stopping.aborted) return failure;
      job.report({ doing: "changing", done: tally.settled(), total: prepared.set.size });
    } while (!tally.isOver() && walk.next());
    // A whole walk that found nothing of the set: the rest of it is gone.
    if (tally.settled() === before) return undefined;
  }
  return undefined;
}

/** Deletes what of a page is in the set and still as it was. Gives the failure that ends the job. */
async function deletePage(walk: PoolWalk, running: Running, context: Context): Promise<Ended | undefined> {
  const { job } = running;
  for (let attempt = 1; ; attempt += 1) {
    const { ended, isThrottled: throttled } = await tryPage(walk, running, context);
    if (ended === undefined || ended.kind === "success") return undefined;
    if (job.stopping.aborted) return ended.kind === "refusal" ? undefined : ended;
    if (!throttled || attempt === ATTEMPTS) return ended;
    await pause(Math.min(MAX_PAUSE_MS, 1_000 * 2 ** (attempt - 1)), job.stopping).catch(() => {});
    if (job.stopping.aborted) return undefined;
  }
}

/** One attempt: reads the page and deletes from it, while no other call of this server changes anything. */
async function tryPage(walk: PoolWalk, running: Running, context: Context) {
  const { job, prepared, batch, aws, approved, of, tally } = running;
  const { tool, region, state: whole, ways, selection } = context;
  const { services } = whole;
  const state = stepState(whole, new AbortController().signal);
  return await services.changeLock.exclusively(job.stopping, async () => {
    const page = await walk.page();
    const ids = tally.take(
      page,
      (identity) => isSelected(identity, selection.where) && prepared.set.isAsItWas(identity),
    );
    if (ids.length === 0) return { ended: undefined, isThrottled: false };
    const unprocessed = () => tally.linesOf(tally.unprocessedOf(ids));
    return await attemptStep(state, ways, unprocessed, async () => {
      const caller = { region, ...(await callerOf(tool, region, aws)) };
      const lines = tally.linesOf(ids);
      const cleared = await batch.clear(ids, caller, () =>
        recordIntent(state, {}, region, approved, of === undefined ? undefined : { of, lines }),
      );
      if (cleared.kind === "refusal") {
        tally.putBack(ids);
        return cleared;
      }
      try {
        const sent = await ways.send(state, tool, cleared, { aws, approved, beforeRetry });
        const unprocessed = unprocessedIn(sent);
        if (unprocessed) tally.deleted(ids, unprocessed);
        else tally.unknown(ids);
        return sent;
      } catch (error) {
        if (isThrottled(error)) {
          batch.giveBack(cleared);
          tally.putBack(ids);
        } else tally.unknown(ids);
        throw error;
      }
    });
  });
}

/** The page is read again before it is sent again, so nothing is repeated below this. */
async function beforeRetry(wasLost: boolean): Promise<void> {
  if (wasLost) throw new LostAnswerError();
  throw Object.assign(new Error("read again first"), {
    name: "TooManyRequestsException",
    $metadata: { httpStatusCode: 429 },
  });
}

/** The identities that AWS says it did not delete; undefined if its answer does not tell. */
function unprocessedIn(ended: Ended): readonly string[] | undefined {
  const list = ended.kind === "success" ? ended.content["UnprocessedIdentityIds"] : undefined;
  if (!Array.isArray(list)) return undefined;
  return list.flatMap(({ IdentityId }) => (typeof IdentityId === "string" ? [IdentityId] : []));
}
