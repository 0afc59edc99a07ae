/** The ways to ask a person, as the operator sets them. */

/** A form in the client, the command `approve` at a terminal of the machine, or the approval page in a browser there. */
export const ways = ["form", "terminal", "page"] as const;

export type Way = (typeof ways)[number];

export interface Asking {
  readonly ways: ReadonlySet<Way>;
  /** Whether the operator named the page: it is then opened for every plan, and without a browser a person can open it. */
  readonly namesPage: boolean;
  /** The port of the page; a free one if undefined. */
  readonly pagePort: number | undefined;
  /** How long a form stays open, in milliseconds. */
  readonly answerWithinMs: number;
  /** How long a call waits for the decision before it is answered without one, in milliseconds. */
  readonly callWaitMs: number;
}
