import type { Ending, Intent, Turned } from "./types.ts";

/** A line of an audit file. `call` ties an outcome to its intent. */
export type Record =
  | ({ readonly time: string; readonly call: string; readonly record: "intent" } & Intent)
  | ({ readonly time: string; readonly call: string; readonly record: "outcome" } & Ending)
  | ({ readonly time: string; readonly call: string; readonly record: "refused" } & Turned);
