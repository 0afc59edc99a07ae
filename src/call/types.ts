/** The types of a call: its input, the services it uses, its state, and its outcome. */

import type { AuditWriter } from "../audit/types.ts";
import type { Aws } from "../aws/clients.ts";
import type { Failure } from "../aws/errors/explain.ts";
import type { Approvals, FormView, TerminalPrompt } from "../guards/approval/ask-person.ts";
import type { Approver } from "../guards/approval/confirm.ts";
import type { PlanTokens } from "../guards/approval/plan-tokens.ts";
import type { ChangeLock } from "../guards/change-lock.ts";
import type { Concurrency } from "../guards/concurrency.ts";
import type { AccountMemory } from "../guards/logins/account-memory.ts";
import type { IdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import type { LoginReferences } from "../guards/logins/references.ts";
import type { Policy } from "../guards/policy.ts";
import type { TokenFilter } from "../guards/redaction/caller-tokens.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import type { Reveal } from "../guards/redaction/reveal.ts";
import type { Refusal } from "../guards/refusal.ts";
import type { Screen } from "../guards/screen.ts";
import type { Vault } from "../guards/vended.ts";
import type { Plan } from "../plans/plan.ts";
import type { Report } from "../reports/report.ts";
import type { Tool } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";

/** Everything that a client can call: an operation of AWS, or a report. */
export type AnyTool = Tool | Report;

/** How a call ended. */
export type Outcome = Success | Refusal | Failure;

export interface Success {
  readonly kind: "success";
  /** AWS's members in PascalCase, and our own members in camelCase. */
  readonly content: Fields;
  /** For a call that AWS carried out, reads excepted: what of the answer is told even if the rest must be withheld. */
  readonly carriedOut?: { readonly receipt: object };
}

/** One incoming call. */
export interface Call {
  readonly tool: string;
  readonly arguments: unknown;
  readonly signal: AbortSignal;
  /** The forms of the client, or why it is not asked in one; undefined if it has none. */
  readonly form?: FormView | string | undefined;
  /** Asks the person at the terminal where the command `call` runs. */
  readonly terminalPrompt?: TerminalPrompt | undefined;
  /** When a call that waits for a person is answered, decided or not, in milliseconds since the epoch. At once if undefined. */
  readonly answerBy?: number | undefined;
  /** Tells the client that the call waits for a person; the function that it gives stops that. */
  readonly onWait?: (() => () => void) | undefined;
  /** Whether the vault makes the call again, with nobody there who could approve it. */
  readonly renewal?: true;
  /** Called with the number of entries so far, while a list is followed over its pages. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/** Makes a call on the path of all calls. Never throws. */
export type Dispatch = (call: Call, services: Services, session: Session) => Promise<Outcome>;

/** The state of this process that all calls share. */
export interface Services {
  readonly tools: readonly AnyTool[];
  readonly policy: Policy;
  readonly aws: Aws;
  readonly redactor: Redactor;
  readonly concurrency: Concurrency;
  /** Limits how many secrets are vended anew at the same time. Renewals never wait for calls, nor for people. */
  readonly renewals: Concurrency;
  readonly changeLock: ChangeLock;
  /** Withholds answers that would tell whether a guess at a secret was right. */
  readonly screen: Screen;
  /** The tokens that login references stand for. */
  readonly loginReferences: LoginReferences;
  /** What was read of identities and pools before. */
  readonly accountMemory: AccountMemory;
  /** The plans that wait for a person; undefined where nobody can be asked but at the terminal of this call. */
  readonly approvals?: Approvals | undefined;
  /** Where vended secrets are kept for a person to use. */
  readonly vault?: Vault | undefined;
  /** Shows vended secrets in answers; undefined unless the operator enabled it. */
  readonly reveal?: Reveal | undefined;
  /** Records each call that is sent and not a read, before and after it, and each refusal of one. */
  readonly audit?: AuditWriter | undefined;
  /** Called with the error of a defect in this program. The caller sees only that there was an internal error. */
  readonly onFault: (error: unknown) => void;
}

/** The state of one client. */
export interface Session {
  readonly planTokens: PlanTokens;
  readonly identityPools: IdentityPoolIndex;
}

/** A call in progress. */
export interface CallState {
  readonly tool: AnyTool;
  readonly call: Call;
  readonly services: Services;
  readonly session: Session;
  /** Takes the login tokens of this call out of what AWS answers to it. */
  withoutTokens: TokenFilter;
  /** The arguments, with tokens in the place of login references. */
  resolvedInput: Fields;
  /** Those tokens. They become known to the redactor when the call is sent, not when it is made. */
  referencedTokens: readonly string[];
  /** The DeveloperProviderName of the call's pool, where its Logins hold a user name and it is known. */
  developerProvider: string | undefined;
  /** Whether the call may link logins to an identity, or merge identities. */
  links: boolean;
  /** Its id in the audit, once its intent is recorded. */
  auditId: string | undefined;
  /** Whether AWS may have received it. */
  sent: boolean;
  /** How a person retrieves what was vended. */
  receipt: object;
}

/** A plan that is being carried out, and who approved it. */
export interface Approved {
  readonly plan: Plan;
  readonly by: Approver;
  readonly account: string;
}
