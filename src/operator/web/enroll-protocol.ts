/** What the page of the command `enroll` and its server say to each other. Types only: the two are built apart. */
import type { PageAssertion, PageKey } from "./page-protocol.ts";

/**
 * The answer to POST /enroll-options and POST /assert. All but names and labels in base64url. `assert`: a key that is enrolled must
 * agree first. A ticket is valid once.
 */
export type EnrollStep =
  | {
      readonly state: "assert";
      readonly ticket: string;
      readonly challenge: string;
      readonly keys: readonly Pick<PageKey, "id" | "transports">[];
      readonly confirms: Confirmed;
    }
  | {
      readonly state: "create";
      readonly ticket: string;
      readonly challenge: string;
      readonly user: { readonly id: string; readonly name: string };
      /** Keys that are enrolled already. */
      readonly exclude: readonly string[];
      /** What the page suggests as the label of the new key. */
      readonly label?: string | undefined;
    }
  | EnrollEnd;

/** The answer to POST /register, and what a removal ends with. The message is a sentence or two. */
export interface EnrollEnd {
  readonly state: "done" | "refused";
  readonly message: string;
}

/** POST /assert. */
export interface AssertRequest {
  readonly ticket: string;
  readonly assertion: PageAssertion;
}

/** POST /register. The credential is in base64url. */
export interface RegisterRequest {
  readonly ticket: string;
  readonly label: string;
  readonly credential: {
    readonly id: string;
    readonly clientDataJSON: string;
    readonly attestationObject: string;
    readonly transports: readonly string[];
  };
}

/** What an enrolled key confirms: that a key is added, that the one with this label is removed, or that calls need no key any more. */
export type Confirmed =
  | { readonly is: "add" }
  | { readonly is: "remove"; readonly label: string }
  | { readonly is: "stop requiring" };
