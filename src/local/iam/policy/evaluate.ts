/**
 * Decides whether a trust policy lets a caller make a call
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 */
import { conditionsHold, type RequestContext } from "./conditions.ts";
import type { Policy, Principals, Statement } from "./document.ts";
import { lowerCase, matchesPattern, patternOf } from "./patterns.ts";

/** A caller and what it asks for. */
export interface TrustRequest {
  /** The provider that vouches for the caller, such as `cognito-identity.amazonaws.com`. */
  readonly federated: string;
  /** For example `sts:AssumeRoleWithWebIdentity`. */
  readonly action: string;
  readonly context: RequestContext;
}

/** A statement that denies takes precedence. Without a statement that allows, the call is denied. */
export type Decision = "allowed" | "explicitly denied" | "not allowed";

/** `isEnough` says whether a statement that allows may count. */
export function evaluateTrust(
  { version, statements }: Policy,
  request: TrustRequest,
  isEnough: (statement: Statement) => boolean = () => true,
): Decision {
  const applying = statements.filter((statement) => applies(statement, request, version !== "2008-10-17"));
  if (applying.some(({ effect }) => effect === "Deny")) return "explicitly denied";
  return applying.some((statement) => statement.effect === "Allow" && isEnough(statement)) ? "allowed" : "not allowed";
}

/**
 * A statement without principals or actions has no effect: "Empty object principal" and "Empty array action" in
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html.
 */
function applies(statement: Statement, { federated, action, context }: TrustRequest, hasVariables: boolean): boolean {
  const { principals, notPrincipals, actions, notActions, conditions } = statement;
  const isPrincipal = principals
    ? names(principals, federated)
    : notPrincipals !== undefined && !isEmpty(notPrincipals) && !names(notPrincipals, federated);
  const isAction = actions ? includes(actions, action) : !!notActions?.length && !includes(notActions, action);
  return isPrincipal && isAction && conditionsHold(conditions, context, hasVariables);
}

/**
 * Whether the provider is one of the principals. `*`, alone or for AWS, stands for everybody
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
 */
function names(principals: Principals, federated: string): boolean {
  if (principals === "*") return true;
  return Object.entries(principals).some(
    ([type, values]) =>
      (type === "AWS" && values.includes("*")) || (type === "Federated" && values.includes(federated)),
  );
}

function isEmpty(principals: Principals): boolean {
  return principals !== "*" && Object.values(principals).every((values) => values.length === 0);
}

/** Names of actions are not case-sensitive. */
function includes(patterns: readonly string[], action: string): boolean {
  return patterns.some((pattern) => matchesPattern(lowerCase(patternOf(pattern)), action.toLowerCase()));
}
