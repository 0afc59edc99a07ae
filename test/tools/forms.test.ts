/**
 * Values in a wrong form, made from right ones by the slips that people make: none reaches a person or AWS, and the answer names the member and
 * the right form.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readArguments } from "../../src/tools/arguments.ts";
import { catalogue } from "../../src/tools/catalogue.ts";
import { approve, createPool, type Service, type Session, startServer, startService } from "../support/client.ts";

const pool = "eu-west-1:00000000-0000-4000-8000-000000000000";
const google = "accounts.google.com";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf123";

type Input = Record<string, unknown>;

function problemsOf(name: string, given: Input): string {
  const tool = catalogue.find((found) => found.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const read = readArguments(tool, given);
  return "problems" in read ? read.problems.join(" ") : "";
}

/** A place of a value: the tool, the arguments with the value, and how a problem names the member. */
interface Place {
  readonly tool: string;
  readonly holding: (value: string) => Input;
  readonly member: string;
}

const rule = (RoleARN: string) => ({ Claim: "c", MatchType: "Equals", Value: "v", RoleARN });

const places = {
  role: [
    {
      tool: "set-identity-pool-roles",
      holding: (authenticated) => ({ IdentityPoolId: pool, Roles: { authenticated } }),
      member: "Roles.authenticated",
    },
    {
      tool: "set-identity-pool-roles",
      holding: (unauthenticated) => ({ IdentityPoolId: pool, Roles: { unauthenticated } }),
      member: "Roles.unauthenticated",
    },
    {
      tool: "set-identity-pool-roles",
      holding: (arn) => ({
        IdentityPoolId: pool,
        RoleMappings: { [google]: { Type: "Rules", RulesConfiguration: { Rules: [rule(arn)] } } },
      }),
      member: `RoleMappings.${google}.RulesConfiguration.Rules[0].RoleARN`,
    },
    {
      tool: "get-credentials-for-identity",
      holding: (CustomRoleArn) => ({ IdentityId: pool, CustomRoleArn }),
      member: "CustomRoleArn",
    },
  ],
  oidc: [
    {
      tool: "update-identity-pool",
      holding: (arn) => ({ IdentityPoolId: pool, OpenIdConnectProviderARNs: [arn] }),
      member: "OpenIdConnectProviderARNs[0]",
    },
  ],
  saml: [
    {
      tool: "update-identity-pool",
      holding: (arn) => ({ IdentityPoolId: pool, SamlProviderARNs: [arn] }),
      member: "SamlProviderARNs[0]",
    },
  ],
  userPool: [
    {
      tool: "update-identity-pool",
      holding: (ProviderName) => ({
        IdentityPoolId: pool,
        CognitoIdentityProviders: [{ ProviderName, ClientId: "abc" }],
      }),
      member: "CognitoIdentityProviders[0].ProviderName",
    },
  ],
  publicProvider: [
    {
      tool: "update-identity-pool",
      holding: (name) => ({ IdentityPoolId: pool, SupportedLoginProviders: { [name]: "app" } }),
      member: "SupportedLoginProviders",
    },
  ],
  login: [
    { tool: "get-id", holding: (name) => ({ IdentityPoolId: pool, Logins: { [name]: "a-token" } }), member: "Logins" },
    {
      tool: "get-credentials-for-identity",
      holding: (name) => ({ IdentityId: pool, Logins: { [name]: "a-token" } }),
      member: "Logins",
    },
  ],
  mappingKey: [
    {
      tool: "set-identity-pool-roles",
      holding: (key) => ({
        IdentityPoolId: pool,
        RoleMappings: { [key]: { Type: "Token", AmbiguousRoleResolution: "Deny" } },
      }),
      member: "RoleMappings",
    },
  ],
  tagged: [
    {
      tool: "set-principal-tag-attribute-map",
      holding: (IdentityProviderName) => ({ IdentityPoolId: pool, IdentityProviderName, UseDefaults: true }),
      member: "IdentityProviderName",
    },
    {
      tool: "get-principal-tag-attribute-map",
      holding: (IdentityProviderName) => ({ IdentityPoolId: pool, IdentityProviderName }),
      member: "IdentityProviderName",
    },
  ],
  poolId: catalogue
    .filter(({ input }) => "IdentityPoolId" in input.shape)
    .map(({ name }) => ({
      tool: name,
      // delete-identities takes a pool only with what selects identities of it.
      holding: (IdentityPoolId: string) => ({
        IdentityPoolId,
        ...(name === "delete-identities" && { where: { withoutLogins: true } }),
      }),
      member: "IdentityPoolId",
    })),
  identityId: [
    ...catalogue
      .filter(({ input }) => "IdentityId" in input.shape)
      .map(({ name }) => ({ tool: name, holding: (IdentityId: string) => ({ IdentityId }), member: "IdentityId" })),
    {
      tool: "delete-identities",
      holding: (id: string) => ({ IdentityIdsToDelete: [id] }),
      member: "IdentityIdsToDelete[0]",
    },
  ],
} satisfies Readonly<Record<string, readonly Place[]>>;

