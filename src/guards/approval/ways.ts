/** The ways to ask a person, as the operator sets them. */

/** A form in the client, or the command `approve` at a terminal of the machine. */
export const ways = ["form", "terminal"] as const;

export type Way = (typeof ways)[number];

export interface Asking {
  readonly ways: ReadonlySet<Way>;
  /** How long a form stays open, in milliseconds. */
  readonly answerWithinMs: number;
  /** How long a call waits for the decision before it is answered without one, in milliseconds. */
  readonly callWaitMs: number;
}
