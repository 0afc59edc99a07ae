/** What the approval page is shown in tests: every kind of plan, and texts that mean harm. */
import type { PageKey, PagePlan, PageState } from "../../src/operator/web/page-protocol.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

const pool = "eu-west-1:1b9b9c7e-3f0a-4c58-9a0f-6e0c9d1f2a34";
const role = (name: string) => `"arn:aws:iam::123456789012:role/${name}"`;

const common = {
  level: "human",
  region: "eu-west-1",
  account: "account 123456789012",
  profile: "staging",
  reversible: true,
  notes: [],
  confirmation: { by: "choice" },
} as const;

export const update: PagePlan = {
  ...common,
  binding: "update",
  action: "Update identity pool",
  target: { id: pool, name: "photos" },
  notes: ["Guests can then get AWS credentials without a login."],
  changes: [
    { path: "AllowUnauthenticatedIdentities", before: "false", after: "true" },
    { path: "AllowClassicFlow", before: "true" },
    { path: "IdentityPoolTags.team", after: '"mobile"' },
  ],
  expires: Date.now() + 5 * MINUTE_MS,
};

export const roles: PagePlan = {
  ...common,
  binding: "roles",
  action: "Set the roles of identity pool",
  target: { id: pool, name: "photos" },
  changes: [
    { path: "Roles.authenticated", before: role("photos-reader"), after: role("photos-administrator") },
    { path: "Roles.unauthenticated", before: role("photos-guest") },
  ],
  expires: Date.now() + 4 * MINUTE_MS,
};

export const tags: PagePlan = {
  ...common,
  binding: "tags",
  action: "Tag identity pool",
  target: { id: pool, name: "photos" },
  changes: [{ path: "Tags.cost-center", after: '"4711"' }],
  expires: Date.now() + 3 * MINUTE_MS,
};

export const deletion: PagePlan = {
  ...common,
  binding: "deletion",
  action: "Delete identity pool",
  target: { id: pool, name: "photos" },
  reversible: false,
  notes: ["2,310 identities are deleted with it. Their users get new identities at the next login."],
  changes: [
    { path: "IdentityPoolName", before: '"photos"' },
    { path: "AllowUnauthenticatedIdentities", before: "true" },
    { path: "Roles.authenticated", before: role("photos-reader") },
  ],
  confirmation: { by: "typing", expected: "photos" },
  expires: Date.now() + 5 * MINUTE_MS,
};

export const long: PagePlan = {
  ...common,
  binding: "long",
  action: "Set the roles of identity pool",
  target: { id: pool, name: "photos" },
  changes: Array.from({ length: 40 }, (_, at) => ({
    path: `RoleMappings.cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf${at}:client${at}.RulesConfiguration`,
    before: `{"Rules":[{"Claim":"department","MatchType":"Equals","Value":"${"sales".repeat(at + 1)}","RoleARN":${role(`sales-${at}`)}}]}`,
    after: `{"Rules":[{"Claim":"department","MatchType":"Contains","Value":"s","RoleARN":${role(`everything-${at}`)}}]}`,
  })),
  expires: Date.now() + 5 * MINUTE_MS,
};

const photosOf = (team: number) =>
  `* "photos-${team}" (eu-west-1:00000000-0000-4000-8000-${String(team).padStart(12, "0")})`;
const teams = (from: number, count: number) => Array.from({ length: count }, (_, at) => photosOf(from + at));

/** The same change of 50 pools, whose old values differ. */
export const batch: PagePlan = {
  ...common,
  binding: "batch",
  action: "Update 47 identity pools",
  target: { id: "47 identity pools" },
  reversible: false,
  changes: [],
  groups: [
    {
      title: "In 2 pools",
      notes: ["This cannot be undone.", "Guests can then get AWS credentials without a login."],
      changes: [
        { path: "AllowUnauthenticatedIdentities", before: "false", after: "true" },
        { path: "DeveloperProviderName", before: "as it is in each pool, below", after: '"login.example"' },
      ],
      pools: teams(1, 2).map((pool, at) => `${pool} before: DeveloperProviderName: "team-${at}"`),
    },
    {
      title: "In 45 pools",
      notes: [],
      changes: [{ path: "AllowUnauthenticatedIdentities", before: "false", after: "true" }],
      pools: teams(3, 45),
    },
  ],
  already: teams(48, 3),
  expires: Date.now() + 5 * MINUTE_MS,
};

