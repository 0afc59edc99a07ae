/** What a role's trust policy is wrong in, branch by branch, with the statement that corrects it. */
import type { Fields } from "../../util/json.ts";
import type { ConditionResult } from "../trust/conditions.ts";
import type { Decision, StatementResult } from "../trust/decide.ts";
import { faults, isMalformed, readTrustPolicy, type Statement, type TrustPolicy } from "../trust/document.ts";
import { ASSUME, askTrust, claimOf, serviceNameIn, TAG_SESSION } from "../trust/web-identity.ts";
import { because, type Finding, found, possible } from "./branch.ts";
import type { Facts } from "./facts.ts";
import { candidatesOf, type RoleCandidate } from "./roles-of.ts";
import { placeOf, shownCondition } from "./trust-evidence.ts";
import { addAction, correct, createRole, documented, replaceMalformed } from "./trust-fixes.ts";
import { identityOf } from "./trust-identity.ts";

/** A finding, and the branch that it belongs to. */
interface TrustFinding extends Finding {
  readonly branch: TrustBranch;
}

type TrustBranch = "B19" | "B20" | "B21" | "B22" | "B23" | "B24" | "B25";

/** The branches about what a trust policy says. */
const OF_POLICIES: readonly TrustBranch[] = ["B20", "B21", "B22", "B23", "B24"];

/** What is found of one role, and the branches of which its policy tells nothing: they are not ruled out. */
interface JudgedRole {
  readonly list: readonly TrustFinding[];
  readonly notJudged: readonly TrustBranch[];
}

/** What was found, and whether all roles of the case could be judged. */
export interface TrustFindings {
  readonly list: readonly TrustFinding[];
  /** What the trust policies need that could not be read. */
  readonly notRead: readonly Finding[];
  /** Roles whose policy was read, and lets the identity in. */
  readonly sound: readonly string[];
  readonly complete: boolean;
  /** Branches that could not be judged for one of the roles. */
  readonly notJudged: ReadonlySet<string>;
}

const cache = new WeakMap<Facts, TrustFindings>();

/** Judges every role of the case. */
export function trustFindings(facts: Facts): TrustFindings {
  const known = cache.get(facts);
  if (known) return known;
  const { list: candidates, more } = candidatesOf(facts);
  const judged = candidates.map((candidate) => judgeRole(facts, candidate));
  const answer = {
    list: judged.flatMap((one) => one?.list ?? []),
    notRead: candidates
      .filter(({ arn }) => facts.role(arn).state === "not readable")
      .map((one) => notReadable(facts, one)),
    sound: candidates.filter((_, at) => judged[at]?.list.length === 0).map(({ arn }) => arn),
    complete: !more && judged.every((one) => one !== undefined),
    notJudged: new Set(judged.flatMap((one) => one?.notJudged ?? [])),
  };
  cache.set(facts, answer);
  return answer;
}

/** Undefined where the role could not be read. */
function judgeRole(facts: Facts, candidate: RoleCandidate): JudgedRole | undefined {
  const role = facts.role(candidate.arn);
  const whose = { role: candidate.arn, for: candidate.kind, from: candidate.source };
  if (role.state === "other account")
    return {
      list: [{ branch: "B25", ...otherAccount(facts, candidate, whose) }],
      notJudged: ["B19", ...OF_POLICIES],
    };
  if (role.state === "missing")
    return { list: [{ branch: "B19", ...roleMissing(facts, candidate, whose) }], notJudged: OF_POLICIES };
  if (role.state !== "read") return undefined;
  const policy = readTrustPolicy(role.value.trust);
  if (isMalformed(policy)) {
    const evidence = {
      ...whose,
      fault: faults[policy.fault],
      ...(policy.statement !== undefined && { statement: policy.statement }),
    };
    const fix = replaceMalformed(facts, candidate, policy);
    const finding = because("The trust policy is not valid: it lets nobody in.", found(evidence, fix));
    return { list: [{ branch: "B19", ...finding }], notJudged: OF_POLICIES };
  }
  return judgePolicy(facts, candidate, policy, whose);
}