const partitions = ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b"];
const partition = fc.constantFrom(...partitions);
const account = fc.stringMatching(/^[0-9]{12}$/);
const roleName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9+=,.@_-]{3,20}$/);
const path = fc.constantFrom("", "service-role/", "a/b/");
const region = fc.constantFrom("eu-west-1", "us-east-1", "ap-southeast-2");
const idPart = fc.stringMatching(/^[A-Za-z0-9]{9}$/);
const guid = fc.uuid();

/** Makes a value with a slip, and says what the answer must hold beside the member. */
type Slip = readonly [what: string, value: fc.Arbitrary<string>, right: RegExp];

const arnParts = fc.record({ p: partition, a: account, n: roleName, path });
const iam = (kind: string) => (make: (parts: { p: string; a: string; n: string; path: string }) => string) =>
  arnParts.map(make).filter((arn) => !new RegExp(`^arn:aws[a-z-]*:iam::\\d{12}:${kind}/[^/]`).test(arn));
const dashed = (a: string) => `${a.slice(0, 4)}-${a.slice(4, 8)}-${a.slice(8)}`;

/** Slips in an ARN of IAM, whatever its kind. */
function arnSlips(kind: string): Slip[] {
  const form = new RegExp(`arn:aws:iam::123456789012:${kind}/`);
  const made = iam(kind);
  return [
    ["a session", made(({ p, a, n }) => `arn:${p}:sts::${a}:assumed-role/${n}/session`), form],
    [
      "an instance profile",
      made(({ p, a, n }) => `arn:${p}:iam::${a}:instance-profile/${n}`),
      /instance profile.*arn:aws:iam/,
    ],
    ["a user", made(({ p, a, n, path: at }) => `arn:${p}:iam::${a}:user/${at}${n}`), form],
    ["a group", made(({ p, a, n }) => `arn:${p}:iam::${a}:group/${n}`), form],
    ["a policy", made(({ p, a, n }) => `arn:${p}:iam::${a}:policy/${n}`), form],
    ["an account", made(({ p, a }) => `arn:${p}:iam::${a}:root`), form],
    ["a dashed account", made(({ p, a, n }) => `arn:${p}:iam::${dashed(a)}:${kind}/${n}`), /dashes in the account id/],
    ["a short account", made(({ p, a, n }) => `arn:${p}:iam::${a.slice(1)}:${kind}/${n}`), /12 digits/],
    ["no account", made(({ p, n }) => `arn:${p}:iam:::${kind}/${n}`), /12 digits/],
    [
      "no colon after the account",
      made(({ p, a, n }) => `arn:${p}:iam::${a}${kind}/${n}`),
      /no colon after the account/,
    ],
    ["half a kind", made(({ p, a, n }) => `arn:${p}:iam::${a}${kind.slice(1)}/${n}`), /no colon after the account/],
    ["one colon", made(({ p, a, n }) => `arn:${p}:iam:${a}:${kind}/${n}`), /two colons|one colon too few/],
    ["a region after iam", made(({ p, a, n }) => `arn:${p}:iam:eu-west-1:${a}:${kind}/${n}`), /two colons/],
    ["a region for a partition", made(({ a, n }) => `arn:us-east-1:iam::${a}:${kind}/${n}`), /no partition of AWS/],
    ["a partition that is none", made(({ a, n }) => `arn:amazon:iam::${a}:${kind}/${n}`), /no partition of AWS/],
    ["no name", made(({ p, a }) => `arn:${p}:iam::${a}:${kind}/`), /no name/],
    ["a colon for a slash", made(({ p, a, n }) => `arn:${p}:iam::${a}:${kind}:${n}`), form],
    ["spaces around it", made(({ p, a, n }) => ` arn:${p}:iam::${a}:${kind}/${n}`), /spaces around/],
    ["quotes around it", made(({ p, a, n }) => `"arn:${p}:iam::${a}:${kind}/${n}"`), /quotes around/],
    [
      "a placeholder",
      fc.constantFrom("\u0024{Role.Arn}", "!GetAtt Thing.Arn", "<the ARN of it>", "{{arn}}"),
      /placeholder/,
    ],
    ["another service", made(({ p, a, n }) => `arn:${p}:s3:::${a}-${n.toLowerCase()}`), form],
  ];
}

