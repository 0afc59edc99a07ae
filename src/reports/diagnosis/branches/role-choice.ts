/** Which role the pool chooses for a user. */

import type { Fields } from "../../../util/json.ts";
import { type Branch, because, type Finding, findings, found, possible } from "../branch.ts";
import { type Facts, kindsOf, type Mapping, type RolesFacts, valueIn } from "../facts.ts";
import { claimIn, groupsWithRoles, mappingsOf, matchingRules, providerOfMapping } from "../roles-of.ts";

const GUIDE = "https://docs.aws.amazon.com/cognito/latest/developerguide/role-based-access-control.html";

const ANOTHER_ROLE = [/wrong role|other role|unexpected role|different role/i];

export const roleChoiceBranches: readonly Branch[] = [
  {
    id: "B17",
    title: "role mapping denies",
    stage: "role choice",
    cause: "The role mapping selects no role for this login, and AmbiguousRoleResolution is Deny.",
    tell: "get-identity-pool-roles shows a mapping with Deny. The token has no cognito:roles, or no rule matches its claims.",
    texts: [/ambiguous role mapping rules/i],
    example: "The ambiguous role mapping rules for: cognito-idp.… denied this request.",
    needs: ["error text", "pool roles", "user pool", "login"],
    advice:
      "Give the user's group a role, add a rule that matches, or set AmbiguousRoleResolution to AuthenticatedRole with set-identity-pool-roles.",
    sources: [
      GUIDE,
      "https://github.com/aws-amplify/amplify-js/issues/3621",
      "https://github.com/aws-amplify/amplify-js/issues/8644",
    ],
    judge: (facts) => {
      const roles = valueIn(facts.roles);
      if (!roles || !kindsOf(facts).includes("user")) return undefined;
      const denying = mappingsOf(roles, facts.asked.provider).filter(([, { ambiguous }]) => ambiguous === "Deny");
      if (denying.length === 0) return "clear";
      const list = denying.flatMap(([key, mapping]) => deniedBy(facts, key, mapping));
      return list.length > 0 ? list : undefined;
    },
  },
  {
    id: "B18",
    title: "role mapping chooses another role",
    stage: "role choice",
    cause: "The pool chooses another role than meant, without an error.",
    tell: "GetCallerIdentity of the credentials names the role. get-identity-pool-roles shows the mapping that was, or was not, applied.",
    texts: ANOTHER_ROLE,
    vague: /^/,
    example: undefined,
    needs: ["pool", "pool roles", "user pool", "login"],
    advice:
      "Check the key of the mapping (PROVIDER:CLIENT_ID), the order of its rules, the prefix custom: in claims, and Type Token where groups have roles.",
    sources: [GUIDE, "https://github.com/aws/aws-cdk/issues/22951"],
    judge: (facts) => {
      const roles = valueIn(facts.roles);
      if (!roles || !kindsOf(facts).includes("user")) return undefined;
      return findings([
        ...foreignKeys(facts, roles),
        ...missingPrefixes(facts, roles),
        ...unusedGroups(facts, roles),
        ...equalPrecedence(facts, roles),
        ...selectedRole(facts, roles),
      ]);
    },
  },
];

/** The call that sets one mapping anew; others keep theirs. Without `replace`, rules that are given join the present ones, after them. */
function setMapping({ poolId }: Facts, key: string, mapping: object) {
  return {
    tool: "set-identity-pool-roles",
    arguments: { IdentityPoolId: poolId, RoleMappings: { [key]: mapping }, replace: [`RoleMappings.${key}`] },
  };
}

function written({ type, ambiguous, rules }: Mapping, changes: Partial<Mapping>) {
  const { type: Type, ambiguous: resolution, rules: list } = { type, ambiguous, rules, ...changes };
  return {
    Type,
    ...(resolution !== undefined && { AmbiguousRoleResolution: resolution }),
    ...(Type === "Rules" && {
      RulesConfiguration: {
        Rules: list.map(({ claim, match, value, roleArn }) => ({
          Claim: claim,
          MatchType: match,
          Value: value,
          RoleARN: roleArn,
        })),
      },
    }),
  };
}

const CHANGE_RULE_OR_USER =
  "Add a rule that matches the user's claims, or change the user's group or attribute so that a rule matches, and sign in again.";

/** Each rule beside what the token has for its claim. Other claims may be personal data, and are never shown. */
function shownRules({ rules }: Mapping, claims: Fields) {
  return rules.map(({ claim, match, value }, at) => {
    const given = claimIn(claims, claim);
    return { rule: at + 1, claim, match, value, inTheToken: given === undefined ? null : [given].flat().map(String) };
  });
}

function deniedBy(facts: Facts, key: string, mapping: Mapping): Finding[] {
  const { claims } = facts.asked;
  const fix = setMapping(facts, key, written(mapping, { ambiguous: "AuthenticatedRole" }));
  if (mapping.type === "Rules") {
    if (!claims) return [];
    return matchingRules(mapping, claims).length === 0
      ? [
          found(
            { mapping: key, rulesThatMatch: 0, rules: shownRules(mapping, claims) },
            { advice: CHANGE_RULE_OR_USER },
            fix,
          ),
        ]
      : [];
  }
  if (claims)
    return claims["cognito:roles"] === undefined
      ? [
          found(
            { mapping: key, rolesInTheToken: 0 },
            { advice: "Put the user into a group with a role, and sign in again." },
            fix,
          ),
        ]
      : [];
  const userPool = valueIn(facts.userPool(providerOfMapping(key)));
  if (!userPool || groupsWithRoles(userPool).length > 0) return [];
  return [
    found({ mapping: key, groupsWithARole: 0 }, { advice: "Give the user's group a role in the user pool." }, fix),
  ];
}

