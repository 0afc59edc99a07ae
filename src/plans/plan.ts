import type { CommandName, Request } from "./command.ts";

/** One value that the call would add (`before` is absent), remove (`after` is absent) or replace. */
export interface Change {
  /** The path, in AWS's names: `Roles.authenticated`. */
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** How a person approves the plan: by choosing yes, or by typing `expected`. */
export type Confirmation = { readonly by: "choice" } | { readonly by: "typing"; readonly expected: string };

/** A call of one of this server's tools. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What a gated call would change in the account in its current state. */
export interface Plan<C extends CommandName = CommandName> {
  /** A short imperative: `Delete identity pool`. */
  readonly action: string;
  /** The id and name of the changed resource, from the account: untrusted. */
  readonly target: { readonly id: string; readonly name?: string | undefined };
  readonly changes: readonly Change[];
  /** What else a person should know before approving, one sentence each; names from the account are quoted. */
  readonly notes: readonly string[];
  /** Whether other calls can restore the old state. */
  readonly reversible: boolean;
  /** The calls that restore the old state, in this order. */
  readonly undo?: readonly ToolCall[] | undefined;
  /** For a permanent deletion: the arguments that create a copy. */
  readonly recreate?: object | undefined;
  readonly confirmation: Confirmation;
  /** Everything that the plan read, so that any change of it is detected. */
  readonly state: unknown;
  /** The whole request that would be sent. It may contain secrets and is never shown. */
  readonly request: Request<C>;
}
