/** What the pages in the browser and their server say to each other. Types and names only: the two are built apart. */
import type { Confirmation, Named } from "../../plans/plan.ts";

/** The header with the token of the page, which travels in the fragment of its address. */
export const TOKEN_HEADER = "x-page-token";

/** The header with the value of the `meta` element `document`, which differs each time that the document is loaded. */
export const DOCUMENT_HEADER = "x-page-document";

/** What a browser requests before it loads the page. The answer has it remove what an earlier program left under this origin. */
export const CLEAR_PATH = "/clear";

/** A value that would be added (`before` is absent), removed (`after` is absent) or replaced. Values are JSON, invisible characters escaped. */
export interface PageChange {
  readonly path: string;
  readonly before?: string;
  readonly after?: string;
}

/** Equal changes of several pools, and the pools: each in a line, with its old values where they differ. */
export interface PageGroup {
  readonly title: string;
  readonly notes: readonly string[];
  readonly changes: readonly PageChange[];
  readonly pools: readonly string[];
}

/** A job that runs. */
export interface PageJob {
  readonly id: string;
  readonly title: string;
}

/** A plan that waits. Its texts may come from AWS or from a caller; invisible characters are escaped. */
export interface PagePlan {
  /** What an approval is bound to. Unique. */
  readonly binding: string;
  /** `passkey`: a yes takes an assertion. A no never does. */
  readonly level: "human" | "passkey";
  readonly action: string;
  readonly target: Named;
  readonly into?: Named | undefined;
  readonly region: string;
  readonly account: string;
  readonly profile?: string | undefined;
  readonly reversible: boolean;
  readonly notes: readonly string[];
  /** Those that grant the most first. */
  readonly changes: readonly PageChange[];
  /** Set for several pools: the changes by the pools in which they are made. `changes` is empty then, and the target is in here. */
  readonly groups?: readonly PageGroup[] | undefined;
  /** The pools that are already as requested. */
  readonly already?: readonly string[] | undefined;
  readonly confirmation: Confirmation;
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** What became of a plan, in a sentence. */
export interface EndedPlan {
  readonly binding: string;
  readonly title: string;
  readonly outcome: string;
}

/** A vended secret that is kept for this person: how it is used. */
export interface PageVended {
  readonly kind: "credentials" | "token";
  readonly region: string;
  /** ISO 8601. */
  readonly expires: string;
  /** Commands and settings, one per line. */
  readonly use: readonly string[];
}

/** A passkey that can approve. */
export interface PageKey {
  /** The credential id, in base64url. */
  readonly id: string;
  readonly label: string;
  /** ISO 8601. */
  readonly added: string;
  readonly transports: readonly string[];
}

/** The answer to POST /plans: a stream with one such object in JSON per line, whenever it changes. An empty line keeps it alive. */
export interface PageState {
  readonly plans: readonly PagePlan[];
  /** Newest first, at most 20. */
  readonly ended: readonly EndedPlan[];
  readonly vended: readonly PageVended[];
  readonly jobs: readonly PageJob[];
  readonly keys: readonly PageKey[];
  /** Why the list of keys does not protect against other programs of this user; undefined if it does, or if no plan needs a key. */
  readonly unprotected?: string | undefined;
}

/** The answer to POST /challenge and POST /unlock-challenge. All in base64url. A ticket is valid once, for 2 minutes. */
export interface PageChallenge {
  readonly ticket: string;
  readonly challenge: string;
  readonly keys: readonly Pick<PageKey, "id" | "transports">[];
}

/** An assertion as the page converts it. All in base64url. */
export interface PageAssertion {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
}

/** POST /challenge: the plans that one assertion is to approve. */
export interface ChallengeRequest {
  readonly bindings: readonly string[];
}

/**
 * POST /decide. `said` is `no`, `yes`, or the name that was typed. Several answers only for updates that are approved together. A
 * ticket and an assertion for the same plans, where they are at level `passkey` and the answer is not a no.
 */
export interface DecideRequest {
  readonly answers: readonly { readonly binding: string; readonly said: string }[];
  readonly ticket?: string;
  readonly assertion?: PageAssertion;
}

/** The answer to POST /decide. After `unclear` the person can answer again. */
export interface DecideAnswer {
  readonly results: readonly {
    readonly binding: string;
    readonly result: "approved" | "rejected" | "unclear" | "gone";
    readonly outcome: string;
  }[];
}

/** POST /unlock, for a page that was opened without its token: an assertion to the challenge of POST /unlock-challenge. */
export interface UnlockRequest {
  readonly ticket: string;
  readonly assertion: PageAssertion;
}

/** The answer to POST /unlock: the token, or why it is refused. */
export type UnlockAnswer = { readonly token: string } | { readonly refused: string };
