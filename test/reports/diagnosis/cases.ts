/** Faults of an account, one each, and what the diagnosis says of them. */
import { expect } from "vitest";
import {
  ACCOUNT,
  type Account,
  COGNITO,
  GUESTS,
  guestStatement,
  IDENTITY,
  OTHER_POOL,
  POOL,
  sound,
  trustOf,
  USER_POOL,
  USERS,
  userStatement,
} from "./account.ts";

export const REFUSED =
  "InvalidIdentityPoolConfigurationException: Invalid identity pool configuration. Check assigned IAM roles for this pool.";
const CLASSIC = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity";

export const guest = { kind: "guest" };
export const user = { kind: "user", provider: USER_POOL };
const login = { login: "login:ANA", provider: USER_POOL };
const pool = (changes: object): Partial<Account> => ({ pool: { ...sound.pool, ...changes } });
export const guests = (...statements: unknown[]): Partial<Account> => ({
  trust: { ...sound.trust, [GUESTS]: trustOf(...statements) },
});
const users = (...statements: unknown[]): Partial<Account> => ({
  trust: { ...sound.trust, [USERS]: trustOf(...statements) },
});
const mapped = (mapping: object, key = `${USER_POOL}:client1`): Partial<Account> => ({ mappings: { [key]: mapping } });
const claims = (changes: object): Partial<Account> => ({ claims: { ...sound.claims, ...changes } });
const rule = (Claim: string, Value: string, RoleARN = USERS) => ({ Claim, MatchType: "Equals", Value, RoleARN });
export const rules = (...Rules: object[]) => ({
  Type: "Rules",
  AmbiguousRoleResolution: "Deny",
  RulesConfiguration: { Rules },
});
const group = (name: string, precedence: number | undefined, roleArn?: string) => ({ name, precedence, roleArn });
const groups = (...list: ReturnType<typeof group>[]): Partial<Account> => ({
  userPool: { customAttributes: ["custom:team"], groups: list },
});
export const condition = (Condition: object) => guestStatement({ Condition });
const denied = (role: string, action: string, because: string, resource = "arn:aws:s3:::b/k") =>
  `AccessDenied: User: arn:aws:sts::${ACCOUNT}:assumed-role/${role}/CognitoIdentityCredentials is not authorized to perform: ${action} on resource: "${resource}" because ${because}`;

interface Case {
  readonly name: string;
  readonly account: Partial<Account>;
  readonly input: object;
  /** The branches that are found, the first one in front. */
  readonly found: readonly string[];
  /** What the evidence of the first cause holds. */
  readonly evidence?: object;
  /** The twin, where it is not the sound account with the same input. */
  readonly repaired?: { readonly account?: Partial<Account>; readonly input?: object };
}

/** A case of which only the text tells: its twin is the same without the text. */
const text = (name: string, errorText: string, found: string): Case => ({
  name,
  account: {},
  input: { errorText },
  found: [found],
  repaired: { input: {} },
});

