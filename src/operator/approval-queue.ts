import type { ApprovalQuestion, PendingApprovals } from "../guards/approval/confirm.ts";

/** A plan that waits for approval by a person at this machine. */
export interface PendingPlan {
  /** The four characters that the person types to select the plan. */
  readonly code: string;
  /** Identifies the plan to which an approval is bound. Unique. */
  readonly binding: string;
  readonly text: string;
  readonly confirmation: ApprovalQuestion["confirmation"];
}

/** The approvals, as the person uses them. */
export interface ApprovalQueue {
  waiting(): PendingPlan[];
  /**
   * Answers the plan with this code. It must still be the plan that was shown, which has this binding. Returns a sentence that
   * states the result.
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

/** Approvals and pending plans expire after this time. */
const LIFETIME_MS = 300_000;

/** Plans that wait at once. A new one never takes the place of one that a person may be reading. */
const MAX_WAITING = 32;

/** Without characters that look alike. */
const CODE_CHARACTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/** What a person is told who gives a code under which no plan waits. */
export function noPlanUnder(code: string): string {
  return `No plan waits under the code ${code}: it was answered, it expired after 5 minutes, or the code is wrong. Let the model make the call again.`;
}

interface Options {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A random whole number from 0 to `below` - 1. */
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
        return {
          approved: false,
          outcome: noPlanUnder(code),
        };
      if (entry.binding !== binding)
        return {
          approved: false,
          outcome:
            "The code now belongs to another plan than the one that was shown. Nothing was approved. Run the command again.",
        };
      const rejection = entry.rejectionReason(said);
      if (rejection !== undefined) {
        entries.delete(entry.binding);
        return {
          approved: false,
          outcome: `${rejection} Nothing was approved, and the code ${code} is no longer valid. To try again, let the model make the call again: it gets a new code.`,
        };
      }
      entries.set(entry.binding, { ...entry, approved: true, expires: now() + LIFETIME_MS });
      return {
        approved: true,
        outcome:
          "Approved. Tell the agent to make the same call again within 5 minutes. The approval is valid for one call.",
      };
    },
  };
}
