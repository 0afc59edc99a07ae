/** What a call is made of: the call itself, what it is held against, how far it came, and how it ended. */

import type { AuditWriter } from "../audit/types.ts";
import type { Aws } from "../aws/clients.ts";
import type { Failure } from "../aws/errors/explain.ts";
import type { Approver, PendingApprovals, Prompter } from "../guards/approval/confirm.ts";
import type { PlanTokens } from "../guards/approval/plan-tokens.ts";
import type { Concurrency } from "../guards/concurrency.ts";
import type { AccountMemory } from "../guards/logins/account-memory.ts";
import type { IdentityPoolIndex } from "../guards/logins/identity-pools.ts";
import type { LoginReferences } from "../guards/logins/references.ts";
import type { Policy } from "../guards/policy.ts";
import type { Redactor } from "../guards/redaction/redactor.ts";
import type { Reveal } from "../guards/redaction/reveal.ts";
import type { Refusal } from "../guards/refusal.ts";
import type { Vault } from "../guards/vended.ts";
import type { Plan } from "../plans/plan.ts";
import type { Report } from "../reports/report.ts";
import type { Tool } from "../tools/tool.ts";
import type { Fields } from "../util/json.ts";

/** Whatever a client can call by its name: an operation of AWS, or a report of ours. */
export type AnyTool = Tool | Report;

/** How a call ended. */
export type Outcome = Success | Refusal | Failure;

export interface Success {
  readonly kind: "success";
  /** AWS's members in PascalCase, and beside them ours in camelCase. */
  readonly content: Fields;
}

/** One call as it came in. */
export interface Call {
  readonly tool: string;
  readonly arguments: unknown;
  readonly signal: AbortSignal;
  /** Asks the person at the client, where the client can ask one. */
  readonly prompter?: Prompter | undefined;
  /** Whether the vault makes the call again, with nobody there who could approve it. */
  readonly renewal?: true;
  /** Told how many entries a list has so far, where it is followed over its pages. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
}

/** Makes a call, on the one path of all calls. Never throws. */
export type Dispatch = (call: Call, services: Services, session: Session) => Promise<Outcome>;

/** What every call of this process is held against, whoever makes it. */
export interface Services {
  readonly tools: readonly AnyTool[];
  readonly policy: Policy;
  readonly aws: Aws;
  readonly redactor: Redactor;
  readonly concurrency: Concurrency;
  /** The tokens that login references stand for. */
  readonly loginReferences: LoginReferences;
  /** What was read of identities and pools before. */
  readonly accountMemory: AccountMemory;
  /** Where a person at this machine approves what the client could not ask. */
  readonly pendingApprovals?: PendingApprovals | undefined;
  /** Where vended secrets are kept for a person to use. */
  readonly vault?: Vault | undefined;
  /** Lets vended secrets through; undefined unless the operator wants it. */
  readonly reveal?: Reveal | undefined;
  /** Told of every call that is not a read, before and after. */
  readonly audit?: AuditWriter | undefined;
  /** Told of a defect of this program, which the caller sees only as such. */
  readonly onFault: (error: unknown) => void;
}

/** What belongs to one client. */
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
  /** The arguments, with tokens in the place of login references. */
  resolvedInput: Fields;
  /** The DeveloperProviderName of the call's pool, where its Logins hold a user name and it is known. */
  developerProvider: string | undefined;
  /** Whether the redactor knows the tokens that the call brought along. */
  tokensRemembered: boolean;
  /** Whether the call may link logins to an identity, or merge identities. */
  links: boolean;
  /** Its id in the audit, once its intent is recorded. */
  auditId: string | undefined;
  /** Whether AWS may have received it. */
  sent: boolean;
}

/** A plan that is being carried out, and who approved it. */
export interface Approved {
  readonly plan: Plan;
  readonly by: Approver;
  readonly account: string;
}
