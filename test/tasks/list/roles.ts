/** Roles, the order of rules, and session tags. */
import type { MappingRule } from "@aws-sdk/client-cognito-identity";
import { poolChangedOnly } from "../checks.ts";
import { client, groupRule, mappingKey, poolId, roleArn, userPool } from "../names.ts";
import type { SeedPool, Task } from "../task.ts";

const mappingOf = (rules: readonly MappingRule[]) => ({
  [mappingKey]: {
    Type: "Rules" as const,
    AmbiguousRoleResolution: "AuthenticatedRole" as const,
    RulesConfiguration: { Rules: [...rules] },
  },
});

const withRules = (...rules: readonly MappingRule[]): SeedPool => ({
  id: poolId(21),
  settings: {
    IdentityPoolName: "back office",
    AllowClassicFlow: false,
    CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }],
  },
  roles: { authenticated: roleArn("office-users") },
  mappings: mappingOf(rules),
});

const mappingsBecome =
  (rules: readonly MappingRule[]): Task["check"] =>
  (run) =>
    poolChangedOnly(run, poolId(21), (pool) => {
      pool.mappings = mappingOf(rules);
    });

export const roleTasks: readonly Task[] = [
  {
    name: "a-second-rule",
    request: `Members of the group ops should get the role ${roleArn("ops")}, in pool ${poolId(21)}. The rule for admins stays.`,
    seed: { pools: [withRules(groupRule("admins"))] },
    needs: ["insert rules"],
    budget: { calls: 2, tokens: 700, questions: 1 },
    solution: {
      steps: [
        () => ["get-identity-pool-roles", { IdentityPoolId: poolId(21) }],
        () => ["set-identity-pool-roles", { IdentityPoolId: poolId(21), RoleMappings: mappingOf([groupRule("ops")]) }],
      ],
    },
    check: mappingsBecome([groupRule("admins"), groupRule("ops")]),
  },
  {
    name: "a-rule-that-comes-first",
    request: `In ${poolId(21)}: contractors must get the role ${roleArn("contractors")} even if they are in another group too. So this rule has to come first.`,
    seed: { pools: [withRules(groupRule("admins"), groupRule("staff"))] },
    needs: ["insert rules"],
    budget: { calls: 2, tokens: 800, questions: 1 },
    solution: {
      steps: [
        () => ["get-identity-pool-roles", { IdentityPoolId: poolId(21) }],
        () => [
          "set-identity-pool-roles",
          { IdentityPoolId: poolId(21), RoleMappings: mappingOf([groupRule("contractors")]), insertRules: "first" },
        ],
      ],
    },
    check: mappingsBecome([groupRule("contractors"), groupRule("admins"), groupRule("staff")]),
  },
  {
    name: "a-rule-between-two",
    request: `Put a rule for the group auditors (role ${roleArn("auditors")}) after the one for owners and before the one for staff, in ${poolId(21)}.`,
    seed: { pools: [withRules(groupRule("owners"), groupRule("staff"), groupRule("interns"))] },
    needs: ["insert rules"],
    budget: { calls: 2, tokens: 930, questions: 1 },
    solution: {
      steps: [
        () => ["get-identity-pool-roles", { IdentityPoolId: poolId(21) }],
        () => [
          "set-identity-pool-roles",
          { IdentityPoolId: poolId(21), RoleMappings: mappingOf([groupRule("auditors")]), insertRules: { before: 2 } },
        ],
      ],
    },
    check: mappingsBecome([groupRule("owners"), groupRule("auditors"), groupRule("staff"), groupRule("interns")]),
  },
  {
    name: "session-tag-for-a-user-pool",
    request: `Policies of ours need the session tag tenant, from the claim custom:tenant of our user pool. Set that up in ${poolId(21)}; the tags that are there stay.`,
    seed: {
      pools: [
        { ...withRules(groupRule("admins")), principalTags: { [userPool]: { department: "custom:department" } } },
      ],
    },
    budget: { calls: 2, tokens: 600, questions: 1 },
    solution: {
      steps: [
        () => ["describe-identity-pool", { IdentityPoolId: poolId(21) }],
        () => [
          "set-principal-tag-attribute-map",
          { IdentityPoolId: poolId(21), IdentityProviderName: userPool, PrincipalTags: { tenant: "custom:tenant" } },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(21), ({ principalTags }) => {
        principalTags[userPool] = { department: "custom:department", tenant: "custom:tenant" };
      }),
  },
  {
    name: "a-role-in-another-region",
    request: `Signed-in users of our pool "tickets" in us-east-1 should get the role ${roleArn("tickets-users")}.`,
    seed: {
      pools: [
        { id: poolId(22), settings: { IdentityPoolName: "tickets" } },
        {
          id: poolId(23, "us-east-1"),
          settings: { IdentityPoolName: "tickets" },
          roles: { unauthenticated: roleArn("tickets-guests") },
        },
      ],
    },
    budget: { calls: 2, tokens: 450, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { region: "us-east-1", nameContains: "tickets" }],
        () => [
          "set-identity-pool-roles",
          { IdentityPoolId: poolId(23, "us-east-1"), Roles: { authenticated: roleArn("tickets-users") } },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(23, "us-east-1"), (pool) => {
        pool.roles = { authenticated: roleArn("tickets-users"), unauthenticated: roleArn("tickets-guests") };
      }),
  },
];
