/**
 * The plans that wait for a person. A plan is in the queue before anybody is asked. Forms and terminals are views of the queue: they
 * show its plans and pass answers on. The first decision counts, and ends every other view of the plan.
 */
import type { Effect } from "../../tools/tool.ts";
import type { ShownPlan } from "../refusal.ts";
import { fitsForm } from "./form-limit.ts";
import { consumeProof, type PasskeyProof } from "./passkey-proof.ts";
import { sentence } from "./plan-text.ts";
import type { ApprovalQuestion, FormEnd } from "./question.ts";

/** Where and how a person decided, as people read it. */
export type DecidedBy =
  | "a person, in the client"
  | "a person, at a terminal"
  | "a person, on the approval page"
  | `a person, with the passkey ${string}`;

/** What a yes takes: a person, or a passkey of theirs. */
export type DecisionLevel = "human" | "passkey";

/** A plan to be decided. */
interface NewPlan {
  /** What an approval is bound to: the call, the caller and the plan. Equal plans of equal calls have the same. */
  readonly binding: string;
  /** The call and the caller alone. A call has one plan at a time. */
  readonly call: string;
  /** What would be changed, and the caller. Calls of different tools can have the same: a no to one holds for all. */
  readonly change: string;
  readonly question: ApprovalQuestion;
  /** Sentences that stand on the terminal and on the page, in addition to the plan. */
  readonly details?: readonly string[] | undefined;
  readonly plan: ShownPlan;
  readonly level: DecisionLevel;
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
  readonly details: readonly string[];
  readonly plan: ShownPlan;
  readonly level: DecisionLevel;
  readonly about: PlanSubject;
  readonly state: PlanState;
  /** Milliseconds since the epoch. */
  readonly expires: number;
  /** Aborted when the plan waits no more, for whatever reason. */
  readonly ended: AbortSignal;
  /** Resolves at the same time. */
  readonly settled: Promise<void>;
  /** The form that shows the plan in the client, until it is closed. At most one at a time. */
  form: Promise<FormEnd> | undefined;
  /** The address of the approval page, as the client shows it for this plan. */
  link: Promise<void> | undefined;
  /** Calls that wait for the decision now. */
  waitingCalls: number;
  /** Whether a call was already answered with the plan, so that the person could be told. */
  isAnnounced: boolean;
  /** What had become of the call's earlier plan, which a change of the account withdrew. */
  readonly replaced: "waiting" | "approved" | undefined;
}

/** Why the plan is not the one that a person has seen before; the empty string if none was. */
export function replacementNote({ replaced }: Pick<QueuedPlan, "replaced">): string {
  if (replaced === undefined) return "";
  return replaced === "approved"
    ? "The account changed after a person approved the plan, so there is a new plan."
    : "The account changed while the plan waited for a person, so there is a new plan.";
}

/** The question about the plan as a person gets it. */
export function questionOf(plan: Pick<QueuedPlan, "question" | "replaced">): ApprovalQuestion {
  const { question } = plan;
  return plan.replaced === undefined ? question : { ...question, text: `${replacementNote(plan)}\n${question.text}` };
}

/** The question where there is room for everything: at a terminal. */
export function withDetails({ question, details = [] }: Pick<NewPlan, "question" | "details">): ApprovalQuestion {
  return { ...question, text: [question.text, ...details.map(sentence)].join("\n") };
}

/** Why a plan does not enter the queue: other plans fill it, or it alone would. */
type Full = "full" | "too long";