export const jobs: PageState["jobs"] = [
  { id: "Q3ZK", title: `delete-identities, ${pool}: 1,200 of 9,000 changed` },
  { id: "M7RT", title: 'tag-resource, "<b>\\u{202e}photos</b>": reading' },
];

/** Text of a service that looks like HTML, changes directions, or is one long word. Invisible characters are escaped by the server. */
export const hostile: PagePlan = {
  ...common,
  binding: "hostile",
  action: "Update identity pool",
  target: { id: pool, name: '<img src=x onerror="document.title=1">\\u{202e}\\u{7}' },
  into: { id: "שלום", name: "عالم (evil) 123" },
  account: 'account 123456789012 "שלום"',
  profile: "אבג 1 (x)",
  notes: [`The name "<script>document.title='owned'</script>" is new.`, 'The value "\\u{202e}live\\u{2069}" is new.'],
  changes: [
    { path: "Tags.<b>bold</b>", before: '"</code></li><button>Approve</button>"', after: '"אבג","דהו"' },
    { path: `Tags.${"x".repeat(300)}`, after: `"${"y".repeat(3000)}"` },
    { path: "Tags.\\u{200b}", after: '["שלום","עולם",{"a":"1"}]' },
  ],
  expires: Date.now() + 5 * MINUTE_MS,
};

export const withPasskey = (plan: PagePlan): PagePlan => ({
  ...plan,
  level: "passkey",
  binding: `${plan.binding}-passkey`,
});

export const oldKey = (id: string): PageKey => ({
  id,
  label: "Laptop",
  added: new Date(Date.now() - 200 * DAY_MS).toISOString(),
  transports: ["internal"],
});

export const newKey = (id: string): PageKey => ({
  ...oldKey(id),
  label: "Security key",
  added: new Date(Date.now() - 125 * MINUTE_MS).toISOString(),
});

export const nothing: PageState = { plans: [], ended: [], vended: [], jobs: [], keys: [] };

const loaded = Date.now();

/** The plans, with as much time left as they had when this file was loaded. */
export const showing = (...plans: readonly PagePlan[]): PageState => ({
  ...nothing,
  plans: plans.map((plan) => ({ ...plan, expires: plan.expires + Date.now() - loaded })),
});

export const vended: PageState["vended"] = [
  {
    kind: "credentials",
    region: "eu-west-1",
    expires: new Date(Date.now() + 55 * MINUTE_MS).toISOString(),
    use: [
      'eval "$(cognito-identity-mcp credentials k7Qp)"',
      "credential_process = node /usr/lib/node_modules/cognito-identity-mcp/dist/main.js credentials k7Qp --format process",
    ],
  },
  {
    kind: "token",
    region: "eu-west-1",
    expires: new Date(Date.now() + 12 * MINUTE_MS).toISOString(),
    use: ["cognito-identity-mcp token m3Xr"],
  },
];

/** Every state in which the page can be once it is open. */
export const states: Readonly<Record<string, () => PageState>> = {
  "one update": () => showing(update),
  "a deletion": () => showing(deletion),
  "several updates": () => showing(update, roles, tags),
  "a long plan": () => showing(long),
  "hostile texts": () => showing(hostile),
  "a plan for 50 pools": () => showing(batch),
  "jobs that run": () => ({ ...nothing, jobs }),
  "plans that take a passkey": () => ({
    ...showing(withPasskey(roles), withPasskey(update), withPasskey(deletion)),
    keys: [oldKey("b2xk"), newKey("bmV3")],
    unprotected:
      "The list of passkeys is in a file of yours, so any program of yours can change it. To protect it, enroll a passkey as the administrator.",
  }),
  "an expired plan": () => ({ ...nothing, plans: [{ ...update, expires: Date.now() - 1000 }] }),
  "vended secrets and decided plans": () => ({
    ...showing(update),
    vended,
    ended: [
      {
        binding: "b",
        title: 'Set the roles of identity pool "photos"',
        outcome: "Approved. The agent's call was waiting for this, and runs now.",
      },
      {
        binding: "a",
        title: 'Delete identity pool "photos"',
        outcome: "Rejected. Nothing was changed. For 5 minutes, the same call is refused without asking.",
      },
    ],
  }),
  "nothing waits": () => nothing,
};