/** Slips in the name of a user pool, whatever takes it. */
const userPoolSlips: Slip[] = [
  [
    "the id alone",
    fc.tuple(region, idPart).map(([r, i]) => `${r}_${i}`),
    /cognito-idp\.[a-z]+-[a-z]+-\d\.amazonaws\.com\/[a-z]+-[a-z]+-\d_/,
  ],
  [
    "a colon after cognito-idp",
    fc.tuple(region, idPart).map(([r, i]) => `cognito-idp:${r}.amazonaws.com/${r}_${i}`),
    /no dot after cognito-idp.*cognito-idp\.REGION/,
  ],
  [
    "underscores in the region",
    fc.tuple(region, idPart).map(([r, i]) => `cognito-idp.${r.replaceAll("-", "_")}.amazonaws.com/${r}_${i}`),
    /hyphens, not underscores/,
  ],
  ["no region", idPart.map((i) => `cognito-idp.amazonaws.com/eu-west-1_${i}`), /no region/],
  [
    "another domain",
    fc.tuple(region, idPart).map(([r, i]) => `cognito-idp.${r}.amazon.com/${r}_${i}`),
    /domain that is not AWS's/,
  ],
  [
    "its ARN",
    fc.tuple(region, account, idPart).map(([r, a, i]) => `arn:aws:cognito-idp:${r}:${a}:userpool/${r}_${i}`),
    /cognito-idp\.[a-z]+-[a-z]+-\d\.amazonaws\.com\//,
  ],
  ["no user pool", region.map((r) => `cognito-idp.${r}.amazonaws.com`), /no user pool id/],
  [
    "https://",
    fc.tuple(region, idPart).map(([r, i]) => `https://cognito-idp.${r}.amazonaws.com/${r}_${i}`),
    /https:\/\//,
  ],
];

const publicSlips: Slip[] = [
  ["google", fc.constantFrom("google", "Google", "google.com", "www.google.com", "gmail.com"), /accounts\.google\.com/],
  ["facebook", fc.constantFrom("facebook", "Facebook", "facebook.com", "www.facebook.com"), /graph\.facebook\.com/],
  ["amazon", fc.constantFrom("amazon", "amazon.com", "LoginWithAmazon", "login_with_amazon"), /www\.amazon\.com/],
  ["apple", fc.constantFrom("apple", "apple.com", "SignInWithApple", "sign-in-with-apple"), /appleid\.apple\.com/],
  ["twitter", fc.constantFrom("twitter", "twitter.com", "x.com"), /api\.twitter\.com/],
  ["digits", fc.constantFrom("digits", "digits.com"), /www\.digits\.com/],
];

const idSlips: Slip[] = [
  ["the id of a user pool", fc.tuple(region, idPart).map(([r, i]) => `${r}_${i}`), /id of a user pool.*REGION:GUID/],
  [
    "the name of a user pool",
    fc.tuple(region, idPart).map(([r, i]) => `cognito-idp.${r}.amazonaws.com/${r}_${i}`),
    /user pool/,
  ],
  [
    "the ARN of a pool",
    fc.tuple(region, account, guid).map(([r, a, g]) => `arn:aws:cognito-identity:${r}:${a}:identitypool/${r}:${g}`),
    /This is the ARN of the pool ([a-z0-9-]+:[0-9a-f-]+): pass \1/,
  ],
  ["the ARN of something else", account.map((a) => `arn:aws:iam::${a}:role/users`), /This is an ARN.*REGION:GUID/],
  ["upper case", fc.tuple(region, guid).map(([r, g]) => `${r}:A${g.slice(1).toUpperCase()}`), /lower case/],
  ["spaces", fc.tuple(region, guid).map(([r, g]) => `${r}:${g} `), /spaces around/],
  ["quotes", fc.tuple(region, guid).map(([r, g]) => `'${r}:${g}'`), /quotes around/],
];

