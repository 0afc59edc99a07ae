/** Why there are no credentials, the wrong role, or AccessDenied: one cause each. Three ask for the repair as well. */
import type { MappingRule } from "@aws-sdk/client-cognito-identity";
import { checkAnswer } from "../causes.ts";
import { poolChangedOnly, unchanged, vendedAs } from "../checks.ts";
import { account, client, groupRule, mappingKey, poolId, roleArn, userPool, userPoolId } from "../names.ts";
import type { Fields, Seed, SeedLogin, SeedPool, Task } from "../task.ts";
import { COGNITO, deniedTo, seedRole } from "../trust.ts";

const REFUSED =
  "InvalidIdentityPoolConfigurationException: Invalid identity pool configuration. Check assigned IAM roles for this pool.";
const NO_GUESTS = "NotAuthorizedException: Unauthenticated access is not supported for this identity pool.";

const users = { CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: client }] };
const user: SeedLogin = { provider: userPool, app: client, sub: "0b7e4c1a-92d5-4f38-8a60-d3e17c5f9b24" };

/** A pool for guests and users, with both roles. */
const open = (number: number, name: string, more: Partial<SeedPool> = {}): SeedPool => ({
  id: poolId(number),
  settings: { IdentityPoolName: name, AllowUnauthenticatedIdentities: true, AllowClassicFlow: false, ...users },
  roles: { authenticated: roleArn(`${name}-users`), unauthenticated: roleArn(`${name}-guests`) },
  ...more,
});

const guestsRole = (name: string, aud: number) => seedRole(`${name}-guests`, { aud, amr: "unauthenticated" });
const usersRole = (name: string, aud: number) => seedRole(`${name}-users`, { aud });

/** A pool beside the one in question, in which all is well. */
const beside = open(299, "intranet");
const besideRoles = [guestsRole("intranet", 299), usersRole("intranet", 299)];

const seedOf = (pools: readonly SeedPool[], roles: readonly object[], more: Partial<Seed> = {}): Seed => ({
  pools: [...pools, beside],
  account: { roles: [...roles, ...besideRoles], ...(more.account?.userPools && { userPools: more.account.userPools }) },
  ...(more.logins && { logins: more.logins }),
});

/** A user pool with custom attributes and groups. */
const userPoolWith = (attributes: readonly string[] = [], groups: readonly string[] = []) => ({
  UserPoolId: userPoolId,
  PoolName: "people",
  Schema: attributes.map((name) => ({ Name: `custom:${name}`, AttributeDataType: "String", Mutable: true })),
  Clients: [{ ClientId: client, ClientName: "web" }],
  Groups: groups.map((GroupName) => ({ GroupName })),
});

const diagnose = (input: Fields) => () => ["diagnose-identity-pool", input] as const;

/** The first cause of the last diagnosis, its evidence, and the fixes that it has. */
function causeIn(answers: readonly Fields[], at = 0) {
  const [cause] = (answers[at]?.["causes"] ?? []) as { evidence: Fields; fix: Fields[] }[];
  return { evidence: cause?.evidence ?? {}, fix: cause?.fix ?? [] };
}

/** A fix in words: where it goes, and what. */
const inWords = (fix: Fields | undefined) =>
  [fix?.["place"] ?? fix?.["advice"] ?? fix?.["tool"], JSON.stringify(fix?.["statement"] ?? fix?.["arguments"])].join(
    " ",
  );

const tags = { department: "custom:department" };

const mapping = (rules: MappingRule[], AmbiguousRoleResolution: "AuthenticatedRole" | "Deny") => ({
  [mappingKey]: { Type: "Rules" as const, AmbiguousRoleResolution, RulesConfiguration: { Rules: rules } },
});

const hrRule = (Claim: string) => ({
  Claim,
  MatchType: "Equals" as const,
  Value: "hr",
  RoleARN: roleArn("campus-hr"),
});