function judgePolicy(facts: Facts, candidate: RoleCandidate, policy: TrustPolicy, whose: Fields): JudgedRole {
  const identity = identityOf(facts, candidate);
  const { assume, tagSession } = askTrust(policy, identity);
  const denials = [assume, tagSession].flatMap((decision) => denialsOf(decision));
  if (denials.length > 0) {
    // A Deny hides what else is wrong.
    const rest = policy.statements.filter(({ number }) => !denials.some((denial) => denial.number === number));
    const hidden = judgePolicy(facts, candidate, { ...policy, statements: rest }, whose);
    return { ...hidden, list: [...findDenials(candidate, denials, whose), ...hidden.list] };
  }
  if (assume.answer !== "allowed")
    return {
      list: explain(facts, candidate, policy, assume, whose),
      // Whether tags may come is asked only of who is let in.
      notJudged: [...notJudgedIn(facts, assume), ...(identity.tagKeys?.length === 0 ? [] : (["B24"] as const))],
    };
  if (!tagSession && identity.tagKeys === undefined)
    // Whether tags come could not be read: a Deny can be on them.
    return {
      list: [],
      notJudged: policy.statements.some(({ effect }) => effect === "Deny") ? ["B23", "B24"] : ["B24"],
    };
  if (!tagSession || tagSession.answer === "allowed") return { list: [], notJudged: [] };
  const statement = policy.statements.find(({ number }) => number === assume.decisive?.number);
  const evidence = { ...whose, tags: identity.tagKeys ?? [], missing: TAG_SESSION };
  const fix = statement ? addAction(candidate, statement, policy) : correct(facts, candidate, undefined);
  const finding = because(
    "The pool sends principal tags, and the trust policy does not allow sts:TagSession.",
    (tagSession.answer === "unknown" ? possible : found)(evidence, fix),
  );
  return { list: [{ branch: "B24", ...finding }], notJudged: notJudgedIn(facts, tagSession) };
}

/** What a policy that does not let the identity in leaves open: conditions on what is not known, and those under a wrong name. */
function notJudgedIn({ region }: Facts, { statements }: Decision): TrustBranch[] {
  const closest = closestAllow(statements);
  if (!closest) return [...OF_POLICIES];
  return statements.flatMap((statement) => {
    if (statement !== closest && statement.applies !== undefined) return [];
    const open = statement.conditions.filter(({ holds }) => holds === undefined);
    const unnamed = statement.conditions.filter(
      ({ holds, key, actual }) => holds === false && actual === undefined && !claimOf(region, key),
    );
    return [
      ...(statement.effect === "Deny" ? (["B23"] as const) : []),
      ...[...open, ...unnamed].map(({ key }) => branchOfClaim(key.slice(key.lastIndexOf(":") + 1))),
      // A key that does not exist is of B22, whatever it was meant to be.
      ...(unnamed.length > 0 ? (["B22"] as const) : []),
    ];
  });
}

/** The Deny statements that certainly apply. */
function denialsOf(decision: Decision | undefined): StatementResult[] {
  return (decision?.statements ?? []).filter(({ effect, applies }) => effect === "Deny" && applies === true);
}

function findDenials(
  { arn }: RoleCandidate,
  denials: readonly StatementResult[],
  whose: Fields,
): readonly TrustFinding[] {
  const numbers = new Map(denials.map((denial) => [denial.number, denial]));
  return [...numbers.values()].map((denial) => ({
    branch: "B23",
    ...because(
      "A Deny of the trust policy applies.",
      found(
        { ...whose, ...placeOf(denial), conditions: denial.conditions.map(shownCondition) },
        {
          iam: "iam:UpdateAssumeRolePolicy",
          role: arn,
          place: `Remove statement ${denial.number} of the trust policy, or narrow it.`,
        },
      ),
    ),
  }));
}

function explain(
  facts: Facts,
  candidate: RoleCandidate,
  policy: TrustPolicy,
  decision: Decision,
  whose: Fields,
): TrustFinding[] {
  const { answer, decisive } = decision;
  if (answer === "unknown" && decisive) {
    const open = decisive.conditions.filter(({ holds }) => holds === undefined).map(shownCondition);
    return [
      {
        branch: branchOfKey(
          facts,
          decisive.conditions.find(({ holds }) => holds === undefined),
        ),
        ...possible(
          { ...whose, ...placeOf(decisive), dependsOn: open, ...uncertaintyIn(facts) },
          correct(facts, candidate, statementAt(policy, decisive)),
        ),
      },
    ];
  }
  const closest = closestAllow(decision.statements);
  const statement = closest && statementAt(policy, closest);
  const fix = correct(facts, candidate, statement);
  if (!closest || !statement)
    return [
      { branch: "B19", ...because("The trust policy has no Allow.", found({ ...whose, allowStatements: 0 }, fix)) },
    ];
  const at = { ...whose, ...placeOf(closest) };
  const failing = closest.conditions.filter(({ holds }) => holds === false);
  const misnamed = closest.principal ? [] : failing.filter(({ key }) => isKeyOf(statement, key));
  const list: TrustFinding[] = [];
  if (!closest.principal) {
    const evidence = {
      ...at,
      inThePolicy: statement.principal.named.map(({ type, name }) => ({ [type]: name })),
      inTheRequest: { Federated: serviceNameIn(facts.region).name },
      ...(misnamed.length > 0 && { keys: misnamed.map(({ key }) => key) }),
      ...uncertaintyIn(facts),
    };
    list.push({ branch: "B19", ...because(misnamed.length > 0 ? otherName : otherPrincipal, found(evidence, fix)) });
  }
  if (!closest.action)
    list.push({
      branch: "B20",
      ...found({ ...at, inThePolicy: statement.actions.patterns, inTheRequest: ASSUME }, fix),
    });
  for (const condition of failing)
    if (!misnamed.includes(condition)) {
      const branch = branchOfKey(facts, condition);
      const finding = found({ ...at, ...shownCondition(condition) }, fix);
      list.push({ branch, ...because(failureOf(facts, candidate, branch, condition), finding) });
    }
  return list;
}

