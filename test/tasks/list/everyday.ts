/** Sixteen requests that people make every day, in the order in which they were first measured. */
import { bare, called, changedOnly, createdOnly, oneIdentity, poolChangedOnly, told, unchanged } from "../checks.ts";
import {
  client,
  facebook,
  google,
  googleApp,
  groupRule,
  mappingKey,
  poolId,
  roleArn,
  userPool,
  userPoolId,
} from "../names.ts";
import type { SeedPool, Task } from "../task.ts";

/** A pool of the day, with everything that most pools have. */
const snaps: SeedPool = {
  id: poolId(1),
  settings: {
    IdentityPoolName: "holiday snaps",
    AllowUnauthenticatedIdentities: true,
    AllowClassicFlow: false,
    SupportedLoginProviders: { [google]: googleApp, [facebook]: "803365217941006" },
    IdentityPoolTags: { team: "web", stage: "live" },
  },
  roles: { authenticated: roleArn("snaps-users"), unauthenticated: roleArn("snaps-guests") },
};

/** The same with a user pool, whose groups choose roles. */
const withUserPool: SeedPool = {
  ...snaps,
  settings: { ...snaps.settings, CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }] },
};

/** 150 pools: every tenth allows guests, and every twenty-fifth has the classic flow open, once because it is not set. */
const many: readonly SeedPool[] = Array.from({ length: 150 }, (_, at) => ({
  id: poolId(100 + at),
  settings: {
    IdentityPoolName: `tenant-${String(at).padStart(3, "0")}`,
    AllowUnauthenticatedIdentities: at % 10 === 3,
    ...(at !== 50 && { AllowClassicFlow: at % 25 === 0 }),
  },
}));
const remarkable = many.flatMap(({ settings }, at) =>
  at % 10 === 3 || at % 25 === 0 ? settings.IdentityPoolName : [],
);

const developerPool: SeedPool = {
  id: poolId(2),
  settings: { IdentityPoolName: "club", DeveloperProviderName: "login.club.example" },
  identities: [{ developerUser: "john" }, { developerUser: "jane" }, { developerUser: "joan" }],
};