export interface ApprovalQueue {
  /** The plan in the queue: a new one, or the one that is there already, whose time begins anew if it still waits. */
  join(plan: NewPlan): QueuedPlan | Full;
  /** A call no longer waits for the decision. A plan that waits begins its time anew. */
  leave(plan: QueuedPlan): void;
  /** The plan in the queue, decided or not, whose binding matches. */
  find(matches: (binding: string) => boolean): QueuedPlan | undefined;
  /**
   * A decision of a person. Gives false, and changes nothing, if the plan waits no more, or if the decision is a yes to a plan at
   * level `passkey` and `proof` does not prove it. A no also ends every other plan for the same change, whether it waits or is
   * approved: the last word of a person counts.
   */
  decide(binding: string, approved: boolean, by: DecidedBy, proof?: PasskeyProof): boolean;
  /** How long an approval that was not used is valid, in milliseconds; 0 if there is none. */
  approvedFor(binding: string): number;
  /** Uses an approval up; false if there is none, or if another call was first. */
  consume(binding: string): boolean;
  /** Ends a plan for this call that waits or is approved, without a no: the call asks anew. False if there is none. */
  withdraw(call: string): boolean;
  /** The plans that wait, oldest first. */
  waiting(): QueuedPlan[];
  /** What became of the plan that has, or had, this code; undefined if none had it. */
  stateOf(code: string): PlanState | undefined;
  /** Calls the function after each change of the queue, until the function that it gives is called. */
  subscribe(onChange: () => void): () => void;
}

/** The decision of a person on a plan. */
interface Decision {
  readonly about: PlanSubject;
  readonly binding: string;
  readonly approved: boolean;
  readonly by: DecidedBy;
  /** Set if a passkey approved the plan. */
  readonly proof?: PasskeyProof | undefined;
}

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A random whole number from 0 to `below` - 1. */
  readonly random: (below: number) => number;
  readonly onDecision?: ((decision: Decision) => void) | undefined;
}

/** A plan waits five minutes after the last call for it was answered, and after a no the same change is refused for as long. */
const LIFETIME_MS = 300_000;

/** An approval is kept for the rest of the plan's time, but so long at least: somebody has to repeat the call. */
const MIN_APPROVED_MS = 60_000;

/** Plans that wait at once. A new one never takes the place of one that a person may be reading. */
const MAX_WAITING = 32;

/** Of these, plans that no form shows whole: they must not keep a short one from the person at the client. */
const MAX_LONG = 28;

/** Characters of these together. A terminal and the page read all of them at once, and the server answers nothing else meanwhile. */
const MAX_LONG_CHARACTERS = 2_000_000;

/** Codes of earlier plans that are remembered, to say what became of them. */
const MAX_REMEMBERED = 1_000;

/** Without characters that look alike. */
const CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

interface Entry extends QueuedPlan {
  state: PlanState;
  expires: number;
  readonly call: string;
  readonly change: string;
  readonly end: AbortController;
}