const otherPrincipal =
  "The federated principal of the trust policy is not the identity pools' service of this partition.";
const otherName = `${otherPrincipal.slice(0, -1)}, and condition keys begin with the same wrong name.`;

/** Whether a condition key begins with the name of a principal of the statement, so that one correction is for both. */
function isKeyOf({ principal: { named } }: Statement, key: string): boolean {
  return named.some(({ type, name }) => type === "Federated" && key.toLowerCase().startsWith(`${name.toLowerCase()}:`));
}

/** In which way a condition fails; undefined where the branch has no more to say. */
function failureOf(
  { region }: Facts,
  { kind }: RoleCandidate,
  branch: TrustBranch,
  { key }: ConditionResult,
): string | undefined {
  if (branch === "B23") return "A condition of the trust policy fails, which is neither on aud nor on amr.";
  if (branch !== "B22") return undefined;
  return claimOf(region, key) === "amr"
    ? `The condition on amr in the trust policy does not let ${kind === "guest" ? "guests" : "users"} in.`
    : "The trust policy has a condition on a key that the request does not have.";
}

/** The Allow that is nearest to applying: by its principal, its action, and how few conditions fail. */
function closestAllow(statements: readonly StatementResult[]): StatementResult | undefined {
  const distance = ({ principal, action, conditions }: StatementResult) =>
    (principal ? 0 : 10_000) + (action ? 0 : 1_000) + conditions.filter(({ holds }) => holds !== true).length;
  return statements
    .filter(({ effect }) => effect === "Allow")
    .reduce<StatementResult | undefined>(
      (best, one) => (best && distance(best) <= distance(one) ? best : one),
      undefined,
    );
}

function uncertaintyIn({ region }: Facts): Fields {
  if (serviceNameIn(region).otherKeys.length === 0) return {};
  return { uncertain: "AWS's pages on this partition do not agree on the names of the service in trust policies." };
}

/** By the claim that a condition looks at. A key that STS does not set is one that was misspelt. */
function branchOfKey({ region }: Facts, condition: ConditionResult | undefined): TrustBranch {
  if (!condition) return "B23";
  const claim = claimOf(region, condition.key);
  if (claim === undefined && /:(aud|amr)$/i.test(condition.key)) return "B22";
  return branchOfClaim(claim);
}

function branchOfClaim(claim: string | undefined): TrustBranch {
  return claim?.toLowerCase() === "aud" ? "B21" : claim?.toLowerCase() === "amr" ? "B22" : "B23";
}

function statementAt({ statements }: TrustPolicy, { number }: StatementResult): Statement | undefined {
  return statements.find((statement) => statement.number === number);
}

function roleMissing(facts: Facts, candidate: RoleCandidate, whose: Fields): Finding {
  const member = candidate.kind === "guest" ? "unauthenticated" : "authenticated";
  return because(
    "The role does not exist in IAM.",
    found({ ...whose, exists: false }, createRole(facts, candidate), {
      advice: `Or name a role that exists, with set-identity-pool-roles (Roles.${member}).`,
    }),
  );
}

function notReadable(facts: Facts, candidate: RoleCandidate): Finding {
  const place = "Compare the trust policy: it needs this statement, and no Deny that applies.";
  return because(
    "The trust policy of the role could not be read.",
    possible(
      { role: candidate.arn, for: candidate.kind, from: candidate.source, trustPolicy: "not read" },
      documented(facts, candidate, place),
    ),
  );
}

function otherAccount(facts: Facts, candidate: RoleCandidate, whose: Fields): Finding {
  const place =
    "In the account of the role, compare the trust policy with this statement. The classic flow requires aud and amr.";
  return because(
    "The role is in another account, in which its trust policy cannot be read from here.",
    possible({ ...whose, otherAccount: true }, documented(facts, candidate, place)),
  );
}
