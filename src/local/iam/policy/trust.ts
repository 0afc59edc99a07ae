/**
 * Which trust policies IAM accepts, with the texts of its errors, as users have reported them
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html).
 */
import { ServiceError } from "../../protocol/errors.ts";
import { isOperator } from "./conditions.ts";
import { type Flaw, type Policy, type Principals, readPolicy, type Statement } from "./document.ts";

/**
 * The quota for the length of a trust policy, without white space, and what it can be raised to on request
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html).
 */
const MAX_LENGTH = 2048;
const MAX_RAISED_LENGTH = 4096;

/** The provider of every identity pool, in each partition. */
const cognito = /^cognito-identity(-us-gov|\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?$/;

/**
 * Takes a trust policy apart. Throws MalformedPolicyDocument, and LimitExceeded for a long one. With `isOld`, a policy is
 * accepted that a role of another time or account can have: one that trusts identity pools without a condition, and one of up to 4,096
 * characters.
 */
export function readTrustPolicy(text: string, isOld = false): Policy {
  const read = readPolicy(text);
  if ("flaw" in read) throw malformed(flawText(read.flaw));
  const { policy } = read;
  for (const statement of policy.statements) checkStatement(statement, isOld);
  const sids = policy.statements.flatMap(({ sid }) => sid || []);
  if (new Set(sids).size < sids.length) throw malformed("The Statement Ids in the policy are not unique");
  const limit = isOld ? MAX_RAISED_LENGTH : MAX_LENGTH;
  if (lengthOf(text) > limit)
    throw new ServiceError("LimitExceeded", `Cannot exceed quota for ACLSizePerRole: ${limit}`);
  return policy;
}

/** IAM does not count white space (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html). */
export function lengthOf(document: string): number {
  return document.replace(/\s/g, "").length;
}

export function malformed(message: string): ServiceError {
  return new ServiceError("MalformedPolicyDocument", message);
}

function flawText(flaw: Flaw): string {
  switch (flaw.kind) {
    case "json":
      return "This policy contains invalid Json";
    case "syntax":
      return "Syntax error in policy.";
    case "no statement":
      return "Could not parse the policy: Statement is empty!";
    case "no effect":
      return "Missing required field Effect";
    case "version":
      return "The policy must contain a valid version string";
    case "field":
      return `Unknown field ${flaw.value}`;
    case "effect":
      return `Invalid effect: ${flaw.value}`;
  }
}

function checkStatement(statement: Statement, isOld: boolean): void {
  const { effect, principals, notPrincipals, actions, notActions, resources, notResources, conditions } = statement;
  if (notPrincipals)
    throw malformed(
      effect === "Allow"
        ? "Allow with NotPrincipal is not allowed."
        : "AssumeRole policy must not contain NotPrincipal field.",
    );
  checkPrincipals(principals);
  const named = actions ?? notActions ?? [];
  if (named.length === 0) throw malformed("Missing required field Action");
  if (!named.every(isRoleAction)) throw malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  if (resources) throw malformed("Has prohibited field Resource");
  if (notResources) throw malformed("AssumeRole policy must not contain resources.");
  const unknown = Object.keys(conditions).find((name) => !isOperator(name));
  if (unknown !== undefined) throw malformed(`Invalid Condition type : ${unknown}`);
  if (!isOld && trustsIdentityPools(principals) && effect === "Allow" && !hasCondition(statement))
    throw malformed("A condition block must be present for the Cognito provider");
}

function checkPrincipals(principals: Principals | undefined): asserts principals {
  if (principals === undefined) throw malformed("Missing required field Principal");
  if (principals === "*") throw malformed('AssumeRolepolicy contained an invalid principal: "STAR":"*".');
  const entries = Object.entries(principals);
  if (entries.length === 0) throw malformed("Missing required field Principal cannot be empty!");
  for (const [type, values] of entries) {
    const isValid = Object.hasOwn(principalTypes, type) ? principalTypes[type] : undefined;
    if (!isValid) throw malformed(`Invalid principal in policy: "${type}"`);
    if (values.length === 0) throw malformed("Syntax error in policy.");
    const invalid = values.find((value) => !isValid.test(value));
    if (invalid === undefined) continue;
    throw malformed(
      type === "Federated"
        ? "Federated principals must be valid domain names or SAML metadata ARNs"
        : `Invalid principal in policy: "${type.toUpperCase()}":"${invalid}"`,
    );
  }
}

const domain = "[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+";
const principalTypes: Readonly<Record<string, RegExp>> = {
  AWS: /^(\*|\d{12}|A[A-Z0-9]{16,}|arn:aws[\w-]*:(iam|sts)::(\d{12}|cloudfront):\S+)$/,
  Service: new RegExp(`^${domain}$`),
  Federated: new RegExp(`^(${domain}|arn:aws[\\w-]*:iam::\\d{12}:(saml|oidc)-provider/\\S+)$`),
};

/** Wildcards may stand only for kinds of AssumeRole. */
function isRoleAction(action: string): boolean {
  return /^sts:(AssumeRole[\w*?]*|TagSession|SetSourceIdentity|SetContext)$/i.test(action);
}

function trustsIdentityPools(principals: Principals | undefined): boolean {
  if (principals === undefined || principals === "*") return false;
  return (principals["Federated"] ?? []).some((value) => cognito.test(value));
}

function hasCondition({ conditions }: Statement): boolean {
  return Object.values(conditions).some((keys) => Object.keys(keys).length > 0);
}
