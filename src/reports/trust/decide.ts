/**
 * What a trust policy answers to a request: an explicit Deny wins, otherwise an Allow is needed. See
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html.
 */
import { type ConditionResult, judgeCondition } from "./conditions.ts";
import type { Context } from "./context.ts";
import type { PrincipalElement, Statement, TrustPolicy } from "./document.ts";
import { matchesAction } from "./operators.ts";
import { withWildcards } from "./pattern.ts";
import { all, type Truth } from "./truth.ts";

/** Who asks for what. */
export interface TrustRequest {
  /** The provider of the web identity, such as `cognito-identity.amazonaws.com`. */
  readonly federated: string;
  /** Such as `sts:AssumeRoleWithWebIdentity`. */
  readonly action: string;
  readonly context: Context;
}

/** How a statement fits a request. */
export interface StatementResult {
  readonly number: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly principal: boolean;
  readonly action: boolean;
  readonly conditions: readonly ConditionResult[];
  /** All of it. */
  readonly applies: Truth;
}

/** An answer, and the statements that it follows from. */
export interface Decision {
  /**
   * `denied`: a Deny applies. `not allowed`: no Allow does, whether or not a Deny does. `unknown`: it depends on what is not known of
   * the request.
   */
  readonly answer: "allowed" | "denied" | "not allowed" | "unknown";
  /** The statement that decides; undefined where none does. */
  readonly decisive: StatementResult | undefined;
  readonly statements: readonly StatementResult[];
}

export function decide({ version, statements }: TrustPolicy, request: TrustRequest): Decision {
  const results = statements.map((statement) => judgeStatement(statement, request, version));
  const first = (effect: Statement["effect"], applies: Truth) =>
    results.find((result) => result.effect === effect && result.applies === applies);
  const denying = first("Deny", true);
  if (denying) return { answer: "denied", decisive: denying, statements: results };
  const allowing = first("Allow", true);
  const perhapsAllowing = first("Allow", undefined);
  if (!allowing && !perhapsAllowing) return { answer: "not allowed", decisive: undefined, statements: results };
  const perhapsDenying = first("Deny", undefined);
  if (!allowing || perhapsDenying)
    return { answer: "unknown", decisive: perhapsDenying ?? perhapsAllowing, statements: results };
  return { answer: "allowed", decisive: allowing, statements: results };
}

function judgeStatement(statement: Statement, request: TrustRequest, version: TrustPolicy["version"]): StatementResult {
  const { number, sid, effect } = statement;
  const principal = namesFederated(statement.principal, request.federated);
  const { not, patterns } = statement.actions;
  const found = patterns.some((pattern) => matchesAction(withWildcards(pattern), request.action));
  const action = patterns.length > 0 && found !== not;
  const conditions = statement.conditions.map((condition) => judgeCondition(condition, request.context, version));
  const applies = all([principal, action, ...conditions.map(({ holds }) => holds)]);
  return { number, sid, effect, principal, action, conditions, applies };
}

/** Whether a statement is about those who come through this provider. Names of providers have no wildcards. Without a name it is about nobody. */
function namesFederated({ not, everybody, named }: PrincipalElement, federated: string): boolean {
  const found = everybody || named.some(({ type, name }) => type === "Federated" && name === federated);
  return (everybody || named.length > 0) && found !== not;
}