const mobile = "3tq8v1x5z7b2n4m6k9j0h2g4f6";
const gov = poolId(206, "us-gov-west-1");
const govArn = (name: string) => `arn:aws-us-gov:iam::${account}:role/${name}`;
const upload = deniedTo(
  "gallery-users",
  "s3:PutObject",
  "arn:aws:s3:::gallery-uploads/2026/cat.jpg",
  "no identity-based policy allows the s3:PutObject action",
);
const parameter = deniedTo(
  "zoo-guests",
  "ssm:GetParameter",
  `arn:aws:ssm:eu-west-1:${account}:parameter/zoo/opening-hours`,
  "no session policy allows the ssm:GetParameter action",
);

export const diagnosisTasks: readonly Task[] = [
  {
    name: "guests-are-off",
    request: `Visitors of our kiosk get no credentials since this morning, only "${NO_GUESTS}". They have no accounts and need none. Find out why, and fix it. The pool is called kiosk.`,
    seed: seedOf(
      [
        open(201, "kiosk", {
          settings: {
            IdentityPoolName: "kiosk",
            AllowUnauthenticatedIdentities: false,
            AllowClassicFlow: false,
            ...users,
          },
        }),
      ],
      [guestsRole("kiosk", 201), usersRole("kiosk", 201)],
    ),
    vends: [{ pool: poolId(201), atFirst: NO_GUESTS }],
    budget: { calls: 3, tokens: 1_200, questions: 1 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "kiosk" }],
        diagnose({ IdentityPoolId: poolId(201), kind: "guest", errorText: NO_GUESTS }),
        (answers) => {
          const [fix] = causeIn(answers, 1).fix;
          return [String(fix?.["tool"]), fix?.["arguments"] as Fields];
        },
      ],
      answer: (answers) =>
        `Guests were off in the pool: ${JSON.stringify(causeIn(answers, 1).evidence)}. I have switched them on.`,
    },
    check: (run) => [
      ...poolChangedOnly(run, poolId(201), ({ settings }) => {
        settings.AllowUnauthenticatedIdentities = true;
      }),
      ...vendedAs(run, roleArn("kiosk-guests")),
      ...checkAnswer(run, "guests off"),
    ],
  },
  {
    name: "no-role-for-guests",
    request: `My guests get no credentials in ${poolId(202)}. Why, and what has to be done? Change nothing.`,
    seed: seedOf(
      [open(202, "museum", { roles: { authenticated: roleArn("museum-users") } })],
      [guestsRole("museum", 202), usersRole("museum", 202)],
    ),
    vends: [{ pool: poolId(202), atFirst: REFUSED }],
    budget: { calls: 3, tokens: 800, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(202), kind: "guest" })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The pool has no role for guests: ${evidence["missing"]} is missing. To do: ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "no guest role")],
  },
  {
    name: "the-role-was-deleted",
    request: `Nobody who signs in to our library application gets credentials any more. Guests do. The application shows "${REFUSED}". The pool is ${poolId(203)}. What is wrong, and how do we repair it?`,
    seed: seedOf([open(203, "library")], [guestsRole("library", 203)]),
    vends: [
      { pool: poolId(203), atFirst: roleArn("library-guests") },
      { pool: poolId(203), login: user, atFirst: REFUSED },
    ],
    budget: { calls: 3, tokens: 1_200, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(203), kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        const exists = evidence["exists"] === false ? "does not exist in IAM" : "exists";
        return `The role ${evidence["role"]} ${exists}. Create it (${fix[0]?.["iam"]}). ${inWords(fix[0])} ${inWords(fix[1])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "role deleted", ["library-users"])],
  },
  {
    name: "the-trust-policy-names-another-pool",
    request: `We created our identity pool anew and took over the roles. Since then signed-in users get "${REFUSED}" in ${poolId(204)}. Can you find the cause? I only want to know what to change, and where.`,
    seed: seedOf([open(204, "parking")], [guestsRole("parking", 204), seedRole("parking-users", { aud: 190 })]),
    vends: [{ pool: poolId(204), login: user, atFirst: REFUSED }],
    budget: { calls: 3, tokens: 1_200, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(204), kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The trust policy of ${evidence["role"]} is for another pool: ${evidence["key"]} is ${String(evidence["inThePolicy"])}, and must be ${String(evidence["inTheRequest"])}. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "other pool's aud", ["parking-users", poolId(204)])],
  },
  {
    name: "the-trust-policy-is-for-guests",
    request: `Users of the harbour pool (${poolId(205)}) sign in well, but then get no AWS credentials: ${REFUSED} Tell me the cause and the exact fix, please.`,
    seed: seedOf(
      [open(205, "harbour")],
      [guestsRole("harbour", 205), seedRole("harbour-users", { aud: 205, amr: "unauthenticated" })],
    ),
    vends: [{ pool: poolId(205), login: user, atFirst: REFUSED }],
    budget: { calls: 3, tokens: 1_200, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(205), kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The trust policy of ${evidence["role"]} wants ${evidence["key"]} to be ${String(evidence["inThePolicy"])}, and the users are ${String(evidence["inTheRequest"])}. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "amr of the other kind", ["harbour-users"])],
  },
  {
    name: "the-principal-of-another-partition",
    request: `We copied our set-up to GovCloud. In the pool ${gov}, signed-in users get "${REFUSED}". In the commercial regions it works. What is different?`,
    seed: seedOf(
      [
        {
          id: gov,
          settings: {
            IdentityPoolName: "permits",
            AllowClassicFlow: false,
            CognitoIdentityProviders: [
              { ProviderName: "cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Qm4Zt7RwX", ClientId: client },
            ],
          },
          roles: { authenticated: govArn("permits-users") },
        },
      ],
      [{ ...seedRole("permits-users", { aud: gov }), Partition: "aws-us-gov" }],
    ),
    vends: [
      {
        pool: gov,
        login: {
          provider: "cognito-idp.us-gov-west-1.amazonaws.com/us-gov-west-1_Qm4Zt7RwX",
          app: client,
          sub: user.sub,
        },
        atFirst: REFUSED,
      },
    ],
    budget: { calls: 3, tokens: 1_200, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: gov, kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The trust policy of ${evidence["role"]} has the principal ${JSON.stringify(evidence["inThePolicy"])}, and must have ${JSON.stringify(evidence["inTheRequest"])}. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "principal", ["permits-users"])],
  },
  {
    name: "session-tags-are-not-allowed",
    request: `Yesterday we mapped the attribute department to a principal tag for our user pool. Since then: "${REFUSED}" for everybody who signs in to ${poolId(207)}. The mapping has to stay. What do we have to do?`,
    seed: seedOf(
      [open(207, "stadium", { principalTags: { [userPool]: tags } })],
      [guestsRole("stadium", 207), usersRole("stadium", 207)],
      { account: { userPools: [userPoolWith(["department"])] } },
    ),
    vends: [
      { pool: poolId(207), login: { ...user, claims: { "custom:department": "lawn" } }, atFirst: REFUSED },
      { pool: poolId(207), atFirst: roleArn("stadium-guests") },
    ],
    budget: { calls: 3, tokens: 1_200, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(207), kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The pool sends the tags ${String(evidence["tags"])}, and the trust policy of ${evidence["role"]} does not allow ${evidence["missing"]}. Add it. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "session tags", ["stadium-users"])],
  },
  {
    name: "a-deny-in-the-trust-policy",
    request: `Since the maintenance at the weekend, signed-in users of ${poolId(208)} get no credentials. Guests are fine. Error: ${REFUSED} What did we forget?`,
    seed: seedOf(
      [open(208, "theatre")],
      [
        guestsRole("theatre", 208),
        seedRole("theatre-users", {
          aud: 208,
          more: [
            {
              Sid: "ClosedForMaintenance",
              Effect: "Deny",
              Principal: { Federated: COGNITO },
              Action: "sts:AssumeRoleWithWebIdentity",
            },
          ],
        }),
      ],
    ),
    vends: [
      { pool: poolId(208), login: user, atFirst: REFUSED },
      { pool: poolId(208), atFirst: roleArn("theatre-guests") },
    ],
    budget: { calls: 3, tokens: 1_100, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(208), kind: "user", errorText: REFUSED })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `In the trust policy of ${evidence["role"]}, statement ${evidence["statement"]} (${evidence["sid"]}) denies. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "deny in the trust policy", ["theatre-users"])],
  },
  {
    name: "no-rule-matches",
    request: `Bea (login:bea, user pool ${userPoolId}) cannot work: "NotAuthorizedException: The ambiguous role mapping rules for: ${mappingKey} denied this request." Her colleagues can. The pool is ${poolId(209)}. Why, and what are the ways out? Don't change anything yet.`,
    seed: seedOf(
      [open(209, "archive", { mappings: mapping([groupRule("editors", "archive-editors")], "Deny") })],
      [guestsRole("archive", 209), usersRole("archive", 209), seedRole("archive-editors", { aud: 209 })],
      {
        logins: { bea: { ...user, claims: { "cognito:groups": ["readers"] } } },
        account: { userPools: [userPoolWith([], ["editors", "readers"])] },
      },
    ),
    vends: [
      {
        pool: poolId(209),
        login: { ...user, claims: { "cognito:groups": ["readers"] } },
        atFirst: `NotAuthorizedException: The ambiguous role mapping rules for: ${mappingKey} denied this request.`,
      },
      {
        pool: poolId(209),
        login: { ...user, sub: "5d1c", claims: { "cognito:groups": ["editors"] } },
        atFirst: roleArn("archive-editors"),
      },
    ],
    budget: { calls: 3, tokens: 1_300, questions: 0 },
    solution: {
      steps: [
        diagnose({
          IdentityPoolId: poolId(209),
          login: "login:bea",
          provider: userPool,
          errorText: `NotAuthorizedException: The ambiguous role mapping rules for: ${mappingKey} denied this request.`,
        }),
      ],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `Of the rules of ${evidence["mapping"]}, ${evidence["rulesThatMatch"]} rules match, and then the mapping denies. ${fix.map(inWords).join(" Or: ")}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "no rule matches")],
  },
  {
    name: "an-earlier-rule-matches",
    request: `Ana (login:ana, user pool ${userPoolId}) is in the groups staff and admins. She should get the role clinic-admins, but gets the wrong role, clinic-staff. Why? The pool is "clinic". I will change it myself, just tell me how.`,
    seed: seedOf(
      [
        open(210, "clinic", {
          mappings: mapping(
            [groupRule("staff", "clinic-staff"), groupRule("admins", "clinic-admins")],
            "AuthenticatedRole",
          ),
        }),
      ],
      [
        guestsRole("clinic", 210),
        usersRole("clinic", 210),
        seedRole("clinic-staff", { aud: 210 }),
        seedRole("clinic-admins", { aud: 210 }),
      ],
      {
        logins: { ana: { ...user, claims: { "cognito:groups": ["staff", "admins"] } } },
        account: { userPools: [userPoolWith([], ["staff", "admins"])] },
      },
    ),
    vends: [
      {
        pool: poolId(210),
        login: { ...user, claims: { "cognito:groups": ["staff", "admins"] } },
        atFirst: roleArn("clinic-staff"),
      },
    ],
    budget: { calls: 3, tokens: 1_500, questions: 0 },
    solution: {
      steps: [
        () => ["list-identity-pools", { nameContains: "clinic" }],
        diagnose({ IdentityPoolId: poolId(210), login: "login:ana", provider: userPool, errorText: "wrong role" }),
      ],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers, 1);
        return `Rule ${evidence["ruleThatMatches"]} of ${evidence["mapping"]} matches first and gives ${evidence["role"]}; rules that match later: ${JSON.stringify(evidence["laterRulesThatMatch"])} ${fix.map(inWords).join(" ")}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "order of rules", ["admins", "staff"])],
  },
  {
    name: "a-claim-without-its-prefix",
    request: `People whose department is hr in our user pool ${userPoolId} should get the role campus-hr in ${poolId(211)}, but they get the wrong role: campus-staff, as everybody in the group staff. Find the mistake and fix it.`,
    seed: seedOf(
      [
        open(211, "campus", {
          mappings: mapping([hrRule("department"), groupRule("staff", "campus-staff")], "AuthenticatedRole"),
        }),
      ],
      [
        guestsRole("campus", 211),
        usersRole("campus", 211),
        seedRole("campus-hr", { aud: 211 }),
        seedRole("campus-staff", { aud: 211 }),
      ],
      { account: { userPools: [userPoolWith(["department"], ["staff"])] } },
    ),
    vends: [
      {
        pool: poolId(211),
        login: { ...user, claims: { "cognito:groups": ["staff"], "custom:department": "hr" } },
        atFirst: roleArn("campus-staff"),
      },
      {
        pool: poolId(211),
        login: { ...user, sub: "77aa", claims: { "cognito:groups": ["staff"], "custom:department": "it" } },
        atFirst: roleArn("campus-staff"),
      },
    ],
    budget: { calls: 3, tokens: 1_700, questions: 1 },
    solution: {
      steps: [
        diagnose({ IdentityPoolId: poolId(211), kind: "user", errorText: "wrong role" }),
        (answers) => {
          const [fix] = causeIn(answers).fix;
          return [String(fix?.["tool"]), fix?.["arguments"] as Fields];
        },
      ],
      answer: (answers) =>
        `A claim of a rule had no prefix: ${JSON.stringify(causeIn(answers).evidence["claims"])}. It is corrected now.`,
    },
    check: (run) => [
      ...poolChangedOnly(run, poolId(211), (pool) => {
        const after = run.after.pools[poolId(211)]?.mappings[mappingKey]?.RulesConfiguration?.Rules ?? [];
        // A rule that matches nobody does no harm.
        const harmless = after.filter(({ Claim }) => Claim === "department").slice(0, 1);
        const at = after.findIndex(({ Claim }) => Claim === "department");
        const rules: MappingRule[] = [hrRule("custom:department"), groupRule("staff", "campus-staff")];
        pool.mappings = mapping(
          [...rules.slice(0, Math.max(at, 0)), ...harmless, ...rules.slice(Math.max(at, 0))],
          "AuthenticatedRole",
        );
      }),
      ...vendedAs(run, roleArn("campus-hr"), roleArn("campus-staff")),
      ...checkAnswer(run, "claim without prefix"),
    ],
  },
  {
    name: "a-client-id-that-the-pool-does-not-know",
    request: `Users of our new mobile app get "NotAuthorizedException: Token is not from a supported provider of this identity pool." from ${poolId(212)}; on the website all is well. Both use the user pool ${userPoolId}. login:mobile is signed in on the mobile app. Find out why and fix it; the website must go on working.`,
    seed: seedOf([open(212, "bakery")], [guestsRole("bakery", 212), usersRole("bakery", 212)], {
      logins: { mobile: { ...user, app: mobile } },
    }),
    vends: [
      {
        pool: poolId(212),
        login: { ...user, app: mobile },
        atFirst: "NotAuthorizedException: Token is not from a supported provider of this identity pool.",
      },
      { pool: poolId(212), login: { ...user, sub: "c0de" }, atFirst: roleArn("bakery-users") },
    ],
    budget: { calls: 3, tokens: 1_600, questions: 1 },
    solution: {
      steps: [
        diagnose({
          IdentityPoolId: poolId(212),
          login: "login:mobile",
          provider: userPool,
          errorText: "NotAuthorizedException: Token is not from a supported provider of this identity pool.",
        }),
        (answers) => {
          const [fix] = causeIn(answers).fix;
          return [String(fix?.["tool"]), fix?.["arguments"] as Fields];
        },
      ],
      answer: (answers) =>
        `The pool did not know the client id ${String(causeIn(answers).evidence["audienceOfTheToken"])} of the mobile app. I have added it to the pool.`,
    },
    check: (run) => [
      ...poolChangedOnly(run, poolId(212), ({ settings }) => {
        const after = run.after.pools[poolId(212)]?.settings.CognitoIdentityProviders ?? [];
        // In any order, and with the check of tokens on or off.
        const added = after.find(({ ClientId }) => ClientId === mobile);
        const own = { ProviderName: userPool, ClientId: mobile, ServerSideTokenCheck: added?.ServerSideTokenCheck };
        const [present] = settings.CognitoIdentityProviders ?? [];
        const both = [...(present ? [present] : []), own];
        settings.CognitoIdentityProviders = after[0] === added ? both.reverse() : both;
      }),
      ...vendedAs(run, roleArn("bakery-users"), roleArn("bakery-users")),
      ...checkAnswer(run, "unknown client id"),
    ],
  },
  {
    name: "the-classic-flow-is-off",
    request: `An old application of ours calls GetOpenIdToken and then AssumeRoleWithWebIdentity. Now it gets "InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow." The pool is ${poolId(213)}. What are our choices? Change nothing.`,
    seed: seedOf([open(213, "ferry")], [guestsRole("ferry", 213), usersRole("ferry", 213)]),
    vends: [
      {
        pool: poolId(213),
        flow: "classic",
        atFirst: "InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow.",
      },
      { pool: poolId(213), atFirst: roleArn("ferry-guests") },
    ],
    budget: { calls: 3, tokens: 900, questions: 0 },
    solution: {
      steps: [
        diagnose({
          IdentityPoolId: poolId(213),
          flow: "classic",
          errorText: "InvalidParameterException: Basic (classic) flow is not enabled, please use enhanced flow.",
        }),
      ],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `The classic flow is off in the pool: ${JSON.stringify(evidence)}. ${fix.map(inWords).join(" Or: ")}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "classic flow off")],
  },
  {
    name: "no-permission-on-s3",
    request: `AccessDenied on S3 for signed-in users: ${upload}. The pool is ${poolId(214)}. What do we have to change?`,
    seed: seedOf(
      [open(214, "gallery")],
      [
        guestsRole("gallery", 214),
        seedRole(
          "gallery-users",
          { aud: 214 },
          {
            "read-pictures": [{ Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::gallery-uploads/*" }],
          },
        ),
      ],
    ),
    vends: [{ pool: poolId(214), login: user, atFirst: roleArn("gallery-users") }],
    budget: { calls: 3, tokens: 1_000, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(214), kind: "user", errorText: upload })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        const allowing = evidence["allowing"] as readonly string[] | undefined;
        return `${allowing?.length === 0 ? "No policy" : "A policy"} of the role ${evidence["role"]} allows ${evidence["action"]} on ${evidence["resource"]}. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "no permission", ["gallery-users", "s3:PutObject"])],
  },
  {
    name: "guests-may-not-use-ssm",
    request: `Our guests get credentials, but then AccessDenied: ${parameter}. The role zoo-guests does allow ssm:GetParameter, I have checked that three times! The pool is ${poolId(215)}. What is going on, and how can guests see the opening hours?`,
    seed: seedOf(
      [open(215, "zoo")],
      [
        usersRole("zoo", 215),
        seedRole(
          "zoo-guests",
          { aud: 215, amr: "unauthenticated" },
          {
            "read-parameters": [{ Effect: "Allow", Action: "ssm:GetParameter", Resource: "*" }],
          },
        ),
      ],
    ),
    vends: [{ pool: poolId(215), atFirst: roleArn("zoo-guests") }],
    budget: { calls: 3, tokens: 900, questions: 0 },
    solution: {
      steps: [diagnose({ IdentityPoolId: poolId(215), kind: "guest", errorText: parameter })],
      answer: (answers) => {
        const { evidence, fix } = causeIn(answers);
        return `AWS limits what guests may do by a session policy, whatever the role allows, and ${evidence["action"]} is not in it. ${inWords(fix[0])}`;
      },
    },
    check: (run) => [...unchanged(run), ...checkAnswer(run, "limit of guests")],
  },
];
