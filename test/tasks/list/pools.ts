/** Settings and tags of pools, and questions about them. */
import { called, createdOnly, oneIdentity, poolChangedOnly, told, unchanged } from "../checks.ts";
import { client, facebook, google, googleApp, groupRule, mappingKey, poolId, roleArn, userPool } from "../names.ts";
import type { Fields, SeedPool, Task } from "../task.ts";

const shop: SeedPool = {
  id: poolId(31),
  settings: {
    IdentityPoolName: "shop",
    AllowUnauthenticatedIdentities: true,
    CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }],
    SupportedLoginProviders: {
      [google]: googleApp,
      [facebook]: "803365217941006",
      "www.amazon.com": "amzn1.application.188a56d8",
      "appleid.apple.com": "com.example.shop",
    },
    IdentityPoolTags: { team: "shop", temporary: "yes" },
  },
  roles: { authenticated: roleArn("shop-users"), unauthenticated: roleArn("shop-guests") },
};

/** Of these, the first three allow guests and give them no role. */
const guestPools: readonly SeedPool[] = ["kiosk", "museum", "stadium", "library", "theatre", "archive"].map(
  (name, at) => ({
    id: poolId(40 + at),
    settings: { IdentityPoolName: name, AllowUnauthenticatedIdentities: at < 5, AllowClassicFlow: false },
    roles: {
      authenticated: roleArn(`${name}-users`),
      ...((at === 3 || at === 4) && { unauthenticated: roleArn(`${name}-guests`) }),
    },
  }),
);

