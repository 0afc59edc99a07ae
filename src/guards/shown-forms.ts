/** Whether a client shows its forms to a person: what it does with the forms that it gets tells. */

/** Nobody reads a plan and closes its form within so many milliseconds: a client did that by itself. */
const MIN_READING_MS = 100;

/** After so many forms in a row that the client closed by itself, or that nobody answered, it gets no more for a while. */
const MAX_UNSHOWN = 2;

/** After so long it is tried again: nobody may have been at the machine, or a person may have closed the forms quickly. */
const RETRY_MS = 600_000;

/** What became of a form. */
export interface FormOutcome {
  /** Whether it came back with an answer. */
  readonly accepted: boolean;
  readonly tookMs: number;
  /** Whether the time for an answer was over. */
  readonly timedOut?: boolean;
}

export interface ShownForms {
  /** Why no form is worth showing now; undefined if one is. */
  unavailable(): string | undefined;
  learn(outcome: FormOutcome): void;
}

/** For one client. `now` is in milliseconds. */
export function createShownForms(now: () => number = () => performance.now()): ShownForms {
  /** A person answered a form: the client shows them, whatever becomes of the next ones. */
  let isProven = false;
  /** In a row: forms that were closed before anybody could have read them, and forms that nobody answered. */
  let closedAtOnce = 0;
  let unanswered = 0;
  let pausedUntil = Number.NEGATIVE_INFINITY;

  return {
    unavailable: () =>
      isProven || now() >= pausedUntil
        ? undefined
        : "This client does not show forms to a person, so it was not asked to.",
    learn({ accepted, tookMs, timedOut = false }) {
      if (accepted && tookMs >= MIN_READING_MS) isProven = true;
      closedAtOnce = !accepted && tookMs < MIN_READING_MS ? closedAtOnce + 1 : 0;
      unanswered = timedOut ? unanswered + 1 : 0;
      const isUnshown = closedAtOnce >= MAX_UNSHOWN || unanswered >= MAX_UNSHOWN;
      pausedUntil = isUnshown ? now() + RETRY_MS : Number.NEGATIVE_INFINITY;
    },
  };
}
