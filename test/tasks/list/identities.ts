/** Identities and developer users. */
import { poolChangedOnly, told, unchanged } from "../checks.ts";
import { facebook, google, googleApp, poolId } from "../names.ts";
import type { Fields, SeedPool, Task } from "../task.ts";

const app: SeedPool = {
  id: poolId(51),
  settings: {
    IdentityPoolName: "app",
    AllowUnauthenticatedIdentities: true,
    SupportedLoginProviders: { [google]: googleApp, [facebook]: "803365217941006" },
  },
  identities: [
    { count: 47, created: "2024-03-01T08:00:00Z" },
    { count: 21, created: "2025-06-01T08:00:00Z" },
    { count: 30, created: "2024-02-01T08:00:00Z", login: { provider: google, app: googleApp, sub: "google-user" } },
    { count: 3, login: { provider: facebook, app: "803365217941006", sub: "facebook-user" } },
  ],
};

const club: SeedPool = {
  id: poolId(52),
  settings: { IdentityPoolName: "club", DeveloperProviderName: "login.club.example" },
  identities: [{ developerUser: "john" }, { developerUser: "jane" }, { count: 5, developerUser: "member" }],
};

export const identityTasks: readonly Task[] = [
  {
    name: "identities-of-facebook",
    request: `Which identities in ${poolId(51)} sign in with Facebook? I need their ids.`,
    seed: { pools: [app] },
    needs: ["identity filters"],
    budget: { calls: 1, tokens: 600, questions: 0 },
    solution: {
      steps: [() => ["list-identities", { IdentityPoolId: poolId(51), provider: facebook }]],
      answer: ([listed]) => JSON.stringify(listed?.["Identities"]),
    },
    check: (run) => {
      const identities = Object.entries(run.after.pools[poolId(51)]?.identities ?? {});
      const [wanted, others] = [true, false].map((is) =>
        identities.flatMap(([id, { logins }]) => (logins.includes(facebook) === is ? id : [])),
      );
      return [...told(run, wanted ?? [], others), ...unchanged(run)];
    },
  },
  {
    name: "guests-before-a-date",
    request: `How many guests in ${poolId(51)} were created before 2025?`,
    seed: { pools: [app] },
    needs: ["identity filters"],
    budget: { calls: 1, tokens: 200, questions: 0 },
    solution: {
      steps: [
        () => [
          "list-identities",
          { IdentityPoolId: poolId(51), withoutLogins: true, createdBefore: "2025-01-01T00:00:00Z", countOnly: true },
        ],
      ],
      answer: ([counted]) => JSON.stringify(counted),
    },
    check: (run) => [...told(run, [/\b47\b/]), ...unchanged(run)],
  },
  {
    name: "who-is-jane",
    request: `Which identity belongs to the developer user jane in ${poolId(52)}?`,
    seed: { pools: [club] },
    budget: { calls: 1, tokens: 200, questions: 0 },
    solution: {
      steps: [() => ["lookup-developer-identity", { IdentityPoolId: poolId(52), DeveloperUserIdentifier: "jane" }]],
      answer: ([found]) => String(found?.["IdentityId"]),
    },
    check: (run) => {
      const identities = Object.entries(run.after.pools[poolId(52)]?.identities ?? {});
      const [jane, others] = [true, false].map((is) =>
        identities.flatMap(([id, { developerUsers }]) => (developerUsers.includes("jane") === is ? id : [])),
      );
      return [...told(run, jane ?? [], others), ...unchanged(run)];
    },
  },
  {
    name: "unlink-jane",
    request: `jane has left the club. Take her developer login off her identity in ${poolId(52)}. The identity itself stays.`,
    seed: { pools: [club] },
    budget: { calls: 3, tokens: 700, questions: 1 },
    solution: {
      steps: [
        () => ["describe-identity-pool", { IdentityPoolId: poolId(52) }],
        () => ["lookup-developer-identity", { IdentityPoolId: poolId(52), DeveloperUserIdentifier: "jane" }],
        ([pool, found]) => [
          "unlink-developer-identity",
          {
            IdentityPoolId: poolId(52),
            IdentityId: found?.["IdentityId"],
            DeveloperProviderName: pool?.["DeveloperProviderName"],
            DeveloperUserIdentifier: "jane",
          },
        ],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(52), ({ identities }) => {
        const jane = Object.values(identities).find(({ developerUsers }) => developerUsers.includes("jane"));
        if (!jane) throw new Error("the seed has no jane");
        jane.developerUsers = [];
        jane.logins = [];
      }),
  },
  {
    name: "delete-two-identities",
    request: `Delete the two oldest Google users of ${poolId(53)}.`,
    seed: {
      pools: [
        {
          id: poolId(53),
          settings: {
            IdentityPoolName: "beta",
            AllowUnauthenticatedIdentities: true,
            SupportedLoginProviders: { [google]: googleApp },
          },
          identities: [
            { count: 2, created: "2023-01-05T08:00:00Z" },
            { count: 2, created: "2023-05-05T08:00:00Z", login: { provider: google, app: googleApp, sub: "early" } },
            { count: 3, created: "2024-05-05T08:00:00Z", login: { provider: google, app: googleApp, sub: "late" } },
          ],
        },
      ],
    },
    budget: { calls: 2, tokens: 1200, questions: 1 },
    solution: {
      steps: [
        () => ["list-identities", { IdentityPoolId: poolId(53) }],
        ([listed]) => ["delete-identities", { IdentityIdsToDelete: oldestWithLogin(listed, 2) }],
      ],
    },
    check: (run) =>
      poolChangedOnly(run, poolId(53), (pool) => {
        const users = Object.entries(pool.identities).filter(([, { logins }]) => logins.length > 0);
        for (const [id] of users.slice(0, 2)) delete pool.identities[id];
      }),
  },
];

function oldestWithLogin(listed: Fields | undefined, count: number): string[] {
  const identities = (listed?.["Identities"] ?? []) as {
    IdentityId: string;
    Logins?: string[];
    CreationDate: string;
  }[];
  return identities
    .filter(({ Logins = [] }) => Logins.length > 0)
    .sort((one, other) => (one.CreationDate < other.CreationDate ? -1 : 1))
    .slice(0, count)
    .map(({ IdentityId }) => IdentityId);
}