const slips: Readonly<Record<keyof typeof places, readonly Slip[]>> = {
  role: [
    ...arnSlips("role"),
    ["a name", roleName, /arn:aws:iam::123456789012:role\/NAME, not the name of a role alone/],
    [
      "an OIDC provider",
      account.map((a) => `arn:aws:iam::${a}:oidc-provider/issuer.example`),
      /OIDC provider.*:role\/NAME/,
    ],
  ],
  oidc: [
    ...arnSlips("oidc-provider"),
    [
      "a host",
      fc.constantFrom("issuer.example", "token.actions.githubusercontent.com", "dev-1.okta.com/oauth2"),
      /oidc-provider\/HOST/,
    ],
    ["a SAML provider", account.map((a) => `arn:aws:iam::${a}:saml-provider/mine`), /SamlProviderARNs/],
    [
      "https:// inside",
      account.map((a) => `arn:aws:iam::${a}:oidc-provider/https://issuer.example`),
      /https:\/\/ before the host/,
    ],
    ["a public provider", fc.constant(google), /SupportedLoginProviders/],
    [
      "a user pool",
      idPart.map((i) => `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${i}`),
      /CognitoIdentityProviders/,
    ],
    ["a web address", fc.constant("https://issuer.example"), /web address/],
  ],
  saml: [
    ...arnSlips("saml-provider"),
    ["a name", fc.constantFrom("Okta", "my-idp"), /saml-provider\/NAME/],
    [
      "an OIDC provider",
      account.map((a) => `arn:aws:iam::${a}:oidc-provider/issuer.example`),
      /OpenIdConnectProviderARNs/,
    ],
  ],
  userPool: [
    ...userPoolSlips,
    ...publicSlips.map(([what, value]): Slip => [what, value, /belongs to SupportedLoginProviders/]),
    [
      "a public provider",
      fc.constantFrom(google, "graph.facebook.com", "appleid.apple.com"),
      /belongs to SupportedLoginProviders/,
    ],
    ["an app id of Google", fc.constant("123-abc.apps.googleusercontent.com"), /belongs to SupportedLoginProviders/],
    [
      "the app client too",
      idPart.map((i) => `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${i}:abc`),
      /belongs to ClientId/,
    ],
    [
      "an OIDC provider",
      account.map((a) => `arn:aws:iam::${a}:oidc-provider/issuer.example`),
      /OpenIdConnectProviderARNs/,
    ],
  ],
  publicProvider: [
    ...publicSlips,
    ...userPoolSlips.map(([what, value]): Slip => [what, value, /belongs to CognitoIdentityProviders/]),
    [
      "a user pool",
      idPart.map((i) => `cognito-idp.eu-west-1.amazonaws.com/eu-west-1_${i}`),
      /belongs to CognitoIdentityProviders/,
    ],
    ["https://", fc.constant(`https://${google}`), /does not begin with https:\/\//],
    ["a SAML provider", account.map((a) => `arn:aws:iam::${a}:saml-provider/mine`), /SamlProviderARNs/],
  ],
  login: [
    ...publicSlips,
    ...userPoolSlips,
    ["https://", fc.constant(`https://${google}`), /does not begin with https:\/\//],
    ["an app client", fc.constant(`${userPool}:abc`), /does not belong there/],
  ],
  mappingKey: [
    ...publicSlips,
    ...userPoolSlips,
    ["no app client", fc.constant(userPool), /USER_POOL_ID:CLIENT_ID/],
    ["a text", fc.constant("my provider!"), /a key is cognito-idp\.REGION/],
  ],
  tagged: [
    ...userPoolSlips,
    ["an app client", fc.constant(`${userPool}:abc`), /whole user pool/],
    ["https://", fc.constant(`https://${google}`), /does not begin with https:\/\//],
  ],
  poolId: [
    ...idSlips,
    ["a GUID alone", guid, /region in front/],
    ["a name", fc.constantFrom("my pool", "photos", "prod pool 2"), /nameContains finds the id/],
  ],
  identityId: [
    ...idSlips,
    ["a user's sub", guid, /looks like a user's sub, not an identity id/],
    ["a name", fc.constantFrom("jane", "jane@example.com"), /list-identities shows/],
  ],
};

const cases = Object.entries(slips).flatMap(([kind, list]) =>
  list.map(([what, value, right]) => [kind as keyof typeof places, what, value, right] as const),
);

describe("by its form", () => {
  it.each(cases)("%s: %s is named wherever it stands, with the right form", (kind, _, value, right) =>
    fc.assert(
      fc.property(value, (given) => {
        for (const { tool, holding, member } of places[kind] as readonly Place[]) {
          const problems = problemsOf(tool, holding(given));
          expect(problems).toContain(member);
          expect(problems).toMatch(right);
        }
      }),
      { numRuns: 20 },
    ),
  );

  it.each<readonly [keyof typeof places, fc.Arbitrary<string>]>([
    ["role", arnParts.map(({ p, a, n, path: at }) => `arn:${p}:iam::${a}:role/${at}${n}`)],
    ["oidc", arnParts.map(({ p, a }) => `arn:${p}:iam::${a}:oidc-provider/issuer.example/path`)],
    ["saml", arnParts.map(({ p, a }) => `arn:${p}:iam::${a}:saml-provider/my.idp-1`)],
    ["userPool", fc.tuple(region, idPart).map(([r, i]) => `cognito-idp.${r}.amazonaws.com/${r}_${i}`)],
    ["userPool", idPart.map((i) => `cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_${i}`)],
    ["publicProvider", fc.constantFrom(google, "graph.facebook.com", "www.amazon.com", "api.twitter.com")],
    [
      "login",
      fc.constantFrom(
        google,
        userPool,
        "issuer.example/path",
        "arn:aws:iam::123456789012:saml-provider/x",
        "cognito-identity.amazonaws.com",
      ),
    ],
    [
      "mappingKey",
      fc.constantFrom(google, `${userPool}:abc`, "arn:aws:iam::123456789012:oidc-provider/issuer.example"),
    ],
    [
      "tagged",
      fc.constantFrom(
        google,
        userPool,
        "issuer.example",
        "arn:aws:iam::123456789012:oidc-provider/issuer.example",
        "login.mine",
      ),
    ],
    ["poolId", fc.tuple(region, guid).map(([r, g]) => `${r}:${g}`)],
    ["identityId", fc.tuple(region, guid).map(([r, g]) => `${r}:${g}`)],
  ])("%s: a right one is taken", (kind, value) =>
    fc.assert(
      fc.property(value, (given) => {
        for (const { tool, holding, member } of places[kind] as readonly Place[])
          expect(problemsOf(tool, holding(given)).split(" ")).not.toContain(member);
      }),
      { numRuns: 20 },
    ),
  );
});

describe("what belongs together", () => {
  it.each<readonly [string, Input, RegExp]>([
    [
      "update-identity-pool",
      { CognitoIdentityProviders: [{ ProviderName: userPool }] },
      /^CognitoIdentityProviders\[0\]\.ClientId is required\.$/,
    ],
    [
      "update-identity-pool",
      { CognitoIdentityProviders: [{ ClientId: "abc" }] },
      /^CognitoIdentityProviders\[0\]\.ProviderName is required\.$/,
    ],
    [
      "set-identity-pool-roles",
      { RoleMappings: { mine: { IdentityProvider: google, Type: "Token", AmbiguousRoleResolution: "Deny" } } },
      /RoleMappings\.mine\.IdentityProvider: not a member of this object\. The provider is the key of the map/,
    ],
    [
      "set-identity-pool-roles",
      { RoleMappings: '{"a": {}}' },
      /RoleMappings must be an object, not text\. It holds JSON: pass the JSON itself/,
    ],
    [
      "set-identity-pool-roles",
      { Roles: { Roles: { authenticated: "x" } } },
      /Roles\.Roles: .* one wrapper too many: pass its members directly in Roles/,
    ],
    [
      "set-identity-pool-roles",
      { arguments: { Roles: {} } },
      /arguments: .* one wrapper too many: pass its members directly/,
    ],
    ["set-identity-pool-roles", { authenticated: "x" }, /authenticated: .* It belongs to Roles\./],
    ["set-identity-pool-roles", { Rules: [] }, /Rules: .* It belongs to RoleMappings\.KEY\.RulesConfiguration\./],
    ["set-identity-pool-roles", { role_mappings: {} }, /role_mappings: .* Did you mean RoleMappings\?/],
    ["update-identity-pool", { "allow-classic-flow": true }, /allow-classic-flow: .* Did you mean AllowClassicFlow\?/],
    ["update-identity-pool", { allowClassicFlow: true }, /allowClassicFlow: .* Did you mean AllowClassicFlow\?/],
    [
      "update-identity-pool",
      { IdentityPoolTags: [{ Key: "a", Value: "b" }] },
      /IdentityPoolTags must be an object, not a list\. Write \{KEY: VALUE\}/,
    ],
    [
      "update-identity-pool",
      { SamlProviderARNs: "arn:aws:iam::123456789012:saml-provider/x" },
      /SamlProviderARNs must be a list, not text\. Put it into \[ \]/,
    ],
    [
      "update-identity-pool",
      { AllowClassicFlow: "true" },
      /AllowClassicFlow must be true or false, not text, without quotes/,
    ],
    [
      "update-identity-pool",
      { remove: { IdentityPoolTags: ["a"] }, clear: ["IdentityPoolTags"] },
      /IdentityPoolTags is in clear too/,
    ],
    [
      "update-identity-pool",
      { remove: { IdentityPoolTags: ["a"] }, IdentityPoolTags: { a: "b" } },
      /names an entry that IdentityPoolTags gives/,
    ],
    [
      "update-identity-pool",
      { remove: { IdentityPoolTags: ["a"] }, IdentityPoolTags: { b: "b" }, replace: ["IdentityPoolTags"] },
      /IdentityPoolTags is in replace too/,
    ],
    ["update-identity-pool", { replace: ["IdentityPoolTags"] }, /IdentityPoolTags has no new value in this call/],
    ["update-identity-pool", { replace: ["IdentityPoolName"] }, /replace\[0\] must be SupportedLoginProviders, /],
    [
      "update-identity-pool",
      { remove: { AllowClassicFlow: ["x"] } },
      /remove\.AllowClassicFlow: not a member of this object\. Its members are SupportedLoginProviders, /,
    ],
    [
      "update-identity-pool",
      { remove: { CognitoIdentityProviders: [{ ClientId: "abc" }] } },
      /remove\.CognitoIdentityProviders\[0\]\.ProviderName is required/,
    ],
    ["update-identity-pool", { remove: { SamlProviderARNs: [{}] } }, /remove\.SamlProviderARNs\[0\] must be an ARN/],
    [
      "update-identity-pool",
      { remove: { SupportedLoginProviders: ["KEY;SECRET-OF-TWITTER"] } },
      /names a provider, without its value/,
    ],
    [
      "set-identity-pool-roles",
      { remove: { RoleMappings: [google] }, RoleMappings: { [google]: { Type: "Token" } } },
      /name RoleMappings\.KEY in replace/,
    ],
    [
      "set-identity-pool-roles",
      { remove: { RoleMappings: [{ provider: google }] } },
      /needs Claim, MatchType or Value/,
    ],
    [
      "set-identity-pool-roles",
      { remove: { RoleMappings: [{ provider: google, claim: "x" }] } },
      /must be a provider's key, or an object with provider and Claim/,
    ],
    [
      "set-identity-pool-roles",
      { insertRules: "first" },
      /insertRules: says where added rules go|insertRules says where/,
    ],
    [
      "set-identity-pool-roles",
      { insertRules: "top", RoleMappings: {} },
      /insertRules must be "first", "last", \{before: N\}/,
    ],
    ["set-identity-pool-roles", { insertRules: { before: 0 }, RoleMappings: {} }, /insertRules must be "first"/],
    [
      "set-identity-pool-roles",
      {
        RoleMappings: {
          [google]: {
            Type: "Rules",
            RulesConfiguration: {
              Rules: [rule("arn:aws:iam::123456789012:role/a"), rule("arn:aws:iam::123456789012:role/b")],
            },
          },
        },
      },
      /two rules with the same Claim, MatchType and Value/,
    ],
    [
      "tag-resource",
      { Tags: {}, ResourceArn: `arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/${pool}` },
      /pass exactly one of IdentityPoolId, ResourceArn, IdentityPoolIds/,
    ],
  ])("%s %j", (tool, given, right) => {
    const problems = problemsOf(tool, { IdentityPoolId: pool, ...given });
    expect(problems).toMatch(right);
    expect(problems).not.toContain("SECRET-OF-TWITTER");
  });
});

describe("in a real server", () => {
  let service: Service;
  let session: Session;
  let id: string;

  beforeAll(async () => {
    service = await startService();
    id = await createPool(service.sdk);
    session = await startServer({ env: service.env, respond: approve });
  });
  afterAll(async () => {
    await session[Symbol.asyncDispose]();
    await service[Symbol.asyncDispose]();
  });

  it("no such value reaches a person or AWS", async () => {
    const from = service.calls.length;
    for (const [kind, , value, right] of cases)
      for (const { tool, holding } of places[kind].slice(0, 1) as readonly Place[]) {
        const [given = ""] = fc.sample(value, { numRuns: 1, seed: 1 });
        const { isError, content } = await session.call(tool, holding(given));
        expect({ isError, content }).toMatchObject({
          isError: true,
          content: { refused: expect.stringMatching(right), next: expect.any(String) },
        });
      }
    expect(service.calls.slice(from)).toEqual([]);
    expect(session.questions).toEqual([]);
  });

  it.each<readonly [string, string, Input, RegExp]>([
    [
      "a Token mapping without its companion",
      "set-identity-pool-roles",
      { RoleMappings: { [google]: { Type: "Token" } } },
      /RoleMappings\.accounts\.google\.com.*AmbiguousRoleResolution/,
    ],
    [
      "Rules without rules",
      "set-identity-pool-roles",
      { RoleMappings: { [google]: { Type: "Rules", AmbiguousRoleResolution: "Deny" } } },
      /needs RulesConfiguration/,
    ],
    [
      "a key that the pool has not",
      "set-identity-pool-roles",
      { RoleMappings: { [`${userPool}:abc`]: { Type: "Token", AmbiguousRoleResolution: "Deny" } } },
      /keys of its providers are "graph\.facebook\.com", "accounts\.google\.com"/,
    ],
    [
      "principal tags of a provider that the pool has not",
      "set-principal-tag-attribute-map",
      { IdentityProviderName: "google", UseDefaults: true },
      /no provider "google".*"accounts\.google\.com"/,
    ],
    [
      "another developer provider",
      "update-identity-pool",
      { DeveloperProviderName: "login.other" },
      /already has the DeveloperProviderName/,
    ],
    [
      "an OIDC provider of another partition",
      "update-identity-pool",
      { OpenIdConnectProviderARNs: ["arn:aws-cn:iam::000000000000:oidc-provider/issuer.example"] },
      /partition aws/,
    ],
    [
      "a SAML provider of another account",
      "update-identity-pool",
      { SamlProviderARNs: ["arn:aws:iam::111111111111:saml-provider/x"] },
      /account 000000000000.*takes no identity provider of another account/,
    ],
  ])("%s is refused with nobody asked and nothing sent", async (_, tool, input, right) => {
    const from = service.calls.length;
    const { isError, content } = await session.call(tool, { IdentityPoolId: id, ...input });
    expect({ isError, content }).toMatchObject({ isError: true, content: { refused: expect.stringMatching(right) } });
    expect(session.questions).toEqual([]);
    expect(service.calls.slice(from).filter((name) => /^(Set|Update|Delete)/.test(name))).toEqual([]);
  });

  it("roles of another account or partition are a note of the plan", async () => {
    const asked = session.questions.length;
    const foreign = "arn:aws:iam::111111111111:role/users";
    const elsewhere = "arn:aws-cn:iam::000000000000:role/guests";
    await session.call("set-identity-pool-roles", {
      IdentityPoolId: id,
      Roles: { authenticated: foreign, unauthenticated: elsewhere },
    });
    const { message } = session.questions[asked] as { message: string };
    expect(message).toContain(`Of another account than the caller's (000000000000): "${foreign}".`);
    expect(message).toContain(`so that the pool can give no credentials of it: "${elsewhere}".`);
  });
});
