import type { Refusal } from "../guards/refusal.ts";

/** Ends a call with a refusal from within a read or a plan, which have no other way to give one. */
export class RefusalError extends Error {
  override readonly name = "RefusalError";
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.reason);
    this.refusal = refusal;
  }
}
