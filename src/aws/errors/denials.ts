/** Denials by policies of IAM, AWS Organizations and VPC endpoints. */
import { answerLimits } from "../answer-limits.ts";
import type { Explanation, FailedCall } from "./explanation.ts";

/** The actions that a denial may name. */
const actions = new Set([
  ...Object.keys(answerLimits).map((operation) => `cognito-identity:${operation}`),
  "iam:PassRole",
]);

/**
 * The kinds of policies that a denial names
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
const policyKinds = [
  "identity-based policy",
  "permissions boundary",
  "resource control policy",
  "resource-based policy",
  "service control policy",
  "session policy",
  "VPC endpoint policy",
] as const;

const explicitly = /with an explicit deny in an? (.{1,40})/i;
const implicitly = /because no (.{1,40}?) allows/i;

/** Whom a denial names: of a request without a signature, `anonymous`. */
const signedUser = /\bUser: arn:/;

/** What IAM writes, whatever the code of the error. */
export const denialPattern = /\bis not authorized to perform\b|\bexplicit deny\b|^(?:Forbidden|Access ?Denied)\.?$/i;

/** Explains a denial. Of AWS's text, only actions and kinds of policies that are known here are repeated. */
export function explainDenial({ unsigned }: FailedCall, text: string): Explanation {
  const action = /\bto perform: ([\w-]+:\w+)/.exec(text)?.[1];
  const named = action !== undefined && actions.has(action) ? action : undefined;
  const denying = kindIn(text, explicitly);
  if (denying)
    return {
      message: `AWS denied ${named ?? "the call"}: ${aKind(denying)} explicitly denies it.`,
      hint: `Change the ${denying}, or have its owner change it. To allow the action in another policy does not help.`,
    };
  // Whoever sends a request without a signature has no policies of their own.
  if (unsigned && !signedUser.test(text))
    return {
      message: `AWS denied ${named ?? "the call"}, which is sent without a signature: the AWS credentials of this server play no part.`,
      hint: "Check the VPC endpoint policy of the network and the resource control policies of the pool's account.",
    };
  const missing = kindIn(text, implicitly);
  if (missing && missing !== "identity-based policy")
    return {
      message: `AWS denied ${named ?? "the call"}: no ${missing} allows it.`,
      hint: `Allow ${named ?? "the action"} in the ${missing} too.`,
    };
  return {
    message: "The AWS credentials of this server do not have this permission.",
    hint: named === undefined ? "Allow the matching cognito-identity action in IAM." : `Allow ${named} in IAM.`,
  };
}

function aKind(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? "an" : "a"} ${kind}`;
}

function kindIn(text: string, pattern: RegExp): string | undefined {
  const found = pattern.exec(text)?.[1]?.toLowerCase();
  return found === undefined ? undefined : policyKinds.find((kind) => found.startsWith(kind.toLowerCase()));
}
