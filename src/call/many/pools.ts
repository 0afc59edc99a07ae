/** The same change of several identity pools: one plan, one approval, then one pool after the other. */
import type { Aws } from "../../aws/clients.ts";
import { isThrottled } from "../../aws/errors/explain.ts";
import { driftRefusal, openBatch } from "../../guards/approval/clearance.ts";
import type { Approval } from "../../guards/approval/confirm.ts";
import { denialForCall } from "../../guards/policy.ts";
import { refuse } from "../../guards/refusal.ts";
import { planMany, type Step } from "../../plans/batches/many.ts";
import { fingerprint } from "../../plans/fingerprint.ts";
import type { Plan } from "../../plans/plan.ts";
import type { GatedTool } from "../../tools/tool.ts";
import type { Fields } from "../../util/json.ts";
import { recordBatch, recordBatchEnd, recordIntent } from "../audit-trail.ts";
import { callerOf, fixedCredentials } from "../jobs/approval.ts";
import { carryOutJob, type JobCall } from "../jobs/carry-out.ts";
import type { Job } from "../jobs/job.ts";
import { makePlan } from "../make-plan.ts";
import { isMistaken, knownTo } from "../mistakes.ts";
import { refuseIfSecret } from "../plan-answers.ts";
import { RefusalError } from "../refusal-error.ts";
import { createRetryCheck } from "../retry-check.ts";
import type { CallState, Ended, Outcome } from "../types.ts";
import { answerForPools, type Done } from "./answer.ts";
import { createPacer, type Pacer, pacedReader, pause } from "./rates.ts";
import { attemptStep, stepState, type Ways } from "./step.ts";

/** Pools that are read at the same time. */
const READERS = 8;

/** Attempts at a step that AWS throttles, each with the SDK's own retries. */
const ATTEMPTS = 4;

interface Pools {
  readonly plan: Plan;
  readonly steps: readonly Step[];
}

interface Context {
  readonly tool: GatedTool;
  readonly input: Fields;
  readonly region: string;
  readonly state: CallState;
  readonly ways: Ways;
  readonly pacer: Pacer;
}

/** Changes the pools of IdentityPoolIds. Raises the errors of reading. */
export async function changePools(
  tool: GatedTool,
  { input, region, slot }: Omit<JobCall, "tool">,
  state: CallState,
  ways: Ways,
): Promise<Outcome> {
  const { IdentityPoolIds, planToken: _, stop: __, ...rest } = input;
  const ids = IdentityPoolIds as readonly string[];
  const context: Context = { tool, input: { IdentityPoolIds, ...rest }, region, state, ways, pacer: createPacer() };
  return await carryOutJob(
    { tool, input, region, slot },
    {
      target: `${ids.length} identity pools`,
      items: "identity pools",
      keepsPlan: false,
      prepare: (job) => readPools(job, ids, rest, context),
      sizeOf: ({ steps }) => steps.length,
      run: (job, pools, approval) => runPools(job, pools, approval, context),
    },
    state,
  );
}

/** The plans of all pools. Raises RefusalError with the names of the pools that have none. */
async function readPools(job: Job, ids: readonly string[], rest: Fields, context: Context): Promise<Pools> {
  const { state } = context;
  const results = new Map<string, Step | { readonly error: unknown }>();
  const left = [...ids];
  using slot = await state.services.concurrency.acquire(job.stopping);
  if (!slot) throw new RefusalError(refuse("The server is busy.", "Nothing was sent. Call again later."));
  const reader = async () => {
    for (let id = left.shift(); id !== undefined; id = left.shift()) {
      if (job.stopping.aborted) return;
      const found = await stepFor(id, rest, job, context).catch((error: unknown) => ({ error }));
      results.set(id, found);
      job.report({ doing: "reading", done: results.size, total: ids.length });
    }
  };
  await Promise.all(Array.from({ length: Math.min(READERS, ids.length) }, reader));
  job.stopping.throwIfAborted();
  const missing = ids.filter((id) => isMissing(results.get(id)));
  if (missing.length > 0)
    throw new RefusalError(
      refuse(
        `Not found: ${missing.join(", ")}. Nothing was changed, in no pool.`,
        "Leave out what is gone. list-identity-pools shows the pools of the region.",
      ),
    );
  const steps: Step[] = [];
  for (const id of ids) {
    const result = results.get(id);
    if (!result || "error" in result) throw namingPool(id, result?.error);
    steps.push(result);
  }
  return planMany(steps);
}

async function stepFor(id: string, rest: Fields, job: Job, context: Context): Promise<Step> {
  const input = await inputFor(id, rest, context);
  return { id, input, plan: await planStep(input, context.state.services.aws, job, context) };
}

function isMissing(result: Step | { readonly error: unknown } | undefined): boolean {
  return result !== undefined && "error" in result && nameOf(result.error) === "ResourceNotFoundException";
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}

/** A refusal says of which pool it is, and of all pools what it says of the one. */
function namingPool(id: string, error: unknown): unknown {
  if (!(error instanceof RefusalError)) return error;
  const { reason, next } = error.refusal;
  const own = reason.replace(/ Nothing was (?:sent|changed)\.$/, "");
  return new RefusalError(refuse(`Identity pool ${id}: ${own} Nothing was changed, in no pool.`, next));
}