/** Mappings for clients that the pool does not have. */
function foreignKeys(facts: Facts, roles: RolesFacts): Finding[] {
  const pool = valueIn(facts.pool);
  if (!pool) return [];
  return mappingsOf(roles, facts.asked.provider).flatMap(([key]) => {
    if (!key.startsWith("cognito-idp.")) return [];
    const clients = pool.userPools
      .filter(({ name }) => name === providerOfMapping(key))
      .map(({ clientId }) => clientId);
    const client = key.slice(key.lastIndexOf(":") + 1);
    if (clients.includes(client)) return [];
    return [
      found(
        { mapping: key, clientIdsOfThePool: clients },
        {
          advice: "Set the mapping under PROVIDER:CLIENT_ID of the application's client with set-identity-pool-roles.",
        },
      ),
    ];
  });
}

/** Rules whose claim is a custom attribute without its prefix. */
function missingPrefixes(facts: Facts, roles: RolesFacts): Finding[] {
  return mappingsOf(roles, facts.asked.provider).flatMap(([key, mapping]) => {
    const custom = valueIn(facts.userPool(providerOfMapping(key)))?.customAttributes ?? [];
    const isWrong = (claim: string) => custom.includes(`custom:${claim}`);
    const wrong = mapping.rules.flatMap(({ claim }, at) =>
      isWrong(claim) ? [{ rule: at + 1, asksFor: claim, inTheUserPool: `custom:${claim}` }] : [],
    );
    if (wrong.length === 0) return [];
    const rules = mapping.rules.map((rule) =>
      isWrong(rule.claim) ? { ...rule, claim: `custom:${rule.claim}` } : rule,
    );
    return [
      because(
        "A rule names a custom attribute without the prefix custom:.",
        found({ mapping: key, claims: wrong }, setMapping(facts, key, written(mapping, { rules }))),
      ),
    ];
  });
}

/** Groups with roles, of a user pool whose mapping does not look at them. */
function unusedGroups(facts: Facts, roles: RolesFacts): Finding[] {
  const pool = valueIn(facts.pool);
  const wanted = (pool?.userPools ?? []).filter(({ name }) => (facts.asked.provider ?? name) === name);
  return wanted.flatMap(({ name, clientId }) => {
    const key = `${name}:${clientId}`;
    if (roles.mappings.get(key)?.type === "Token") return [];
    const groups = groupsWithRoles(valueIn(facts.userPool(name))).map((group) => group.name);
    if (groups.length === 0 || (roles.mappings.get(key)?.rules.length ?? 0) > 0) return [];
    return [
      found(
        { provider: name, groupsWithARole: groups },
        setMapping(facts, key, { Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" }),
      ),
    ];
  });
}

/** Groups of the best precedence with different roles: the token then has no preferred role. */
function equalPrecedence(facts: Facts, roles: RolesFacts): Finding[] {
  return mappingsOf(roles, facts.asked.provider).flatMap(([key, { type }]) => {
    if (type !== "Token") return [];
    const groups = groupsWithRoles(valueIn(facts.userPool(providerOfMapping(key))));
    const equal = groups.filter(({ precedence, roleArn }) =>
      groups.some((other) => other.precedence === precedence && other.roleArn !== roleArn),
    );
    if (equal.length === 0) return [];
    return [
      possible(
        { mapping: key, groupsOfEqualPrecedence: equal.map(({ name }) => name) },
        { advice: "Give each group of the user pool a precedence of its own, or pass CustomRoleArn." },
      ),
    ];
  });
}

/** The role that the login of the case gets, from its claims. */
function selectedRole(facts: Facts, roles: RolesFacts): Finding[] {
  const { claims, errorText = "" } = facts.asked;
  if (!claims) return [];
  return mappingsOf(roles, facts.asked.provider).flatMap(([key, mapping]) => {
    if (mapping.type !== "Rules") return [];
    const [rule, ...later] = matchingRules(mapping, claims);
    if (rule === undefined) {
      const role = roles.authenticated !== undefined && { role: roles.authenticated };
      const evidence = { mapping: key, ruleThatMatches: null, ...role, rules: shownRules(mapping, claims) };
      return [because("No rule matches the token.", possible(evidence, { advice: CHANGE_RULE_OR_USER }))];
    }
    const others = later.flatMap((number) => mapping.rules[number - 1] ?? []);
    const evidence = {
      mapping: key,
      ruleThatMatches: rule,
      role: mapping.rules[rule - 1]?.roleArn,
      ...(others.length > 0 && {
        laterRulesThatMatch: others.map(({ roleArn }, at) => ({ rule: later[at], role: roleArn })),
      }),
    };
    const advice =
      "Rules are applied in order: move the one that is meant before it, or correct the claim or its value.";
    if (others.length === 0) return [possible(evidence, { advice })];
    const rest = mapping.rules.filter((one) => one !== others[0]);
    const moved = written(mapping, { rules: rest.toSpliced(rule - 1, 0, ...others) });
    // Only who says that the role is another than meant says that a later rule is meant.
    const finding = ANOTHER_ROLE.some((text) => text.test(errorText)) ? found : possible;
    return [
      because(
        "An earlier rule matches the token, so that a later one that matches too is not applied.",
        finding(evidence, ...(others.length === 1 ? [setMapping(facts, key, moved)] : []), { advice }),
      ),
    ];
  });
}
