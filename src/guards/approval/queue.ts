/**
 * The plans that wait for a person. A plan is in the queue before anybody is asked. Forms and terminals are views of the queue: they
 * show its plans and pass answers on. The first decision counts, and ends every other view of the plan.
 */
import type { Effect } from "../../tools/tool.ts";
import type { ApprovalQuestion, FormEnd } from "./question.ts";

/** Where a person decided, as people read it. */
export type DecidedBy = "a person, in the client" | "a person, at a terminal";

/** A plan to be decided. */
interface NewPlan {
  /** What an approval is bound to: the call, the caller and the plan. Equal plans of equal calls have the same. */
  readonly binding: string;
  /** The call and the caller alone. A call has one plan at a time. */
  readonly call: string;
  /** The change that the plan shows, and the caller. Calls with different arguments can have the same: a no to one holds for all. */
  readonly change: string;
  readonly question: ApprovalQuestion;
  /** For the audit. */
  readonly about: PlanSubject;
}

/** What a plan is for. */
export interface PlanSubject {
  readonly tool: string;
  readonly effect: Effect;
  readonly action: string;
  readonly target: { readonly id: string; readonly name?: string | undefined };
}

/** What became of a plan. `withdrawn`: the account changed, so the same call has another plan. */
export type PlanState =
  | { readonly is: "waiting" | "expired" | "withdrawn" }
  | { readonly is: "approved" | "rejected" | "used"; readonly by: DecidedBy };

/** A plan in the queue. */
export interface QueuedPlan {
  /** Four characters with which a person selects the plan at a terminal. Never told to a model. */
  readonly code: string;
  readonly binding: string;
  readonly question: ApprovalQuestion;
  readonly state: PlanState;
  /** Aborted when the plan waits no more, for whatever reason. */
  readonly ended: AbortSignal;
  /** Resolves at the same time. */
  readonly settled: Promise<void>;
  /** The form that shows the plan in the client, until it is closed. At most one at a time. */
  form: Promise<FormEnd> | undefined;
  /** Calls that wait for the decision now. */
  waitingCalls: number;
  /** Whether a call was already answered with the plan, so that the person could be told. */
  isAnnounced: boolean;
}

export interface ApprovalQueue {
  /** The plan in the queue: a new one, or the one that is there already, whose time begins anew if it still waits. */
  join(plan: NewPlan): QueuedPlan | "full";
  /** A decision of a person. Gives false, and changes nothing, if the plan waits no more. */
  decide(binding: string, approved: boolean, by: DecidedBy): boolean;
  /** Uses an approval up; false if there is none, or if another call was first. */
  consume(binding: string): boolean;
  /** The plans that wait, oldest first. */
  waiting(): QueuedPlan[];
  /** What became of the plan that has, or had, this code; undefined if none had it. */
  stateOf(code: string): PlanState | undefined;
}

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A random whole number from 0 to `below` - 1. */
  readonly random: (below: number) => number;
  readonly onDecision?: ((about: PlanSubject, approved: boolean, by: DecidedBy) => void) | undefined;
}

/** A plan waits five minutes, and after a no the same call is refused for as long. */
const LIFETIME_MS = 300_000;

/** An approval is kept for the rest of the plan's time, but so long at least: somebody has to repeat the call. */
const MIN_APPROVED_MS = 60_000;

/** Plans that wait at once. A new one never takes the place of one that a person may be reading. */
const MAX_WAITING = 32;

/** Codes of earlier plans that are remembered, to say what became of them. */
const MAX_REMEMBERED = 1_000;

/** Without characters that look alike. */
const CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

interface Entry extends QueuedPlan {
  state: PlanState;
  /** Milliseconds since the epoch. */
  expires: number;
  readonly call: string;
  readonly change: string;
  readonly about: PlanSubject;
  readonly end: AbortController;
}

export function createApprovalQueue({ now, random, onDecision }: Options): ApprovalQueue {
  /** The plans that wait, are approved or were rejected, by their call. */
  const entries = new Map<string, Entry>();
  /** What became of the plans that are no longer in the queue, by code, oldest first. */
  const past = new Map<string, PlanState>();

  function sweep(): void {
    for (const entry of entries.values())
      if (entry.expires <= now()) remove(entry, entry.state.is === "rejected" ? entry.state : { is: "expired" });
  }

  function remove(entry: Entry, state: PlanState): void {
    entries.delete(entry.call);
    entry.state = state;
    entry.end.abort();
    past.set(entry.code, state);
    const [oldest] = past.keys();
    if (past.size > MAX_REMEMBERED && oldest !== undefined) past.delete(oldest);
  }

  function find(binding: string): Entry | undefined {
    sweep();
    return [...entries.values()].find((entry) => entry.binding === binding);
  }

  function newCode(): string {
    const taken = new Set(Array.from(entries.values(), ({ code }) => code));
    for (;;) {
      const code = Array.from({ length: 4 }, () => CODE_CHARACTERS[random(CODE_CHARACTERS.length)]).join("");
      if (!taken.has(code) && !past.has(code)) return code;
    }
  }

  function waiting(): Entry[] {
    sweep();
    return [...entries.values()].filter(({ state }) => state.is === "waiting");
  }

  return {
    join({ binding, call, change, question, about }) {
      sweep();
      const known =
        [...entries.values()].find((entry) => entry.state.is === "rejected" && entry.change === change) ??
        entries.get(call);
      if (known && (known.binding === binding || known.state.is === "rejected")) {
        if (known.state.is === "waiting") known.expires = now() + LIFETIME_MS;
        return known;
      }
      if (known) remove(known, { is: "withdrawn" });
      if (waiting().length >= MAX_WAITING) return "full";
      const end = new AbortController();
      const entry: Entry = {
        code: newCode(),
        binding,
        call,
        change,
        question,
        about,
        state: { is: "waiting" },
        expires: now() + LIFETIME_MS,
        end,
        ended: end.signal,
        settled: new Promise((resolve) => {
          end.signal.addEventListener("abort", () => resolve(), { once: true });
        }),
        form: undefined,
        waitingCalls: 0,
        isAnnounced: false,
      };
      entries.set(call, entry);
      return entry;
    },
    decide(binding, approved, by) {
      const entry = find(binding);
      if (entry?.state.is !== "waiting") return false;
      entry.state = { is: approved ? "approved" : "rejected", by };
      entry.expires = approved ? Math.max(entry.expires, now() + MIN_APPROVED_MS) : now() + LIFETIME_MS;
      entry.end.abort();
      onDecision?.(entry.about, approved, by);
      return true;
    },
    consume(binding) {
      const entry = find(binding);
      if (entry?.state.is !== "approved") return false;
      remove(entry, { is: "used", by: entry.state.by });
      return true;
    },
    waiting,
    stateOf(code) {
      sweep();
      return [...entries.values()].find((entry) => entry.code === code)?.state ?? past.get(code);
    },
  };
}
