import type { CommandName, Request } from "./command.ts";

/** One value that the call would add (`before` is absent), remove (`after` is absent) or replace. */
export interface Change {
  /** Where, in AWS's names: `Roles.authenticated`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** How a person approves the plan: by choosing it, or by typing `expected` out. */
export type Confirmation = { readonly by: "choice" } | { readonly by: "typing"; readonly expected: string };

/** A call of one of this server's own tools. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a gated call would do to the account as it is now. */
export interface Plan<C extends CommandName = CommandName> {
  /** What it does, as a short imperative: `Delete identity pool`. */
  readonly action: string;
  /** What it is done to, in the account's words: untrusted. */
  readonly target: { readonly id: string; readonly name?: string | undefined };
  readonly changes: readonly Change[];
  /** What else a person should know before saying yes, one sentence each; names from the account are quoted. */
  readonly notes: readonly string[];
  /** Whether another call can put the old state back. */
  readonly reversible: boolean;
  /** The calls that put the old state back, in the order in which to make them. */
  readonly undo?: readonly ToolCall[] | undefined;
  /** For something that is deleted for good: the arguments that create a copy of it. */
  readonly recreate?: object | undefined;
  readonly confirmation: Confirmation;
  /** All that was read, so that a change of any of it is noticed. */
  readonly state: unknown;
  /** The whole request that would be sent. May hold secrets; it is never shown. */
  readonly request: Request<C>;
}
