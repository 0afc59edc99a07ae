/**
 * Carries out a call whose work can take longer than its host waits: makes the plan, gets its approval, does the work. A call that must be
 * answered before gets the progress, and the same call joins again.
 */
import type { Question } from "../../guards/approval/ask-by-return.ts";
import { withdrawPlan } from "../../guards/approval/ask-person.ts";
import type { Approval } from "../../guards/approval/confirm.ts";
import type { Slot } from "../../guards/concurrency.ts";
import { type Refusal, refuse } from "../../guards/refusal.ts";
import { digest } from "../../plans/fingerprint.ts";
import type { Plan } from "../../plans/plan.ts";
import type { GatedTool } from "../../tools/tool.ts";
import type { Fields } from "../../util/json.ts";
import { unchangedAnswer } from "../plan-answers.ts";
import type { CallState, Ended, Outcome, Success } from "../types.ts";
import { type Asked, approvalFor, callerOf } from "./approval.ts";
import type { Job } from "./job.ts";

/** A call to be carried out so. */
export interface JobCall {
  readonly tool: GatedTool;
  readonly input: Fields;
  readonly region: string;
  readonly slot: Slot;
}

/** What the call does. */
export interface JobWork<Prepared extends { readonly plan: Plan }> {
  /** What it is about, for people. */
  readonly target: string;
  /** What is read or changed, in the plural: `identities`. */
  readonly items: string;
  /** Whether the plan is kept while it waits, because reading it anew takes long. */
  readonly keepsPlan: boolean;
  /** Reads the plan. Raises the reason if the job is to stop. */
  prepare(job: Job): Promise<Prepared>;
  /** How many will be changed. */
  sizeOf(prepared: Prepared): number;
  /** Sentences for a person, where there is room for them. */
  details?(prepared: Prepared): Promise<readonly string[]>;
  /** Carries the approved plan out. It ends after the request in flight if the job is to stop. */
  run(job: Job, prepared: Prepared, approval: Approval): Promise<Ended>;
}

/** However short a call may wait for a person, it waits so long for its work, in milliseconds. */
const MIN_WAIT_MS = 2_000;

const LATER = Symbol("later");

export async function carryOutJob<Prepared extends { readonly plan: Plan }>(
  { tool, input, region, slot }: JobCall,
  work: JobWork<Prepared>,
  state: CallState,
): Promise<Outcome> {
  const { jobs } = state.session;
  const { planToken, stop, ...asked } = input;
  const key = digest({ tool: tool.name, asked, region });
  const known = jobs.find(key);
  if (stop === true) return await stopJob(known, work, { tool, asked, region, slot }, state);
  // Another reading shows what has changed since.
  const isOld = !work.keepsPlan && known?.waiting === 0;
  if (known?.phase === "planned" && (isOld || known.stopped !== undefined)) jobs.forget(known);
  const job = jobs.find(key) ?? jobs.start({ key, tool: tool.name, target: work.target }, work.prepare);
  if (!job) return tooMany;
  const answerBy = answerTime(state);
  if (job.work) return await follow(job, work, state, slot, answerBy);
  const prepared = (await waitFor(job, job.prepared, state, slot, answerBy)) as Prepared | typeof LATER;
  if (prepared === LATER) return progressOf(job, work);
  const { plan } = prepared;
  if (plan.changes.length === 0) {
    jobs.forget(job);
    return unchangedAnswer(tool, plan);
  }
  const approval = await approve(job, work, prepared, { tool, asked, planToken, region, slot }, state);
  // Another call of the same can have begun the work meanwhile, with the one approval that there is.
  if (!job.work && approval.kind !== "approval") return approval;
  if (!job.work && approval.kind === "approval")
    jobs.begin(job, work.sizeOf(prepared), () => runOnce(job, work, prepared, approval));
  return await follow(job, work, state, slot, answerTime(state));
}

/** Carries the plan out. An approval ends with the work that was stopped, also if no step has used it. */
async function runOnce<Prepared extends { readonly plan: Plan }>(
  job: Job,
  work: JobWork<Prepared>,
  prepared: Prepared,
  approval: Approval,
): Promise<Ended> {
  try {
    return await work.run(job, prepared, approval);
  } finally {
    if (job.stopped !== undefined) approval.use.consume();
  }
}

async function approve<Prepared extends { readonly plan: Plan }>(
  job: Job,
  work: JobWork<Prepared>,
  prepared: Prepared,
  asked: Parameters<typeof approvalFor>[1],
  state: CallState,
): Promise<Approval | Refusal | Question> {
  job.waiting += 1;
  try {
    const details = await work.details?.(prepared);
    return await approvalFor(prepared.plan, { ...asked, details }, state);
  } finally {
    job.waiting -= 1;
    job.lastUse = Date.now();
  }
}

/** When the call must be answered, in milliseconds since the epoch. */
function answerTime({ call: { answerBy } }: CallState): number {
  return answerBy === undefined ? Number.POSITIVE_INFINITY : Math.max(answerBy, Date.now() + MIN_WAIT_MS);
}

