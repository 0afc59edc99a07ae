/** How a call ends. */
import type { Failure } from "../../aws/errors/explain.ts";
import type { Question } from "../../guards/approval/ask-by-return.ts";
import type { Refusal } from "../../guards/refusal.ts";
import type { Fields } from "../../util/json.ts";

/** How a call ended. With a question only if the call said that its client can be asked by the answer. */
export type Outcome = Ended | Question;

export type Ended = Success | Refusal | Failure;

export interface Success {
  readonly kind: "success";
  /** AWS's members in PascalCase, and our own members in camelCase. */
  readonly content: Fields;
  /** For a call that AWS carried out, reads excepted: what of the answer is told even if the rest must be withheld. */
  readonly carriedOut?: { readonly receipt: object };
  /** Set if the call was carried out in part only: its answer says which. */
  readonly incomplete?: true;
}