export const everyday: readonly Task[] = [
  {
    name: "pool-with-google-and-guests",
    request: `Create an identity pool "trail maps". People sign in with Google (client id ${googleApp}), and visitors may look around without signing in.`,
    seed: { pools: [snaps] },
    budget: { calls: 1, tokens: 150, questions: 0 },
    solution: {
      steps: [
        () => [
          "create-identity-pool",
          {
            IdentityPoolName: "trail maps",
            AllowUnauthenticatedIdentities: true,
            SupportedLoginProviders: { [google]: googleApp },
          },
        ],
      ],
    },
    check: (run) => {
      const settings = {
        IdentityPoolName: "trail maps",
        AllowUnauthenticatedIdentities: true,
        SupportedLoginProviders: { [google]: googleApp },
      };
      // Whoever closes the classic flow, of which nothing was said, does no harm.
      const closed = createdOnly(run, bare({ ...settings, AllowClassicFlow: false }));
      return closed.length === 0 ? [] : createdOnly(run, bare(settings));
    },
  },
  {
    name: "roles-for-guests-and-users",
    request: `In the pool ${poolId(3)}, guests should get the role ${roleArn("maps-guests")} and signed-in users ${roleArn("maps-users")}.`,
    seed: {
      pools: [{ id: poolId(3), settings: { IdentityPoolName: "trail maps", AllowUnauthenticatedIdentities: true } }],
    },
    budget: { calls: 1, tokens: 210, questions: 1 },
    solution: {
      steps: [
        () => [
          "set-identity-pool-roles",
          {
            IdentityPoolId: poolId(3),
            Roles: { authenticated: roleArn("maps-users"), unauthenticated: roleArn("maps-guests") },
          },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(3), (pool) => {
        pool.roles = { authenticated: roleArn("maps-users"), unauthenticated: roleArn("maps-guests") };
      }),
  },
  {
    name: "add-our-user-pool",
    request: `Our user pool ${userPoolId} (app client ${client}) should work as a login for the identity pool ${poolId(1)}.`,
    seed: { pools: [snaps] },
    budget: { calls: 1, tokens: 450, questions: 1 },
    solution: {
      steps: [
        () => [
          "update-identity-pool",
          { IdentityPoolId: poolId(1), CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }] },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(1), ({ settings }) => {
        settings.CognitoIdentityProviders = [{ ProviderName: userPool, ClientId: client }];
      }),
  },
  {
    name: "guests-off",
    request: `Nobody should get in without signing in any more: ${poolId(1)}.`,
    seed: { pools: [{ ...snaps, identities: [{ count: 3 }] }] },
    budget: { calls: 1, tokens: 290, questions: 1 },
    solution: {
      steps: [() => ["update-identity-pool", { IdentityPoolId: poolId(1), AllowUnauthenticatedIdentities: false }]],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(1), ({ settings }) => {
        settings.AllowUnauthenticatedIdentities = false;
      }),
  },
  {
    name: "guests-or-classic-flow-on",
    request: "Which of our identity pools have guests or the classic flow on?",
    seed: { pools: many },
    needs: ["filters"],
    budget: { calls: 1, tokens: 1250, questions: 0 },
    solution: {
      steps: [() => ["list-identity-pools", { guests: true, classicFlow: "open", any: true }]],
      answer: ([listed]) => JSON.stringify(listed),
    },
    check: (run) => [
      ...told(
        run,
        remarkable,
        many.flatMap(({ settings }) =>
          remarkable.includes(settings.IdentityPoolName) ? [] : settings.IdentityPoolName,
        ),
      ),
      ...unchanged(run),
    ],
  },
  {
    name: "admins-get-role-admins",
    request: `Whoever is in the group admins of our user pool should get the role ${roleArn("admins")}. Everybody else keeps the normal role for users. The pool is ${poolId(1)}.`,
    seed: { pools: [withUserPool] },
    budget: { calls: 2, tokens: 600, questions: 1 },
    solution: {
      steps: [
        () => ["describe-identity-pool", { IdentityPoolId: poolId(1) }],
        () => [
          "set-identity-pool-roles",
          {
            IdentityPoolId: poolId(1),
            RoleMappings: {
              [mappingKey]: {
                Type: "Rules",
                AmbiguousRoleResolution: "AuthenticatedRole",
                RulesConfiguration: { Rules: [groupRule("admins")] },
              },
            },
          },
        ],
      ],
    },
    check: (run) => {
      const withRule = (MatchType: "Contains" | "Equals") =>
        poolChangedOnly(run, poolId(1), (pool) => {
          pool.mappings = {
            [mappingKey]: {
              Type: "Rules",
              AmbiguousRoleResolution: "AuthenticatedRole",
              RulesConfiguration: { Rules: [{ ...groupRule("admins"), MatchType }] },
            },
          };
        });
      // Both occur in AWS's own examples for groups.
      return withRule("Contains").length === 0 ? [] : withRule("Equals");
    },
  },
  {
    name: "tag-pools-by-prefix",
    request: "Tag all pools whose name begins with photo: cost-center 4711.",
    seed: {
      pools: [
        ...Array.from({ length: 30 }, (_, at) => ({
          id: poolId(300 + at),
          settings: { IdentityPoolName: `photo-${at + 1}`, IdentityPoolTags: { stage: "live" } },
        })),
        { id: poolId(398), settings: { IdentityPoolName: "old photo archive" } },
        snaps,
      ],
    },
    needs: ["batch", "filters"],
    budget: { calls: 2, tokens: 2400, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { namePrefix: "photo" }],
        ([listed = {}]) => [
          "tag-resource",
          {
            IdentityPoolIds: (listed["IdentityPools"] as { IdentityPoolId: string }[]).map(
              (pool) => pool.IdentityPoolId,
            ),
            Tags: { "cost-center": "4711" },
          },
        ],
      ],
    },
    check: (run) =>
      changedOnly(run, ({ pools }) => {
        for (const { settings } of Object.values(pools))
          if (settings.IdentityPoolName?.startsWith("photo"))
            settings.IdentityPoolTags = { ...settings.IdentityPoolTags, "cost-center": "4711" };
      }),
  },
  {
    name: "jane-becomes-john",
    request: `In our pool club (${poolId(2)}) the users jane and john are the same person. From now on john's identity should be used for both.`,
    seed: { pools: [developerPool] },
    budget: { calls: 4, tokens: 450, questions: 1 },
    solution: {
      steps: [
        () => ["describe-identity-pool", { IdentityPoolId: poolId(2) }],
        ([pool]) => [
          "merge-developer-identities",
          {
            IdentityPoolId: poolId(2),
            DeveloperProviderName: pool?.["DeveloperProviderName"],
            SourceUserIdentifier: "jane",
            DestinationUserIdentifier: "john",
          },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(2), ({ identities }) => {
        const of = (user: string) =>
          Object.values(identities).find(({ developerUsers }) => developerUsers.includes(user));
        const [john, jane] = [of("john"), of("jane")];
        if (!john || !jane) throw new Error("the seed has no john or no jane");
        john.developerUsers = ["jane", "john"];
        jane.developerUsers = [];
        jane.disabled = true;
        // A disabled identity keeps no login.
        jane.logins = [];
      }),
  },
  {
    name: "delete-identities-without-logins",
    request: `The pool ${poolId(1)} is full of guests from the trade fair. Delete all identities that have no login.`,
    seed: {
      pools: [
        {
          ...snaps,
          identities: [{ count: 130 }, { count: 4, login: { provider: google, app: googleApp, sub: "user" } }],
        },
      ],
    },
    needs: ["batch"],
    budget: { calls: 2, tokens: 280, questions: 1 },
    solution: {
      steps: [() => ["delete-identities", { IdentityPoolId: poolId(1), where: { withoutLogins: true } }]],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(1), (pool) => {
        pool.identities = Object.fromEntries(
          Object.entries(pool.identities).filter(([, { logins }]) => logins.length > 0),
        );
      }),
  },
  {
    name: "delete-a-pool",
    request: 'The pool "campaign 2019" is no longer needed. Delete it.',
    seed: {
      pools: [
        snaps,
        { id: poolId(5), settings: { IdentityPoolName: "campaign 2019", AllowUnauthenticatedIdentities: true } },
        { id: poolId(6), settings: { IdentityPoolName: "campaign 2020" } },
      ],
    },
    budget: { calls: 2, tokens: 330, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "campaign 2019" }],
        () => ["delete-identity-pool", { IdentityPoolId: poolId(5) }],
      ],
    },
    check: (run) =>
      changedOnly(run, ({ pools }) => {
        delete pools[poolId(5)];
      }),
  },
  {
    name: "undo-the-deletion",
    request: "That was the wrong one! Undo that, as far as possible.",
    seed: {
      pools: [
        {
          id: poolId(7),
          settings: {
            IdentityPoolName: "campaign 2020",
            AllowUnauthenticatedIdentities: true,
            AllowClassicFlow: false,
            SupportedLoginProviders: { [google]: googleApp },
            IdentityPoolTags: { team: "marketing" },
          },
        },
      ],
    },
    earlier: [() => ["delete-identity-pool", { IdentityPoolId: poolId(7) }]],
    budget: { calls: 1, tokens: 130, questions: 0 },
    solution: {
      steps: [
        ([deleted = {}]) => [
          "create-identity-pool",
          (deleted["recreate"] as { create: Record<string, unknown> }).create,
        ],
      ],
    },
    check: (run) =>
      createdOnly(
        run,
        bare({
          IdentityPoolName: "campaign 2020",
          AllowUnauthenticatedIdentities: true,
          AllowClassicFlow: false,
          SupportedLoginProviders: { [google]: googleApp },
          IdentityPoolTags: { team: "marketing" },
        }),
      ),
  },
  {
    name: "guest-credentials-for-a-script",
    request: `My script needs AWS credentials as a guest of ${poolId(1)}. How do I get them?`,
    seed: { pools: [snaps] },
    budget: { calls: 2, tokens: 280, questions: 0 },
    solution: {
      steps: [
        () => ["get-id", { IdentityPoolId: poolId(1) }],
        ([guest]) => ["get-credentials-for-identity", { IdentityId: guest?.["IdentityId"] }],
      ],
      answer: (answers) => JSON.stringify(answers[1]?.["use"]),
    },
    check: (run) => [
      ...called(run, "get-credentials-for-identity"),
      ...told(run, [/\bcredentials [\w-]{6,}/]),
      ...oneIdentity(run, poolId(1), []),
    ],
  },
  {
    name: "why-do-guests-get-no-credentials",
    request: `Guests of ${poolId(8)} get no credentials, users do. Why?`,
    seed: {
      pools: [
        {
          id: poolId(8),
          settings: { IdentityPoolName: "kiosk", AllowUnauthenticatedIdentities: true, AllowClassicFlow: false },
          roles: { authenticated: roleArn("kiosk-users") },
        },
      ],
    },
    budget: { calls: 2, tokens: 250, questions: 0 },
    needs: ["everything"],
    solution: {
      steps: [() => ["describe-identity-pool", { IdentityPoolId: poolId(8), everything: true }]],
      answer: ([pool]) => JSON.stringify(pool?.["attention"]),
    },
    check: (run) => [...told(run, [/role/i, /unauthenticated|guest/i]), ...unchanged(run)],
  },
  {
    name: "rename-and-map-a-tag",
    request: `Rename ${poolId(1)} to "holiday pictures", and pass the claim custom:department of our user pool's users on as the session tag department.`,
    seed: { pools: [withUserPool] },
    budget: { calls: 3, tokens: 850, questions: 2 },
    solution: {
      steps: [
        () => ["update-identity-pool", { IdentityPoolId: poolId(1), IdentityPoolName: "holiday pictures" }],
        () => ["describe-identity-pool", { IdentityPoolId: poolId(1) }],
        () => [
          "set-principal-tag-attribute-map",
          {
            IdentityPoolId: poolId(1),
            IdentityProviderName: userPool,
            PrincipalTags: { department: "custom:department" },
          },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(1), (pool) => {
        pool.settings.IdentityPoolName = "holiday pictures";
        pool.principalTags[userPool] = { department: "custom:department" };
      }),
  },
  {
    name: "remove-facebook",
    request: `We no longer offer Facebook as a login. Remove it from ${poolId(1)}.`,
    seed: { pools: [snaps] },
    needs: ["remove"],
    budget: { calls: 1, tokens: 320, questions: 1 },
    solution: {
      steps: [
        () => ["update-identity-pool", { IdentityPoolId: poolId(1), remove: { SupportedLoginProviders: [facebook] } }],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(1), ({ settings }) => {
        settings.SupportedLoginProviders = { [google]: googleApp };
      }),
  },
  {
    name: "everything-about-a-pool",
    request: `Show me everything about ${poolId(1)}: settings, roles, who gets which role, session tags, and how many identities there are.`,
    seed: {
      pools: [
        {
          ...withUserPool,
          mappings: {
            [mappingKey]: {
              Type: "Rules",
              AmbiguousRoleResolution: "Deny",
              RulesConfiguration: { Rules: [groupRule("admins"), groupRule("staff")] },
            },
          },
          principalTags: { [userPool]: { department: "custom:department" } },
          identities: [{ count: 7 }],
        },
      ],
    },
    needs: ["everything"],
    budget: { calls: 1, tokens: 760, questions: 0 },
    solution: {
      steps: [() => ["describe-identity-pool", { IdentityPoolId: poolId(1), everything: true }]],
      answer: ([pool]) => JSON.stringify(pool),
    },
    check: (run) => [
      ...told(run, [
        "holiday snaps",
        googleApp,
        "snaps-users",
        "snaps-guests",
        /admins.*staff/s,
        "custom:department",
        /\b7\b/,
      ]),
      ...unchanged(run),
    ],
  },
];