export const cases: readonly Case[] = [
  // Reach the pool.
  { name: "the pool is gone", account: { pool: undefined }, input: {}, found: ["B1"] },
  {
    name: "so says the text",
    account: { pool: undefined },
    input: { errorText: `IdentityPool '${POOL}' not found.` },
    found: ["B1"],
    repaired: { input: {} },
  },
  { name: "the identity is gone", account: { identities: {} }, input: { IdentityId: IDENTITY }, found: ["B2"] },
  {
    name: "an identity of a user, without a login",
    account: {},
    input: { ...guest, IdentityId: IDENTITY },
    found: ["B3"],
    evidence: { logins: [USER_POOL] },
    repaired: { account: { identities: { [IDENTITY]: [] } } },
  },
  text("a merged identity", `Access to Identity '${IDENTITY}' is forbidden.`, "B3"),
  text("throttled", "TooManyRequestsException: Rate exceeded", "B4"),
  text("a provider that does not answer", "ExternalServiceException: …", "B4"),
  text(
    "an endpoint policy",
    "AccessDeniedException: User: anonymous is not authorized to perform: cognito-identity:GetId on resource: x",
    "B5",
  ),

  // The login.
  { name: "guests are off", account: pool({ AllowUnauthenticatedIdentities: false }), input: guest, found: ["B6"] },
  {
    name: "a user without Logins",
    account: pool({ AllowUnauthenticatedIdentities: false }),
    input: {
      ...user,
      errorText: "NotAuthorizedException: Unauthenticated access is not supported for this identity pool.",
    },
    found: ["B6"],
    repaired: { input: user },
  },
  {
    name: "no provider",
    account: { ...pool({ CognitoIdentityProviders: [], DeveloperProviderName: undefined }) },
    input: { kind: "user" },
    found: ["B7"],
  },
  {
    name: "a provider with an underscore in its region",
    account: {},
    input: { kind: "user", provider: "eu_west_1" },
    found: ["B8"],
    repaired: { input: user },
  },
  {
    name: "a provider that the pool does not have",
    account: {},
    input: { kind: "user", provider: "accounts.google.com" },
    found: ["B9"],
    repaired: { account: pool({ SupportedLoginProviders: { "accounts.google.com": "app" } }) },
  },
  {
    name: "a client that the pool does not have",
    account: claims({ aud: "client2" }),
    input: login,
    found: ["B9"],
    evidence: { audienceOfTheToken: ["client2"], clientIdsOfThePool: ["client1"] },
  },
  { name: "an access token", account: claims({ aud: undefined, token_use: "access" }), input: login, found: ["B10"] },
  {
    name: "another issuer",
    account: claims({ iss: "https://accounts.google.com" }),
    input: login,
    found: ["B11"],
    evidence: { issuerOfTheToken: "accounts.google.com" },
  },
  {
    name: "an expired token",
    account: claims({ exp: 1_589_092_129 }),
    input: login,
    found: ["B12"],
    evidence: { expired: "2020-05-10T06:28:49.000Z" },
  },
  text(
    "an expired token, by the text",
    "NotAuthorizedException: Invalid login token. Token expired: 1589092400 >= 1589092129",
    "B12",
  ),
  text("a signature", "NotAuthorizedException: Invalid login token. Couldn't verify signed token.", "B13"),
  {
    name: "a login that the identity does not have",
    account: { identities: { [IDENTITY]: ["accounts.google.com"] } },
    input: { ...user, IdentityId: IDENTITY },
    found: ["B14"],
    evidence: { loginsOfTheIdentity: ["accounts.google.com"] },
  },
  {
    name: "a user who signed out",
    account: pool({
      CognitoIdentityProviders: [{ ProviderName: USER_POOL, ClientId: "client1", ServerSideTokenCheck: true }],
    }),
    input: { ...user, errorText: "NotAuthorizedException: Access Token has been revoked" },
    found: ["B15"],
    repaired: { input: user },
  },
  {
    name: "a pool without a developer provider",
    account: pool({ DeveloperProviderName: undefined }),
    input: { kind: "developer", provider: "login.example" },
    found: ["B16"],
  },
  {
    name: "another developer provider",
    account: {},
    input: { kind: "developer", provider: "login.other" },
    found: ["B16"],
    evidence: { DeveloperProviderName: "login.example" },
    repaired: { input: { kind: "developer", provider: "login.example" } },
  },

  // The choice of the role.
  {
    name: "no group has a role",
    account: mapped({ Type: "Token", AmbiguousRoleResolution: "Deny" }),
    input: user,
    found: ["B17"],
    evidence: { groupsWithARole: 0 },
    repaired: {
      account: { ...mapped({ Type: "Token", AmbiguousRoleResolution: "Deny" }), ...groups(group("a", 1, USERS)) },
    },
  },
  {
    name: "no rule matches",
    account: { ...mapped(rules(rule("custom:team", "blue"))), ...claims({ "custom:team": "red" }) },
    input: login,
    found: ["B17"],
    evidence: {
      rulesThatMatch: 0,
      rules: [{ rule: 1, claim: "custom:team", match: "Equals", value: "blue", inTheToken: ["red"] }],
    },
    repaired: {
      account: mapped({ ...rules(rule("custom:team", "red")), AmbiguousRoleResolution: "AuthenticatedRole" }),
      input: user,
    },
  },
  {
    name: "a mapping of another client",
    account: mapped({ Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" }, `${USER_POOL}:client2`),
    input: user,
    found: ["B18"],
    evidence: { clientIdsOfThePool: ["client1"] },
  },
  {
    name: "a custom attribute without its prefix",
    account: mapped({ ...rules(rule("team", "blue")), AmbiguousRoleResolution: "AuthenticatedRole" }),
    input: user,
    found: ["B18"],
    evidence: { claims: [{ rule: 1, asksFor: "team", inTheUserPool: "custom:team" }] },
  },
  {
    name: "roles of groups that nobody looks at",
    account: groups(group("a", 1, USERS)),
    input: user,
    found: ["B18"],
    evidence: { groupsWithARole: ["a"] },
  },

  // The trust policy.
  {
    name: "no role for guests",
    account: { roles: { authenticated: USERS } },
    input: guest,
    found: ["B19"],
    evidence: { missing: "Roles.unauthenticated" },
  },
  {
    name: "a role that is gone",
    account: { trust: { [USERS]: sound.trust[USERS] } },
    input: guest,
    found: ["B19"],
    evidence: { exists: false },
  },
  {
    name: "a principal that is a service",
    account: guests(guestStatement({ Principal: { Service: COGNITO } })),
    input: { ...guest, errorText: REFUSED },
    found: ["B19"],
  },
  {
    name: "the principal of another partition",
    account: guests(guestStatement({ Principal: { Federated: "cognito-identity-us-gov.amazonaws.com" } })),
    input: guest,
    found: ["B19"],
  },
  {
    name: "a policy that is none",
    account: { trust: { ...sound.trust, [GUESTS]: "{" } },
    input: guest,
    found: ["B19"],
    evidence: { fault: "The document is not valid JSON." },
  },
  {
    name: "AssumeRole",
    account: guests(guestStatement({ Action: "sts:AssumeRole" })),
    input: { ...guest, errorText: REFUSED },
    found: ["B20"],
    evidence: { inThePolicy: ["sts:AssumeRole"], inTheRequest: "sts:AssumeRoleWithWebIdentity" },
  },
  {
    name: "aud of another pool",
    account: guests(condition({ StringEquals: { [`${COGNITO}:aud`]: OTHER_POOL } })),
    input: { ...guest, errorText: REFUSED },
    found: ["B21"],
    evidence: { inThePolicy: [OTHER_POOL], inTheRequest: [POOL] },
  },
  {
    name: "aud of a user pool",
    account: guests(condition({ StringEquals: { [`${COGNITO}:aud`]: "eu-west-1_AbCdEfGhI" } })),
    input: { ...guest, errorText: CLASSIC },
    found: ["B21"],
    evidence: { note: expect.stringContaining("user pool") },
  },
  {
    name: "amr of users, for guests",
    account: guests(userStatement()),
    input: { ...guest, errorText: REFUSED },
    found: ["B22"],
    evidence: { inThePolicy: ["authenticated"], inTheRequest: ["unauthenticated"] },
  },
  {
    name: "amr of guests, for users",
    account: users(guestStatement()),
    input: { ...user, errorText: REFUSED },
    found: ["B22"],
  },
  {
    name: "a misspelt key",
    account: guests(condition({ StringEquals: { "cognito-identity.amazon.com:aud": POOL } })),
    input: { ...guest, errorText: REFUSED },
    found: ["B22"],
    evidence: { inTheRequest: "not in the request" },
  },
  {
    name: "amr without a set qualifier",
    account: users(userStatement({ Condition: { StringLike: { [`${COGNITO}:amr`]: "authenticated" } } })),
    input: { ...user, errorText: REFUSED },
    found: ["B22"],
  },
  {
    name: "a statement for nobody",
    account: guests(guestStatement({ Principal: {} })),
    input: { ...guest, errorText: REFUSED },
    found: ["B19"],
    evidence: { inThePolicy: [] },
  },
  {
    name: "a statement for no action",
    account: guests(guestStatement({ Action: [] })),
    input: { ...guest, errorText: REFUSED },
    found: ["B20"],
  },
  {
    name: "a key in two spellings",
    account: guests(
      guestStatement({ Condition: { StringEquals: { [`${COGNITO}:aud`]: POOL, [`${COGNITO}:AUD`]: POOL } } }),
    ),
    input: { ...guest, errorText: REFUSED },
    found: ["B19"],
    evidence: { fault: expect.stringContaining("more than once") },
  },
  {
    name: "sub of another identity",
    account: users(userStatement({ Condition: { StringEquals: { [`${COGNITO}:sub`]: "eu-west-1:x" } } })),
    input: { ...user, IdentityId: IDENTITY, errorText: REFUSED },
    found: ["B23"],
  },
  {
    name: "a Deny",
    account: guests(guestStatement(), guestStatement({ Effect: "Deny", Condition: undefined })),
    input: { ...guest, errorText: REFUSED },
    found: ["B23"],
    evidence: { statement: 2 },
  },
  {
    name: "a Deny that hides another fault",
    account: guests(guestStatement({ Action: "sts:AssumeRole" }), guestStatement({ Effect: "Deny" })),
    input: { ...guest, errorText: REFUSED },
    found: ["B20", "B23"],
    evidence: { inThePolicy: ["sts:AssumeRole"], inTheRequest: "sts:AssumeRoleWithWebIdentity" },
  },
  {
    name: "a Deny of the session tags",
    account: {
      ...users(
        userStatement({ Action: ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"] }),
        userStatement({ Effect: "Deny", Action: "sts:TagSession" }),
      ),
      tags: { [USER_POOL]: { team: "custom:team" } },
    },
    input: { ...user, errorText: REFUSED },
    found: ["B23"],
    evidence: { statement: 2 },
  },
  {
    name: "tags without TagSession",
    account: { tags: { [USER_POOL]: { team: "custom:team" } } },
    input: { ...user, errorText: REFUSED },
    found: ["B24"],
    evidence: { tags: ["team"] },
  },
  {
    name: "two faults of one statement",
    account: guests(
      guestStatement({ Action: "sts:AssumeRole", Condition: { StringEquals: { [`${COGNITO}:aud`]: OTHER_POOL } } }),
    ),
    input: { ...guest, errorText: REFUSED },
    found: ["B20", "B21"],
  },
  {
    name: "guests off and no role for them",
    account: { ...pool({ AllowUnauthenticatedIdentities: false }), roles: { authenticated: USERS } },
    input: guest,
    found: ["B6", "B19"],
  },
  {
    name: "the classic flow is off",
    account: pool({ AllowClassicFlow: false }),
    input: { ...user, flow: "classic" },
    found: ["B26"],
  },
  {
    name: "the classic flow with role mappings",
    account: mapped({ Type: "Token", AmbiguousRoleResolution: "AuthenticatedRole" }),
    input: { ...user, flow: "classic" },
    found: ["B26"],
  },

  // With good credentials.
  {
    name: "past the ceiling of guests",
    account: {},
    input: {
      ...guest,
      errorText: denied("guests", "ssm:GetParameter", "no session policy allows the ssm:GetParameter action"),
    },
    found: ["B27"],
    repaired: { input: guest },
  },
  {
    name: "a permission that the role does not have",
    account: {},
    input: {
      ...user,
      errorText: denied("users", "s3:PutObject", "no identity-based policy allows the s3:PutObject action"),
    },
    found: ["B28"],
    evidence: { action: "s3:PutObject", allowing: [] },
    repaired: { input: user },
  },
  {
    name: "a Deny of the role",
    account: { policies: { [USERS]: { stop: trustOf({ Effect: "Deny", Action: "s3:*", Resource: "*" }) } } },
    input: {
      ...user,
      errorText: denied("users", "s3:GetObject", "an explicit deny in an identity-based policy with an explicit deny"),
    },
    found: ["B28"],
    evidence: { denying: ["stop"] },
    repaired: { input: user },
  },
  {
    name: "a guest's credentials after the sign-in",
    account: {},
    input: {
      ...user,
      errorText: denied("guests", "s3:GetObject", "no identity-based policy allows the s3:GetObject action"),
    },
    found: ["B29"],
    repaired: { input: user },
  },
  text("expired credentials", "ExpiredTokenException: The security token included in the request is expired", "B30"),
];