export const poolTasks: readonly Task[] = [
  {
    name: "remove-one-provider-of-five",
    request: `Login with Amazon is going away. Take it out of ${poolId(31)}; the other logins stay.`,
    seed: { pools: [shop] },
    needs: ["remove"],
    budget: { calls: 2, tokens: 700, questions: 1 },
    solution: {
      steps: [
        () => [
          "update-identity-pool",
          { IdentityPoolId: poolId(31), remove: { SupportedLoginProviders: ["www.amazon.com"] } },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(31), ({ settings }) => {
        delete settings.SupportedLoginProviders?.["www.amazon.com"];
      }),
  },
  {
    name: "close-the-classic-flow",
    request: 'Close the classic flow on the pool "shop".',
    seed: { pools: [shop] },
    budget: { calls: 2, tokens: 600, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "shop" }],
        () => ["update-identity-pool", { IdentityPoolId: poolId(31), AllowClassicFlow: false }],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(31), ({ settings }) => {
        settings.AllowClassicFlow = false;
      }),
  },
  {
    name: "check-tokens-on-the-server",
    request: `Users who have signed out of our user pool must not get credentials in ${poolId(31)} any more: turn on the server-side token check.`,
    seed: { pools: [shop] },
    budget: { calls: 2, tokens: 900, questions: 1 },
    solution: {
      steps: [
        () => ["describe-identity-pool", { IdentityPoolId: poolId(31) }],
        () => [
          "update-identity-pool",
          {
            IdentityPoolId: poolId(31),
            CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client, ServerSideTokenCheck: true }],
          },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(31), ({ settings }) => {
        settings.CognitoIdentityProviders = [{ ProviderName: userPool, ClientId: client, ServerSideTokenCheck: true }];
      }),
  },
  {
    name: "pools-without-a-guest-role",
    request: "Which pools allow guests but have no role for them?",
    seed: { pools: guestPools },
    needs: ["filters"],
    budget: { calls: 1, tokens: 500, questions: 0 },
    solution: {
      steps: [() => ["list-identity-pools", { guests: true, withoutRole: "unauthenticated" }]],
      answer: ([listed]) => JSON.stringify(listed?.["IdentityPools"]),
    },
    check: (run) => [
      ...told(run, ["kiosk", "museum", "stadium"], ["library", "theatre", "archive"]),
      ...unchanged(run),
    ],
  },
  {
    name: "tag-a-pool",
    request: `Please tag ${poolId(31)} with owner = payments.`,
    seed: { pools: [shop] },
    needs: ["tags by pool id"],
    budget: { calls: 1, tokens: 250, questions: 1 },
    solution: { steps: [() => ["tag-resource", { IdentityPoolId: poolId(31), Tags: { owner: "payments" } }]] },
    check: (run) =>
      poolChangedOnly(run, poolId(31), ({ settings }) => {
        settings.IdentityPoolTags = { ...settings.IdentityPoolTags, owner: "payments" };
      }),
  },
  {
    name: "remove-a-tag",
    request: `The tag "temporary" on ${poolId(31)} can go.`,
    seed: { pools: [shop] },
    needs: ["tags by pool id"],
    budget: { calls: 1, tokens: 250, questions: 1 },
    solution: { steps: [() => ["untag-resource", { IdentityPoolId: poolId(31), TagKeys: ["temporary"] }]] },
    check: (run) =>
      poolChangedOnly(run, poolId(31), ({ settings }) => {
        settings.IdentityPoolTags = { team: "shop" };
      }),
  },
  {
    name: "what-is-wrong-with-this-pool",
    request: `What is wrong with the pool ${poolId(32)}? Our users complain, and security does too.`,
    seed: {
      pools: [
        {
          id: poolId(32),
          settings: {
            IdentityPoolName: "legacy",
            AllowUnauthenticatedIdentities: true,
            CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }],
          },
          roles: { unauthenticated: roleArn("legacy-guests") },
          mappings: {
            [mappingKey]: {
              Type: "Rules",
              AmbiguousRoleResolution: "AuthenticatedRole",
              RulesConfiguration: { Rules: [groupRule("admins")] },
            },
          },
        },
      ],
    },
    needs: ["everything"],
    budget: { calls: 2, tokens: 800, questions: 0 },
    solution: {
      steps: [() => ["describe-identity-pool", { IdentityPoolId: poolId(32), everything: true }]],
      answer: ([pool]) => JSON.stringify(pool?.["attention"]),
    },
    check: (run) => [
      ...told(run, [
        /no[^.]*\brole\b|role[^.]*(missing|not set|absent)/i,
        /\bauthenticated|signed.in|users/i,
        /classic/i,
      ]),
      ...unchanged(run),
    ],
  },
  {
    name: "copy-a-pool",
    request:
      'Make a copy of the pool "shop" for tests, and name it "shop test". It should have the same logins and roles. It needs no tags.',
    seed: { pools: [shop] },
    budget: { calls: 5, tokens: 1500, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "shop" }],
        () => ["describe-identity-pool", { IdentityPoolId: poolId(31) }],
        () => ["get-identity-pool-roles", { IdentityPoolId: poolId(31) }],
        ([, pool]) => ["create-identity-pool", copyOf(pool ?? {}, "shop test")],
        ([, , roles, created]) => [
          "set-identity-pool-roles",
          { IdentityPoolId: created?.["IdentityPoolId"], Roles: roles?.["Roles"] },
        ],
      ],
    },
    check: (run) => {
      const { IdentityPoolTags: _, ...settings } = shop.settings;
      return createdOnly(run, {
        settings: { ...settings, IdentityPoolName: "shop test", AllowUnauthenticatedIdentities: true },
        roles: { ...shop.roles },
        mappings: {},
        principalTags: {},
        identities: {},
      });
    },
  },
  {
    name: "credentials-for-alice",
    request: `Alice signs in with Google. I need her AWS credentials, with the login reference alice, in ${poolId(31)}.`,
    seed: { pools: [shop], logins: { alice: { provider: google, app: googleApp, sub: "alice" } } },
    budget: { calls: 2, tokens: 350, questions: 0 },
    solution: {
      steps: [
        () => ["get-id", { IdentityPoolId: poolId(31), Logins: { [google]: "login:alice" } }],
        ([user]) => [
          "get-credentials-for-identity",
          { IdentityId: user?.["IdentityId"], Logins: { [google]: "login:alice" } },
        ],
      ],
      answer: (answers) => JSON.stringify(answers[1]?.["use"]),
    },
    check: (run) => [
      ...called(run, "get-credentials-for-identity"),
      ...told(run, [/\bcredentials [\w-]{6,}/]),
      ...oneIdentity(run, poolId(31), [google]),
    ],
  },
];

/** The settings of a described pool, for another one. */
function copyOf(
  { IdentityPoolId: _, IdentityPoolTags: __, region: ___, ...settings }: Fields,
  IdentityPoolName: string,
): Fields {
  return { ...settings, IdentityPoolName };
}