/** The arguments of the call for one pool. Where AWS wants an ARN, the tool makes it. Raises RefusalError. */
async function inputFor(id: string, rest: Fields, { tool, region, state }: Context): Promise<Fields> {
  const input: Fields = { IdentityPoolId: id, ...rest };
  const completed = (await tool.complete?.(input, knownTo(state, region))) ?? input;
  if (isMistaken(completed)) throw new RefusalError(refuse(completed.mistake, completed.next));
  return completed;
}

/** The plan for one pool, read within AWS's rates. What the policy says of a call holds for each. */
async function planStep(input: Fields, aws: Pick<Aws, "reader">, job: Job, context: Context): Promise<Plan> {
  const { tool, region, state, pacer } = context;
  const denied = denialForCall(input, region, state.services.policy);
  if (denied) throw new RefusalError(denied);
  const readerFor: Aws["reader"] = (where, signal, onUnknown) =>
    pacedReader(aws.reader(where, signal, onUnknown), pacer, job.stopping);
  return await makePlan(tool, input, readerFor, region, stepState(state, new AbortController().signal));
}

async function runPools(job: Job, { plan, steps }: Pools, approval: Approval, context: Context): Promise<Ended> {
  const { tool, input, region, state } = context;
  const { services } = state;
  const aws = await fixedCredentials(tool, region, services.aws);
  const batch = openBatch(
    approval,
    tool,
    plan,
    steps.map((step) => step.plan),
  );
  const { account } = await callerOf(tool, region, aws);
  const approved = { plan, by: approval.by, account };
  const of = await recordBatch(state, input, region, approved, { count: steps.length });
  const done: Done[] = [];
  let stopped: { readonly step: Step; readonly ended: Ended } | undefined;
  for (const step of steps) {
    if (job.stopping.aborted) break;
    const ended = await runStep(job, step, { batch, approval, aws, account, of }, context);
    if (ended.kind === "success") done.push({ step, ended });
    else {
      // Of a step that was stopped before it was sent, there is nothing to tell.
      if (!(job.stopping.aborted && ended.kind === "refusal")) stopped = { step, ended };
      break;
    }
    job.report({ doing: "changing", done: done.length, total: steps.length });
  }
  const left = steps.slice(done.length + (stopped ? 1 : 0));
  await recordBatchEnd(state, of, {
    outcome:
      done.length === steps.length
        ? "done"
        : done.length === 0 && stopped?.ended.kind === "refusal"
          ? "refused"
          : "failed",
    counts: { done: done.length, failed: stopped ? 1 : 0, left: left.length },
  });
  return answerForPools({ approved, region, done, stopped, left, why: job.stopped });
}

interface Running {
  readonly batch: ReturnType<typeof openBatch>;
  readonly approval: Approval;
  readonly aws: Awaited<ReturnType<typeof fixedCredentials>>;
  readonly account: string;
  /** The id of the batch in the audit. */
  readonly of: string | undefined;
}

/** Carries out one step, again after a while if AWS throttles it. */
async function runStep(job: Job, step: Step, running: Running, context: Context): Promise<Ended> {
  for (let attempt = 1; ; attempt += 1) {
    const { ended, isThrottled: again } = await tryStep(job, step, running, context);
    if (!again || attempt === ATTEMPTS || job.stopping.aborted) return ended;
    await pause(1_000 * 2 ** (attempt - 1), job.stopping).catch(() => {});
    if (job.stopping.aborted) return ended;
  }
}

async function tryStep(job: Job, step: Step, { batch, approval, aws, account, of }: Running, context: Context) {
  const { tool, region, state: whole, ways, pacer } = context;
  const { services } = whole;
  const state = stepState(whole, new AbortController().signal);
  const input = step.input as Fields;
  const readPlan = () => planStep(input, aws, job, context);
  return await attemptStep(
    state,
    ways,
    () => "",
    async () => {
      await pacer.wait(tool.command, job.stopping);
      return await services.changeLock.exclusively(job.stopping, async () => {
        const caller = { region, ...(await callerOf(tool, region, aws)) };
        const approved = { plan: step.plan, by: approval.by, account };
        const cleared = await batch.clear(await readPlan(), caller, () =>
          recordIntent(state, input, region, approved, of === undefined ? undefined : { of }),
        );
        if (cleared.kind === "refusal") return refuseIfSecret(cleared, services.screen);
        const beforeRetry = createRetryCheck(state, { fingerprint: fingerprint(step.plan) }, caller, readPlan);
        try {
          return await ways.send(state, tool, cleared, { aws, approved, beforeRetry });
        } catch (error) {
          if (nameOf(error) === "ConcurrentModificationException")
            return refuseIfSecret(driftRefusal(await readPlan(), caller), services.screen);
          // AWS has not processed it, so that the approval still holds for this step.
          if (isThrottled(error)) batch.giveBack(cleared);
          throw error;
        }
      });
    },
  );
}
