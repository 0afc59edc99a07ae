/** What a task is: data, so that a model, a person and `npm test` work on the same one. */
import type { CreateIdentityPoolInput, RoleMapping } from "@aws-sdk/client-cognito-identity";
import type { LocalSeed } from "../../src/local/public.ts";
import type { EndState } from "./state.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface Task {
  /** In kebab case. */
  readonly name: string;
  /** What a person asks for, in their words. */
  readonly request: string;
  readonly seed: Seed;
  /** What the task may take. Tokens are those of the answers' texts, as o200k counts them. */
  readonly budget: Budget;
  /** Capabilities of the server without which it cannot be solved within the budget. */
  readonly needs?: readonly Need[];
  /** What the model has done before in the same conversation. It is not counted. */
  readonly earlier?: readonly Step[];
  /** What the application of the person asks the service for, at first and at the end. */
  readonly vends?: readonly Vend[];
  /** A way to do it. */
  readonly solution: Solution;
  /** What is wrong with the end; empty if the task is done. */
  check(run: Run): string[];
}

export interface Budget {
  readonly calls: number;
  readonly tokens: number;
  /** Questions to the person: forms. */
  readonly questions: number;
}

interface Solution {
  readonly steps: readonly Step[];
  /** What the person is told at the end; nothing if the change is all they want. */
  readonly answer?: (answers: readonly Fields[]) => string;
}

/** A call, as a function of the structured contents of all answers before it, those of earlier calls included. */
type Step = (answers: readonly Fields[]) => readonly [tool: string, input: Fields];

/** How a task ended. */
export interface Run {
  readonly before: EndState;
  readonly after: EndState;
  /** What the person was told at the end. */
  readonly answer: string;
  readonly calls: readonly CallRecord[];
  /** What each of the task's `vends` gives at the end, in their form. */
  readonly vended: readonly string[];
}

export interface CallRecord {
  readonly tool: string;
  readonly isError: boolean;
  readonly content: Fields;
  readonly text: string;
}

/** Credentials that an application asks for. */
export interface Vend {
  readonly pool: string;
  /** A user, or a guest if there is none. */
  readonly login?: SeedLogin;
  /** The enhanced flow, if it does not say. */
  readonly flow?: "classic";
  /** What the seed gives: the ARN of the role of the credentials, or the error, `NAME: MESSAGE`. */
  readonly atFirst: string;
}

/** What the embedded service holds at first, and what the operator has defined. */
export interface Seed {
  readonly pools: readonly SeedPool[];
  /** IAM roles and user pools, as in a seed file. With them, the service refuses roles that nobody defined. */
  readonly account?: Pick<LocalSeed, "roles" | "policies" | "userPools">;
  /** Login references (`login:NAME`) of users who are signed in. */
  readonly logins?: Readonly<Record<string, SeedLogin>>;
}

export interface SeedPool {
  readonly id: string;
  /** The input of CreateIdentityPool. Guests are not allowed unless it says so. */
  readonly settings: Partial<CreateIdentityPoolInput> & { readonly IdentityPoolName: string };
  readonly roles?: Readonly<Record<string, string>>;
  readonly mappings?: Readonly<Record<string, RoleMapping>>;
  /** By provider name, as in Logins. */
  readonly principalTags?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly identities?: readonly SeedIdentities[];
}

/** Like identities. Without a login and without a developer user, they are guests. */
export interface SeedIdentities {
  /** One, if it does not say how many. */
  readonly count?: number;
  /** When they were created, in ISO 8601; now, if it does not say. */
  readonly created?: string;
  /** The user's `sub` has the number of the identity appended if there are several. */
  readonly login?: SeedLogin;
  readonly developerUser?: string;
}

export interface SeedLogin {
  readonly provider: string;
  /** The client id of the app. */
  readonly app: string;
  readonly sub: string;
  /** Further claims of the token. */
  readonly claims?: Fields;
}

/** A capability, with the tool and the member by which `tools/list` shows it. */
export const needs = {
  batch: ["update-identity-pool", "IdentityPoolIds"],
  filters: ["list-identity-pools", "guests"],
  "identity filters": ["list-identities", "provider"],
  everything: ["describe-identity-pool", "everything"],
  remove: ["update-identity-pool", "remove"],
  "insert rules": ["set-identity-pool-roles", "insertRules"],
  "tags by pool id": ["tag-resource", "IdentityPoolId"],
} as const satisfies Readonly<Record<string, readonly [tool: string, member: string]>>;

export type Need = keyof typeof needs;