export function createApprovalQueue({ now, random, onDecision }: Options): ApprovalQueue {
  /** The plans that wait, are approved or were rejected, by their call. */
  const entries = new Map<string, Entry>();
  /** What became of the plans that are no longer in the queue, by code, oldest first. */
  const past = new Map<string, PlanState>();
  const subscribers = new Set<() => void>();

  function changed(): void {
    for (const onChange of subscribers) onChange();
  }

  function sweep(): void {
    for (const entry of entries.values())
      if (entry.expires <= now() && !(entry.state.is === "waiting" && entry.waitingCalls > 0))
        remove(entry, entry.state.is === "rejected" ? entry.state : { is: "expired" });
  }

  function remove(entry: Entry, state: PlanState): void {
    entries.delete(entry.call);
    entry.state = state;
    entry.end.abort();
    past.set(entry.code, state);
    const [oldest] = past.keys();
    if (past.size > MAX_REMEMBERED && oldest !== undefined) past.delete(oldest);
    changed();
  }

  function findWhere(matches: (binding: string) => boolean): Entry | undefined {
    sweep();
    return [...entries.values()].find((entry) => matches(entry.binding));
  }

  function find(binding: string): Entry | undefined {
    return findWhere((other) => other === binding);
  }

  function reject(entry: Entry, by: DecidedBy): void {
    entry.state = { is: "rejected", by };
    entry.expires = now() + LIFETIME_MS;
    entry.end.abort();
    onDecision?.({ about: entry.about, binding: entry.binding, approved: false, by });
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

  /** Why there is no room for another plan; undefined if there is. */
  function lackOfRoom(plan: Pick<NewPlan, "question" | "details">): Full | undefined {
    const all = waiting();
    if (all.length >= MAX_WAITING) return "full";
    const isLong = (one: Pick<NewPlan, "question">) => !fitsForm(one.question.text);
    if (!isLong(plan)) return undefined;
    const long = all.filter(isLong);
    const characters = [...long, plan].map((one) => withDetails(one).text.length);
    if ((characters.at(-1) ?? 0) > MAX_LONG_CHARACTERS) return "too long";
    const total = characters.reduce((sum, count) => sum + count, 0);
    return long.length >= MAX_LONG || total > MAX_LONG_CHARACTERS ? "full" : undefined;
  }

  return {
    join({ binding, call, change, question, details = [], plan, level, about }) {
      sweep();
      const known =
        [...entries.values()].find((entry) => entry.state.is === "rejected" && entry.change === change) ??
        entries.get(call);
      if (known && (known.binding === binding || known.state.is === "rejected")) {
        if (known.state.is === "waiting") {
          known.expires = now() + LIFETIME_MS;
          changed();
        }
        return known;
      }
      const replaced = known && (known.state.is === "approved" ? "approved" : "waiting");
      if (known) remove(known, { is: "withdrawn" });
      const lack = lackOfRoom({ question, details });
      if (lack) return lack;
      const end = new AbortController();
      const entry: Entry = {
        code: newCode(),
        binding,
        call,
        change,
        question,
        details,
        plan,
        level,
        about,
        state: { is: "waiting" },
        expires: now() + LIFETIME_MS,
        end,
        ended: end.signal,
        settled: new Promise((resolve) => {
          end.signal.addEventListener("abort", () => resolve(), { once: true });
        }),
        form: undefined,
        link: undefined,
        waitingCalls: 0,
        isAnnounced: false,
        replaced,
      };
      entries.set(call, entry);
      changed();
      return entry;
    },
    leave(plan) {
      const entry = find(plan.binding);
      if (entry?.state.is === "waiting") entry.expires = now() + LIFETIME_MS;
      // Last, because a plan for which no call waits can expire.
      plan.waitingCalls -= 1;
      changed();
    },
    find: findWhere,
    decide(binding, approved, by, proof) {
      const entry = find(binding);
      if (entry?.state.is !== "waiting") return false;
      if (approved && entry.level === "passkey" && !consumeProof(proof, binding)) return false;
      if (approved) {
        entry.state = { is: "approved", by };
        entry.expires = Math.max(entry.expires, now() + MIN_APPROVED_MS);
        entry.end.abort();
        onDecision?.({ about: entry.about, binding, approved, by, proof });
      } else
        for (const other of entries.values())
          if (other.change === entry.change && other.state.is !== "rejected") reject(other, by);
      changed();
      return true;
    },
    approvedFor(binding) {
      const entry = find(binding);
      return entry?.state.is === "approved" ? entry.expires - now() : 0;
    },
    consume(binding) {
      const entry = find(binding);
      if (entry?.state.is !== "approved") return false;
      remove(entry, { is: "used", by: entry.state.by });
      return true;
    },
    withdraw(call) {
      sweep();
      const entry = entries.get(call);
      if (!entry || entry.state.is === "rejected") return false;
      remove(entry, { is: "expired" });
      return true;
    },
    waiting,
    subscribe(onChange) {
      subscribers.add(onChange);
      return () => subscribers.delete(onChange);
    },
    stateOf(code) {
      sweep();
      return [...entries.values()].find((entry) => entry.code === code)?.state ?? past.get(code);
    },
  };
}