/** The outcome of the work, or its progress if that takes too long. An outcome is kept until a call was answered with it. */
async function follow<Prepared extends { readonly plan: Plan }>(
  job: Job,
  work: JobWork<Prepared>,
  state: CallState,
  slot: Slot,
  answerBy: number,
): Promise<Outcome> {
  const begun = job.work ?? Promise.reject(new TypeError("no work"));
  const ended = await waitFor(job, begun, state, slot, answerBy).catch((error: unknown) => {
    state.session.jobs.forget(job);
    throw error;
  });
  if (ended === LATER) return progressOf(job, work);
  if (!state.call.signal.aborted) state.session.jobs.forget(job);
  return ended;
}

/** Waits until the promise settles, without the slot. LATER if the call must be answered before, which announces the job. */
async function waitFor<Result>(
  job: Job,
  promise: Promise<Result>,
  { call }: CallState,
  slot: Slot,
  answerBy: number,
): Promise<Result | typeof LATER> {
  let ended: { readonly result: Result | typeof LATER } | { readonly error: unknown } | undefined;
  // Until the slot is there again: meanwhile the job is not taken for one that nobody waits for.
  job.waiting += 1;
  const wait = async () => {
    ended = await raceOf(job, promise, call, answerBy).then(
      (result) => ({ result }),
      (error: unknown) => ({ error }),
    );
  };
  // A call that was cancelled gets no slot again, and is not to lose what it has waited for.
  await slot
    .yieldDuring(wait)
    .catch((error: unknown) => {
      if (!ended) throw error;
    })
    .finally(() => {
      job.waiting -= 1;
    });
  if (!ended) throw new TypeError("the wait has no end");
  if ("error" in ended) throw ended.error;
  return ended.result;
}

async function raceOf<Result>(
  job: Job,
  promise: Promise<Result>,
  { signal, onProgress }: CallState["call"],
  answerBy: number,
): Promise<Result | typeof LATER> {
  const unsubscribe = onProgress && job.subscribe(onProgress);
  let timer: NodeJS.Timeout | undefined;
  let onAbort = () => {};
  const over = new Promise<typeof LATER>((resolve) => {
    if (Number.isFinite(answerBy)) timer = setTimeout(() => resolve(LATER), Math.max(0, answerBy - Date.now()));
    onAbort = () => {
      // The only call that waits for a job which nobody was told of.
      if (job.waiting > 1 || job.isAnnounced) resolve(LATER);
      else job.stop("the call was cancelled");
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    const result = await Promise.race([promise, over]);
    if (result === LATER && !signal.aborted) job.isAnnounced = true;
    return result;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", onAbort);
    unsubscribe?.();
  }
}

/** Stops the job at the word of the model, and waits for its end. A plan that waits, and an approval of it, end too. */
async function stopJob<Prepared extends { readonly plan: Plan }>(
  job: Job | undefined,
  work: JobWork<Prepared>,
  { tool, asked, region, slot }: Pick<Asked, "tool" | "asked" | "region" | "slot">,
  state: CallState,
): Promise<Outcome> {
  if (!job || job.phase === "planned") {
    if (job) state.session.jobs.forget(job);
    const { aws, approvals } = state.services;
    const context = { region, ...(await callerOf(tool, region, aws)) };
    if (withdrawPlan({ tool: tool.name, input: asked, context }, approvals)) return withdrawn;
    return refuse(
      "No job of this call is running, so there is nothing to stop.",
      "stop takes the arguments of the call that began the job. To make the call, leave stop out.",
    );
  }
  if (job.phase !== "ended") job.stop("a call with stop");
  if (job.work) return await follow(job, work, state, slot, answerTime(state));
  return (await waitFor(job, job.prepared, state, slot, answerTime(state))) === LATER
    ? progressOf(job, work)
    : refuse("The plan was ready before it could be stopped. Nothing was changed.", "Leave the call out.");
}

function progressOf<Prepared extends { readonly plan: Plan }>(job: Job, { items }: JobWork<Prepared>): Success {
  const { done, total, doing } = job.progress;
  const of = total === undefined ? "" : ` of ${total}`;
  return {
    kind: "success",
    content: {
      running:
        doing === "reading" ? `Reading for the plan: ${done}${of} ${items} so far.` : `${done}${of} ${items} so far.`,
      job: job.id,
      next: "It goes on. Make the same call again, with the same arguments, to wait for its end; add stop: true to stop it.",
    },
  };
}

const withdrawn: Refusal = refuse(
  "The plan of this call is withdrawn: it no longer waits for a person, and an approval of it no longer counts. Nothing was changed.",
  "To make the call after all, leave stop out. It needs a new approval.",
);

const tooMany: Refusal = refuse(
  "Too many jobs run already, or wait for a person. Nothing was changed.",
  "Repeat an earlier call to wait for its end, or add stop: true to it.",
);
