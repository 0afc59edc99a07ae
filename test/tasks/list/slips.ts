/** Requests with the mistakes that people make: an ARN for an id, a role by its name, a provider by its brand, a user's sub. */
import { poolChangedOnly, told, unchanged } from "../checks.ts";
import { account, client, google, googleApp, poolId, roleArn, userPool, userPoolId } from "../names.ts";
import type { SeedPool, Task } from "../task.ts";

const blog: SeedPool = {
  id: poolId(61),
  settings: {
    IdentityPoolName: "blog",
    AllowClassicFlow: false,
    CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }],
  },
  roles: { authenticated: roleArn("blog-readers") },
  identities: [{ login: { provider: userPool, app: client, sub: "5f8b2c1e-7d34-4a90-b1c6-2e9f0d7a6b53" } }],
};

export const slips: readonly Task[] = [
  {
    name: "google-by-its-brand",
    request: `Add google (${googleApp}) to arn:aws:cognito-identity:eu-west-1:${account}:identitypool/${poolId(61)}.`,
    seed: { pools: [blog] },
    budget: { calls: 2, tokens: 600, questions: 1 },
    solution: {
      steps: [
        () => [
          "update-identity-pool",
          { IdentityPoolId: poolId(61), SupportedLoginProviders: { [google]: googleApp } },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(61), ({ settings }) => {
        settings.SupportedLoginProviders = { [google]: googleApp };
      }),
  },
  {
    name: "role-by-its-name",
    request: `Readers of the pool "blog" should get the role blog-members from now on. Our account is ${account.replace(/(\d{4})(\d{4})(\d{4})/, "$1-$2-$3")}.`,
    seed: { pools: [blog] },
    budget: { calls: 3, tokens: 700, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "blog" }],
        () => [
          "set-identity-pool-roles",
          { IdentityPoolId: poolId(61), Roles: { authenticated: roleArn("blog-members") } },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(61), (pool) => {
        pool.roles = { authenticated: roleArn("blog-members") };
      }),
  },
  {
    name: "identity-of-a-sub",
    request: `Which identity belongs to the user 5f8b2c1e-7d34-4a90-b1c6-2e9f0d7a6b53 of our user pool? The identity pool is ${poolId(61)}.`,
    seed: { pools: [blog] },
    budget: { calls: 2, tokens: 500, questions: 0 },
    solution: {
      steps: [],
      answer: () =>
        "That cannot be looked up: Cognito Identity does not keep which user of a user pool an identity belongs to. It can be found with a token of the user (get-id), or in the logs of the application.",
    },
    check: (run) => [
      ...told(run, [/cannot|can't|not possible|impossible|no way|does not (?:keep|store|show)/i, /token|log/i]),
      ...unchanged(run),
    ],
  },
  {
    name: "a-user-pool-for-a-pool",
    request: `Turn guests on in ${userPoolId}. Ah no, that is the user pool. I mean the identity pool that our users sign in to with it.`,
    seed: { pools: [blog, { id: poolId(62), settings: { IdentityPoolName: "forum", AllowClassicFlow: false } }] },
    needs: ["filters"],
    budget: { calls: 3, tokens: 700, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { provider: userPool }],
        () => ["update-identity-pool", { IdentityPoolId: poolId(61), AllowUnauthenticatedIdentities: true }],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(61), ({ settings }) => {
        settings.AllowUnauthenticatedIdentities = true;
      }),
  },
];
