/** The types of a call: its input, the services it uses, its state, and its outcome. */

import type { AuditWriter } from "../audit/types.ts";
import type { Aws } from "../aws/clients.ts";
import type { RETURNED_LINK, ReturnedForm } from "../guards/approval/ask-by-return.ts";
import type { Approver } from "../guards/approval/confirm.ts";
import type { PlanTokens } from "../guards/approval/plan-tokens.ts";
import type { RequestStates } from "../guards/approval/request-states.ts";
import type { Approvals, FormView, LinkView, TerminalPrompt } from "../guards/approval/views.ts";
import type { ChangeLock } from "../guards/change-lock.ts";
import type { Concurrency } from "../guards/concurrency.ts";
import type { AccountMemory } from "../guards/logins/account-memory.ts";
import type { IdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import type { LoginReferences } from "../guards/logins/references.ts";
import type { Policy } from "../guards/policy.ts";
import type { TokenFilter } from "../guards/redaction/caller-tokens.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import type { Reveal } from "../guards/redaction/reveal.ts";
import type { Screen } from "../guards/screen.ts";
import type { Vault } from "../guards/vended.ts";
import type { IdentitySet } from "../plans/batches/identity-set.ts";
import type { Plan } from "../plans/plan.ts";
import type { Report } from "../reports/report.ts";
import type { Tool } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";
import type { Progress } from "./jobs/job.ts";
import type { JobTable } from "./jobs/table.ts";
import type { Pace } from "./lists/pace.ts";
import type { Outcome } from "./outcome/outcome.ts";

export type { Ended, Outcome, Success } from "./outcome/outcome.ts";

/** Everything that a client can call: an operation of AWS, or a report. */
export type AnyTool = Tool | Report;

/** One incoming call. */
export interface Call {
  readonly tool: string;
  readonly arguments: unknown;
  readonly signal: AbortSignal;
  /** The forms of the client, or why it is not asked in one; undefined if it has none. */
  readonly form?: FormView | ReturnedForm | string | undefined;
  /** The links that the client shows; undefined if it shows none. */
  readonly link?: LinkView | typeof RETURNED_LINK | undefined;
  /** Asks the person at the terminal where the command `call` runs. */
  readonly terminalPrompt?: TerminalPrompt | undefined;
  /** When a call that waits for a person is answered, decided or not, in milliseconds since the epoch. At once if undefined. */
  readonly answerBy?: number | undefined;
  /** Tells the client that the call waits for a person; the function that it gives stops that. */
  readonly onWait?: (() => () => void) | undefined;
  /** Whether the vault makes the call again, with nobody there who could approve it. */
  readonly renewal?: true;
  /** Called with the progress of long work, while the call waits for it. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  /** Called with the number of entries so far, while a list is followed over its pages. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/** Makes a call on the path of all calls. Never throws. */
export type Dispatch = (call: Call, services: Services, session: Session) => Promise<Outcome>;

/** The state of this process that all calls share. */
export interface Services {
  readonly tools: readonly AnyTool[];
  readonly policy: Policy;
  /** The region that the settings name; undefined if the SDK must find one. */
  readonly region?: string | undefined;
  readonly aws: Aws;
  /** The maximum bytes of an answer's JSON: of its text, and of its structured content, which is the same object. */
  readonly maxAnswerBytes: number;
  readonly redactor: Redactor;
  readonly concurrency: Concurrency;
  /** Limits how many secrets are vended anew at the same time. Renewals never wait for calls, nor for people. */
  readonly renewals: Concurrency;
  /** Spreads the reads of many targets over time. */
  readonly pace: Pace;
  readonly changeLock: ChangeLock;
  /** Withholds answers that would tell whether a guess at a secret was right. */
  readonly screen: Screen;
  /** The tokens that login references stand for. */
  readonly loginReferences: LoginReferences;
  /** What was read of identities and pools before. */
  readonly accountMemory: AccountMemory;
  /** The plans that wait for a person; undefined where nobody can be asked but at the terminal of this call. */
  readonly approvals?: Approvals | undefined;
  /** Shows people which identities a plan is for; undefined where nobody can be asked but in a form. */
  readonly lists?: { detailsOf(set: IdentitySet): Promise<readonly string[]>; remove(): void } | undefined;
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
  readonly requestStates: RequestStates;
  readonly identityPools: IdentityPoolIndex;
  /** Fingerprints of the last plans that answers have shown. */
  readonly shownPlans: Set<string>;
  /** The work that takes longer than a call. */
  readonly jobs: JobTable;
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
  /** The region that the call is for, once it is known. */
  region: string | undefined;
  /** What was sent to AWS, with its secrets: of an update, more than the arguments. */
  sentRequest: object | undefined;
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
  /** Whether an earlier answer to this client showed the same plan. */
  readonly wasShown?: boolean;
}
