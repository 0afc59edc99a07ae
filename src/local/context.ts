import type { PageTokens } from "./protocol/page-tokens.ts";
import type { Members } from "./protocol/shapes.ts";
import type { Documents } from "./state/documents.ts";
import type { Store } from "./state/store.ts";
import type { Sessions } from "./sts/session-credentials.ts";
import type { OpenIdTokens } from "./tokens/openid-tokens.ts";

/** Returns the GUID of a new pool or identity. */
export type NewId = (kind: "pool" | "identity") => string;

/** The dependencies of an operation and the scope of one call. */
export interface Context {
  /** The region of the call: from the signature, or from the ID in an unsigned call. */
  readonly region: string;
  /** The 12-digit ID of the account that owns all resources. */
  readonly accountId: string;
  readonly store: Store;
  /** Roles, policies, identity providers and user pools. */
  readonly documents: Documents;
  /** Whether roles that nobody defined are refused. */
  readonly strictRoles: boolean;
  readonly tokens: OpenIdTokens;
  readonly sessions: Sessions;
  readonly pageTokens: PageTokens;
  readonly now: () => Date;
  /** Returns a new GUID. */
  readonly newId: NewId;
}

/** A validated input: required members are present. */
type Checked<Input> = {
  [Member in keyof Input]: Record<never, never> extends Pick<Input, Member>
    ? Input[Member]
    : Exclude<Input[Member], undefined>;
};

/** One operation of the service. The output has AWS's structure, with dates as Date objects. */
export interface Operation {
  /** Whether the operation rejects unsigned calls. */
  readonly signed: boolean;
  readonly input: Members;
  /** Undefined for an operation without an output. */
  run(input: object, context: Context): object | undefined | Promise<object | undefined>;
}

export function operation<Input, Output extends object | undefined>(definition: {
  readonly signed: boolean;
  readonly input: { readonly [Member in keyof Required<Input>]: Members[string] };
  run(input: Checked<Input>, context: Context): Output | Promise<Output>;
}): Operation {
  return definition;
}
