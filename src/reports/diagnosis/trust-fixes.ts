/** Changes of IAM that correct a trust policy. */
import type { Malformed, Statement, TrustPolicy } from "../trust/document.ts";
import { askTrust, claimOf, statementFor, TAG_SESSION } from "../trust/web-identity.ts";
import type { Fix } from "./branch.ts";
import type { Facts } from "./facts.ts";
import type { RoleCandidate } from "./roles-of.ts";
import { identityOf } from "./trust-identity.ts";

/** The trust policy corrected: the statement with what fails replaced, or a further one. */
export function correct(facts: Facts, candidate: RoleCandidate, statement: Statement | undefined): Fix {
  const identity = identityOf(facts, candidate);
  const wanted = statementFor(identity);
  const replaces = statement !== undefined && isOnlyForPools(statement);
  return {
    iam: "iam:UpdateAssumeRolePolicy",
    role: candidate.arn,
    place: replaces
      ? `Replace statement ${statement.number} of the trust policy.`
      : "Add the statement to the trust policy.",
    statement: {
      ...wanted,
      Condition: replaces ? mergedConditions(facts, candidate, statement, wanted.Condition) : wanted.Condition,
    },
  };
}

/** A further statement does not make a document valid. */
export function replaceMalformed(facts: Facts, candidate: RoleCandidate, { statement }: Malformed): Fix {
  return documented(
    facts,
    candidate,
    statement === undefined
      ? "As the only statement of a new trust policy, with Version 2012-10-17."
      : `Replace statement ${statement} of the trust policy, or correct it.`,
  );
}

/** Whether nothing but identities of pools comes in by the statement, so that it can be replaced. */
function isOnlyForPools({ principal: { not, everybody, named } }: Statement): boolean {
  return (
    !not &&
    !everybody &&
    named.length === 1 &&
    named[0]?.type === "Federated" &&
    /^cognito-identity[.-]/.test(named[0].name)
  );
}

/** The conditions that hold stay; those of the documented policy replace what fails. */
function mergedConditions(
  facts: Facts,
  candidate: RoleCandidate,
  statement: Statement,
  wanted: Readonly<Record<string, Readonly<Record<string, string>>>>,
) {
  const { assume } = askTrust({ version: "2012-10-17", statements: [statement] }, identityOf(facts, candidate));
  const isOwn = (key: string) => ["aud", "amr"].includes(claimOf(facts.region, key) ?? "");
  const merged: Record<string, Record<string, unknown>> = Object.fromEntries(
    Object.entries(wanted).map(([operator, keys]) => [operator, { ...keys }]),
  );
  for (const { operator, key, wanted: values, holds } of assume.statements[0]?.conditions ?? [])
    if (holds !== false && !isOwn(key)) merged[operator] = { ...merged[operator], [key]: values };
  return merged;
}

/** The statement that lets the identity in, with the action for session tags. */
export function addAction({ arn }: RoleCandidate, statement: Statement, { version }: TrustPolicy): Fix {
  const Condition: Record<string, Record<string, unknown>> = {};
  for (const { operator, key, wanted } of statement.conditions)
    Condition[operator] = { ...Condition[operator], [key]: wanted };
  const Principal: Record<string, string[]> = {};
  for (const { type, name } of statement.principal.named) Principal[type] = [...(Principal[type] ?? []), name];
  const replaceable =
    version === "2012-10-17" && !statement.actions.not && !statement.principal.not && !statement.principal.everybody;
  return {
    iam: "iam:UpdateAssumeRolePolicy",
    role: arn,
    place: replaceable
      ? `Replace statement ${statement.number} of the trust policy.`
      : `Add the action ${TAG_SESSION} to statement ${statement.number}.`,
    ...(replaceable && {
      statement: {
        ...(statement.sid !== undefined && { Sid: statement.sid }),
        Effect: "Allow",
        Principal,
        Action: [...statement.actions.patterns, TAG_SESSION],
        ...(statement.conditions.length > 0 && { Condition }),
      },
    }),
  };
}

/** For a role that does not exist, or, without an ARN, one that is still to be named. */
export function createRole(
  facts: Facts,
  { arn, ...whose }: Pick<RoleCandidate, "kind" | "provider"> & { readonly arn?: string },
): Fix {
  return {
    iam: "iam:CreateRole",
    ...(arn !== undefined && { role: arn }),
    place: `${arn === undefined ? "If there is no such role yet: as" : "As"} its trust policy, with Version 2012-10-17.`,
    statement: statementFor(identityOf(facts, whose)),
  };
}

/** The documented statement, and where it goes. */
export function documented(facts: Facts, candidate: RoleCandidate, place: string): Fix {
  return {
    iam: "iam:UpdateAssumeRolePolicy",
    role: candidate.arn,
    place,
    statement: statementFor(identityOf(facts, candidate)),
  };
}
