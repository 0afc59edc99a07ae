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

/** A resource of the account: its id, and its name if it has one. */
export interface Named {
  readonly id: string;
  readonly name?: string | undefined;
}

/** A change that several pools share. `beforeByPool`: the old value differs, and stands with each pool. */
export interface PoolChange extends Change {
  readonly beforeByPool?: true;
}

/** A pool of a group, with the old values in which the pools of the group differ. */
export interface GroupMember extends Named {
  readonly before?: readonly Pick<Change, "path" | "before">[];
}

/** The pools in which the same changes would be made, and what else is to be known of them alone. */
export interface ChangeGroup {
  readonly changes: readonly PoolChange[];
  readonly notes?: readonly string[];
  readonly reversible: boolean;
  readonly pools: readonly GroupMember[];
}

/** A call of one of this server's tools. */
export interface ToolCall {
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** The id of the account whose credentials sign the call; undefined if it cannot be found out. */
export type AccountOf = () => Promise<string | undefined>;

/** Raised instead of a plan for a change that AWS does not allow. The message says why, and that nothing was sent. */
export class ImpossibleChangeError extends Error {
  override readonly name = "ImpossibleChangeError";
  /** What to do next. */
  readonly next: string;

  constructor(message: string, next: string) {
    super(message);
    this.next = next;
  }
}

/** What a gated call would change in the account in its current state. */
export interface Plan<C extends CommandName = CommandName> {
  /** A short imperative that the target completes: `Delete identity pool`. Names in it are quoted. */
  readonly action: string;
  /** The id and name of the changed resource, from the account: untrusted. */
  readonly target: Named;
  /** The developer user that the target is merged into, and the user's identity: as untrusted as the target. */
  readonly into?: Named | undefined;
  readonly changes: readonly Change[];
  /** Set in a plan for several pools, which is shown so: its changes by what they would be. */
  readonly groups?: readonly ChangeGroup[] | undefined;
  /** In such a plan, the pools that are already as requested. */
  readonly already?: readonly Named[] | undefined;
  /** What else a person should know before approving, one sentence each; names from the account are quoted. */
  readonly notes: readonly string[];
  /** Of the notes, those that hold also if nothing changes. The answer repeats them; it leaves out the consequences of the change. */
  readonly facts?: readonly string[] | undefined;
  /** Why nothing is sent if there are no changes, where it is not that the account is already as requested. */
  readonly unchanged?: string | undefined;
  /** Whether other calls can restore the old state. */
  readonly reversible: boolean;
  /** The calls that restore the old state, in this order. */
  readonly undo?: readonly ToolCall[] | undefined;
  /** For a permanent deletion: the arguments that create a copy. */
  readonly recreate?: object | undefined;
  readonly confirmation: Confirmation;
  /** Everything that the plan read, so that any change of it is detected. */
  readonly state: unknown;
  /** What the call would do, if the changes that are shown do not say it alone: see `intentOf`. Never shown. */
  readonly intent?: object | undefined;
  /** The whole request that would be sent. It may contain secrets and is never shown. */
  readonly request: Request<C>;
}
