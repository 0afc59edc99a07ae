import type { PageTokens } from "./protocol/page-tokens.ts";
import type { Members } from "./protocol/shapes.ts";
import type { Store } from "./state/store.ts";
import type { Sessions } from "./sts/session-credentials.ts";
import type { Tokens } from "./tokens/openid-tokens.ts";

/** What an operation works with. */
export interface Context {
  /** Where the call goes: the region it was signed for, or that its id names. */
  readonly region: string;
  /** The account that everything belongs to, 12 digits. */
  readonly accountId: string;
  readonly store: Store;
  readonly tokens: Tokens;
  readonly sessions: Sessions;
  readonly pages: PageTokens;
  readonly now: () => Date;
  /** A new GUID. */
  readonly newId: () => string;
}

/** An input after its constraints were checked: what is required is there. */
type Checked<Input> = {
  [Member in keyof Input]: Record<never, never> extends Pick<Input, Member>
    ? Input[Member]
    : Exclude<Input[Member], undefined>;
};

/** One operation of the service. Its output is AWS's own, with dates as Date. */
export interface Operation {
  /** Whether a call without a signature is turned away. */
  readonly signed: boolean;
  readonly input: Members;
  run(input: object, context: Context): object | Promise<object>;
}

export function operation<Input, Output extends object>(definition: {
  readonly signed: boolean;
  readonly input: { readonly [Member in keyof Required<Input>]: Members[string] };
  run(input: Checked<Input>, context: Context): Output | Promise<Output>;
}): Operation {
  return definition;
}
