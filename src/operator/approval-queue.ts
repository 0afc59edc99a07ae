import type { ApprovalQuestion, PendingApprovals } from "../guards/approval/confirm.ts";

/** A plan that waits for a person at this machine. */
export interface PendingPlan {
  /** Four characters to type. */
  readonly code: string;
  /** What an approval of it is bound to: no two plans have the same. */
  readonly binding: string;
  readonly text: string;
  readonly confirmation: ApprovalQuestion["confirmation"];
}

/** The person's side of the approvals. */
export interface ApprovalQueue {
  waiting(): PendingPlan[];
  /**
   * Answers the plan under `code`, which must still be the one that was shown, bound to `binding`. Gives a sentence that says
   * what came of it.
   */
  answer(code: string, binding: string, said: string): { approved: boolean; outcome: string };
}

/** The guard's side of the approvals, without the command that a person runs. */
export interface QueuedApprovals extends Pick<PendingApprovals, "isApproved" | "consume"> {
  /** Lets the plan wait, and gives its code; undefined if too many plans wait. */
  enqueue(
    binding: string,
    question: ApprovalQuestion,
    rejectionReason: (said: string) => string | undefined,
  ): string | undefined;
}

interface Entry extends PendingPlan {
  readonly rejectionReason: (said: string) => string | undefined;
  readonly expires: number;
  readonly approved: boolean;
}

/** An approval, and a plan that waits for one, runs out after this. */
const LIFETIME_MS = 300_000;

/** Plans that wait at once. A new one never takes the place of one that a person may be reading. */
const MAX_WAITING = 32;

/** No letters or digits that are mistaken for one another. */
const CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A whole number from 0 up to, and without, `below`. */
  readonly random: (below: number) => number;
}

/** Approvals that are given at a terminal: the guard's side and the person's side of one memory. */
export function createApprovalQueue({ now, random }: Options): QueuedApprovals & ApprovalQueue {
  /** By what they are bound to. */
  const entries = new Map<string, Entry>();

  function sweep(): void {
    for (const [binding, { expires }] of entries) if (expires <= now()) entries.delete(binding);
  }

  function newCode(): string {
    const taken = new Set(Array.from(entries.values(), ({ code }) => code));
    for (;;) {
      const code = Array.from({ length: 4 }, () => CODE_CHARACTERS[random(CODE_CHARACTERS.length)]).join("");
      if (!taken.has(code)) return code;
    }
  }

  return {
    isApproved(binding) {
      sweep();
      return entries.get(binding)?.approved === true;
    },
    consume(binding) {
      sweep();
      return entries.get(binding)?.approved === true && entries.delete(binding);
    },
    enqueue(binding, { text, confirmation }, rejectionReason) {
      sweep();
      const known = entries.get(binding);
      if (!known && entries.size >= MAX_WAITING) return undefined;
      const code = known?.code ?? newCode();
      entries.set(binding, {
        binding,
        code,
        text,
        confirmation,
        rejectionReason,
        expires: now() + LIFETIME_MS,
        approved: false,
      });
      return code;
    },
    waiting() {
      sweep();
      return [...entries.values()]
        .filter(({ approved }) => !approved)
        .map(({ code, binding, text, confirmation }) => ({ code, binding, text, confirmation }));
    },
    answer(code, binding, said) {
      sweep();
      const entry = [...entries.values()].find((other) => other.code === code && !other.approved);
      if (!entry)
        return { approved: false, outcome: `No plan waits under ${code}: it may have run out. Nothing was approved.` };
      if (entry.binding !== binding)
        return { approved: false, outcome: "The plan is no longer the one that was shown. Look at it again." };
      const rejection = entry.rejectionReason(said);
      if (rejection !== undefined) {
        entries.delete(entry.binding);
        return { approved: false, outcome: `${rejection} Nothing was approved.` };
      }
      entries.set(entry.binding, { ...entry, approved: true, expires: now() + LIFETIME_MS });
      return { approved: true, outcome: "Approved, once and for 5 minutes: the same call now goes through." };
    },
  };
}
