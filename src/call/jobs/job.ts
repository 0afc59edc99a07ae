/** Work that can take longer than a host waits for an answer: its progress, who waits for it, and how it is stopped. */
import { randomBytes } from "node:crypto";
import { type Refusal, refuse } from "../../guards/refusal.ts";
import type { Ended } from "../outcome/outcome.ts";
import { RefusalError } from "../refusal-error.ts";

/** What a job does now, and how far it is. */
export interface Progress {
  readonly doing: "reading" | "changing";
  /** What was read or changed so far: pools or identities. */
  readonly done: number;
  /** Undefined while that is not known. */
  readonly total: number | undefined;
}

/** `planned`: the plan is made and not carried out, because it waits for a person. */
type Phase = "reading" | "planned" | "changing" | "ended";

/** Why a job was stopped, as part of a sentence. */
export type StopReason = "the call was cancelled" | "a person stopped it" | "a call with stop" | "the server ends";

export interface Job<Prepared = unknown> {
  /** With which a person names it. */
  readonly id: string;
  /** Equal for the same call. */
  readonly key: string;
  readonly tool: string;
  /** What it is about, for people: untrusted. */
  readonly target: string;
  readonly progress: Progress;
  /** Aborts when it is to stop after the request in flight. The reason is a RefusalError. */
  readonly stopping: AbortSignal;
  readonly stopped: StopReason | undefined;
  /** The plan and what else the work needs. */
  prepared: Promise<Prepared>;
  /** The work, once it has begun. */
  work: Promise<Ended> | undefined;
  phase: Phase;
  /** Whether a call was already answered with its progress. From then on no cancellation of a call stops it. */
  isAnnounced: boolean;
  /** Calls that wait for it now. */
  waiting: number;
  /** When a call last asked for it, in milliseconds since the epoch. */
  lastUse: number;
  report(progress: Progress): void;
  stop(reason: StopReason): void;
  subscribe(onProgress: (progress: Progress) => void): () => void;
}

export function createJob(key: string, tool: string, target: string): Job {
  const stopping = new AbortController();
  const listeners = new Set<(progress: Progress) => void>();
  let progress: Progress = { doing: "reading", done: 0, total: undefined };
  let stopped: StopReason | undefined;
  return {
    id: randomBytes(6).toString("hex"),
    key,
    tool,
    target,
    stopping: stopping.signal,
    prepared: Promise.reject(new TypeError("the job has not begun")),
    work: undefined,
    phase: "reading",
    isAnnounced: false,
    waiting: 0,
    lastUse: Date.now(),
    get progress() {
      return progress;
    },
    get stopped() {
      return stopped;
    },
    report(now) {
      progress = now;
      for (const listener of listeners) listener(now);
    },
    stop(reason) {
      stopped ??= reason;
      // Of what is not begun because of it: the refusal is its outcome.
      stopping.abort(new RefusalError(stoppedRefusal(reason)));
    },
    subscribe(onProgress) {
      listeners.add(onProgress);
      return () => listeners.delete(onProgress);
    },
  };
}

function stoppedRefusal(reason: StopReason): Refusal {
  return refuse(
    `The work was stopped: ${reason}. Nothing was changed from then on.`,
    "Make the call again only if the person still wants this.",
  );
}
