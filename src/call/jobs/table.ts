/** The jobs of one client. */
import type { Ended } from "../outcome/outcome.ts";
import { createJob, type Job, type StopReason } from "./job.ts";

export interface JobTable {
  /** The job of the same call, if there is one; its plan is forgotten five minutes after a call asked for it last. */
  find(key: string): Job | undefined;
  /**
   * A new job, whose plan `prepare` makes, in the place of the plan that nobody has asked for the longest if there is no other; undefined
   * if too many run or wait.
   */
  start<Prepared>(
    about: { readonly key: string; readonly tool: string; readonly target: string },
    prepare: (job: Job) => Promise<Prepared>,
  ): Job<Prepared> | undefined;
  /** Begins the work of a job whose plan was approved, which changes `total` things. */
  begin(job: Job, total: number, work: () => Promise<Ended>): void;
  /** Forgets the job: its outcome was delivered, or its plan is not to be used again. */
  forget(job: Job): void;
  /** The jobs that read or change now, oldest first. */
  running(): Job[];
  /** Stops the job with this id after the request in flight. False if none runs under it. */
  stop(id: string, reason: StopReason): boolean;
  /** Stops every job, and resolves when none runs any more. */
  stopAll(): Promise<void>;
  /** Calls the function after a job has begun, moved on or ended. */
  subscribe(onChange: () => void): () => void;
}

/** Jobs at once that run, or whose plan waits. */
const MAX_JOBS = 8;

/** Outcomes that nobody has asked for yet. A new one replaces the oldest. */
const MAX_OUTCOMES = 64;

/** A plan is kept as long as one waits for a person, and so is an outcome that nobody asks for. */
const KEPT_MS = 300_000;

/** An outcome that was not delivered is kept longer. */
const OUTCOME_MS = 86_400_000;

export function createJobTable(now: () => number = Date.now): JobTable {
  const jobs = new Map<string, Job>();
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };

  function isBusy(job: Job): boolean {
    return isRunning(job) || job.waiting > 0;
  }

  function sweep(): void {
    for (const [key, job] of jobs)
      if (!isBusy(job) && now() - job.lastUse > (job.phase === "ended" ? OUTCOME_MS : KEPT_MS)) jobs.delete(key);
  }

  /** Deletes the one in this phase that nobody has asked for the longest. */
  function deleteOldest(phase: Job["phase"]): boolean {
    const idle = [...jobs.values()].filter((job) => job.phase === phase && !isBusy(job));
    const [oldest] = idle.sort((one, other) => one.lastUse - other.lastUse);
    return oldest !== undefined && jobs.delete(oldest.key);
  }

  const count = (isCounted: (job: Job) => boolean) => [...jobs.values()].filter(isCounted).length;
  const hasEnded = ({ phase }: Job) => phase === "ended";

  /** Whether there is room for one more. A plan that makes room is read anew when it is asked for. */
  function makeRoom(): boolean {
    return count((job) => !hasEnded(job)) < MAX_JOBS || deleteOldest("planned");
  }

  function running(): Job[] {
    return [...jobs.values()].filter(isRunning);
  }

  // Without calls, a plan that nobody asks for would stay.
  setInterval(sweep, KEPT_MS).unref();

  return {
    find(key) {
      sweep();
      const job = jobs.get(key);
      if (job) job.lastUse = now();
      return job;
    },
    start({ key, tool, target }, prepare) {
      sweep();
      if (!makeRoom()) return undefined;
      const job = createJob(key, tool, target);
      // A job whose reading failed is nobody's any more but of those who wait for it.
      job.prepared.catch(() => {});
      jobs.set(key, job);
      job.subscribe(changed);
      const prepared = prepare(job).finally(() => {
        job.phase = "planned";
        job.lastUse = now();
        changed();
      });
      prepared.catch(() => {
        if (jobs.get(key) === job) jobs.delete(key);
      });
      job.prepared = prepared;
      changed();
      return job as Job<Awaited<typeof prepared>>;
    },
    begin(job, total, work) {
      // Its plan can have made room a moment before its approval came.
      if (!jobs.has(job.key)) jobs.set(job.key, job);
      job.phase = "changing";
      // What was read for the plan is no progress of the work.
      job.report({ doing: "changing", done: 0, total });
      job.work = work().finally(() => {
        job.phase = "ended";
        job.lastUse = now();
        if (count(hasEnded) > MAX_OUTCOMES) deleteOldest("ended");
        changed();
      });
      // Whoever asks next gets the error. It is no fault that nobody asks.
      job.work.catch(() => {});
      changed();
    },
    forget(job) {
      if (jobs.get(job.key) === job) jobs.delete(job.key);
      changed();
    },
    running,
    stop(id, reason) {
      const job = running().find((one) => one.id === id);
      job?.stop(reason);
      return job !== undefined;
    },
    async stopAll() {
      const all = running();
      for (const job of all) job.stop("the server ends");
      await Promise.allSettled(all.flatMap(({ prepared, work }) => work ?? prepared));
    },
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
  };
}

function isRunning({ phase }: Job): boolean {
  return phase === "reading" || phase === "changing";
}
