/**
 * Which permissions policies IAM and STS accept: inline, managed and session policies. Nothing evaluates them, because vended
 * credentials work with no other service. The texts are those that users have reported.
 */
import { isOperator } from "./conditions.ts";
import { type Policy, readPolicy } from "./document.ts";
import { malformed } from "./trust.ts";

/** Throws MalformedPolicyDocument, with the text `notJson` for a document that JSON cannot read. */
export function checkPermissions(text: string, notJson = "Syntax errors in policy."): void {
  const read = readPolicy(text);
  if ("flaw" in read) throw malformed(read.flaw.kind === "json" ? notJson : "Syntax errors in policy.");
  const problem = problemOf(read.policy);
  if (problem !== undefined) throw malformed(problem);
}

function problemOf({ version, statements }: Policy): string | undefined {
  if (version !== "2012-10-17") return "Policy document must be version 2012-10-17 or greater.";
  for (const { principals, notPrincipals, actions, notActions, resources, notResources, conditions } of statements) {
    if (principals ?? notPrincipals) return "Policy document should not specify a principal.";
    const named = actions ?? notActions ?? [];
    if (named.length === 0) return "Policy statement must contain actions.";
    if (named.some((action) => action !== "*" && !action.includes(":")))
      return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.";
    if (named.some((action) => action.split(":").length > 2)) return "Actions/Condition can contain only one colon.";
    const touched = resources ?? notResources ?? [];
    if (touched.length === 0) return "Policy statement must contain resources.";
    const odd = touched.find((resource) => resource !== "*" && !/^arn:[^:]+:[^:]*:/.test(resource));
    if (odd !== undefined) return `Resource ${odd} must be in ARN format or "*".`;
    if (!Object.keys(conditions).every(isOperator)) return "Syntax errors in policy.";
  }
  const sids = statements.flatMap(({ sid }) => sid || []);
  if (new Set(sids).size < sids.length) return "Statement IDs (SID) in a single policy must be unique.";
  return undefined;
}
