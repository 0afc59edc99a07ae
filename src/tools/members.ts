/**
 * The members that several operations share, each with its description and AWS's limits. The limits are those of the
 * service model (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/); a test compares them with test/facts.
 */

import * as z from "zod";
import { POOL_ARN, REGION_PATTERN } from "../util/aws-names.ts";
import { REDACTED } from "../util/redacted.ts";
import { sensitive } from "./sensitive.ts";

/** A map with arbitrary keys, at most `max` of them. */
function map<Value extends z.ZodType>(key: z.ZodString, value: Value, max?: number) {
  const record = z.record(key, value);
  if (max === undefined) return record;
  return record
    .refine((entries) => Object.keys(entries).length <= max, `may have at most ${max} entries`)
    .meta({ maxProperties: max });
}

const resourceId = z
  .string()
  .min(1)
  .max(55)
  .regex(/^[\w-]+:[-\da-f]+$/, {
    error: ({ input }) =>
      /^[a-z]{2}(-[a-z]+)+-\d_\w+$/.test(String(input))
        ? "This is the id of a user pool. Identity pools and identities have ids of the form REGION:GUID, e.g. eu-west-1:00000000-0000-0000-0000-000000000000; list-identity-pools shows them"
        : "must be REGION:GUID, e.g. eu-west-1:00000000-0000-0000-0000-000000000000",
  });

export const identityPoolId = resourceId;
export const identityId = resourceId;

export const identityPoolName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w\s+=,.@-]+$/, "may contain only letters, digits, spaces and _ + = , . @ -");

export const providerName = z
  .string()
  .min(1)
  .max(128)
  // Two common mistakes, for which AWS only returns "not a valid provider".
  .refine((name) => !/^https?:/i.test(name), "a provider name does not begin with https://, e.g. accounts.google.com")
  .refine(
    (name) => !/^cognito-idp\.[^./]*_[^./]*\.amazonaws/.test(name),
    "a region contains hyphens, not underscores, e.g. cognito-idp.eu-west-1.amazonaws.com/USER_POOL_ID",
  );

/** `KEY;SECRET` for a provider such as api.twitter.com. */
const providerValue = sensitive(
  z
    .string()
    .min(1)
    .max(128)
    .regex(/^[\w.;/-]+$/, {
      error: ({ input }) =>
        String(input).includes(REDACTED)
          ? `${REDACTED} stands for a secret that this server never shows, and is not a value. Leave the provider out: an update keeps its value. To create a pool or to set the secret anew, have the person give the real value`
          : "may contain only letters, digits and _ . ; / -",
    }),
  "before semicolon",
);

export const supportedLoginProviders = map(
  providerName.refine((name) => !name.includes(";"), "a provider name has no semicolon; the value goes under it"),
  providerValue,
  10,
).describe(
  "Public provider's domain (accounts.google.com, graph.facebook.com, www.amazon.com, appleid.apple.com) to app id",
);

export const developerProviderName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w.-]+$/, "may contain only letters, digits and _ . -");

/** An ARN of the kind of the example. AWS checks the rest. */
function arnLike(example: string) {
  return z.string().min(20, `must be an ARN such as ${example}`).max(2048);
}

export const roleArn = arnLike("arn:aws:iam::123456789012:role/NAME");

/** The message has what to do, because AWS does not say which member is wrong. */
const notPoolArn =
  "is not the ARN of an identity pool. Use arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID";

export const poolArn = z
  .string()
  .min(20, notPoolArn)
  .max(2048)
  .refine((arn) => POOL_ARN.test(arn), notPoolArn)
  .describe("arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID");

export const openIdConnectProviderArn = arnLike("arn:aws:iam::123456789012:oidc-provider/HOST");
export const samlProviderArn = arnLike("arn:aws:iam::123456789012:saml-provider/NAME");

export const openIdConnectProviderArns = z
  .array(openIdConnectProviderArn)
  .describe("arn:aws:iam::ACCOUNT:oidc-provider/HOST");
export const samlProviderArns = z.array(samlProviderArn).describe("arn:aws:iam::ACCOUNT:saml-provider/NAME");

export const cognitoIdentityProviders = z.array(
  z.strictObject({
    ProviderName: z
      .string()
      .min(1)
      .max(128)
      .regex(/^[\w.:/-]+$/, { error: "must be cognito-idp.REGION.amazonaws.com/USER_POOL_ID, without https://" })
      .describe("cognito-idp.REGION.amazonaws.com/USER_POOL_ID")
      .optional(),
    ClientId: z
      .string()
      .min(1)
      .max(128)
      .regex(/^\w+$/, "may contain only letters, digits and _")
      .describe("App client id")
      .optional(),
    ServerSideTokenCheck: z.boolean().describe("Reject users who signed out or were deleted").optional(),
  }),
);

const tagKey = z.string().min(1).max(128);
export const tags = map(tagKey, z.string().min(0).max(256));
export const tagKeys = z.array(tagKey);

/** Provider names and the tokens that prove a login. The tokens are secrets. */
export const logins = map(providerName, sensitive(z.string().min(1).max(50_000)), 10).describe(
  "Provider name (user pool: cognito-idp.REGION.amazonaws.com/USER_POOL_ID) to id token or login:NAME",
);

/**
 * The same shape with another meaning: the value under the pool's developer provider name is a user name, which look-ups
 * show again. Only the pool tells which one that is (`mapSecrets`), so each value is declared a secret.
 */
export const developerLogins = map(providerName, sensitive(z.string().min(1).max(50_000)), 10).describe(
  "Developer provider name to your user's id; other providers to tokens",
);

export const providerNames = z.array(providerName);

export const developerUserIdentifier = z.string().min(1).max(1024);

export const maxResults = z.int().min(1).max(60).default(60).describe("Per page");
export const nextToken = z.string().min(1).max(65_535).regex(/^\S+$/, "may not contain spaces");

export const principalTags = map(z.string().min(1).max(128), z.string().min(1).max(256), 50);

export const roles = z.strictObject({
  authenticated: roleArn.exactOptional(),
  unauthenticated: roleArn.exactOptional(),
});

/** The service model allows 400 rules per provider; the documented quota is 25. */
const RULES_A_PROVIDER = 25;

const mappingRule = z.strictObject({
  Claim: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\p{Z}\p{C}]+$/u, "may not contain spaces or invisible characters"),
  MatchType: z.enum(["Equals", "Contains", "StartsWith", "NotEqual"]),
  Value: z.string().min(1).max(128),
  RoleARN: roleArn,
});

const roleMapping = z
  .strictObject({
    Type: z
      .enum(["Token", "Rules"])
      .describe("Token: cognito:roles of the token decides. Rules: RulesConfiguration decides"),
    AmbiguousRoleResolution: z
      .enum(["AuthenticatedRole", "Deny"])
      .describe("AWS requires it. When nothing decides: the authenticated role, or no credentials")
      .optional(),
    RulesConfiguration: z
      .strictObject({ Rules: z.array(mappingRule).min(1).max(RULES_A_PROVIDER) })
      .describe("In order; the first match wins")
      .optional(),
  })
  .refine(
    ({ Type, RulesConfiguration }) => Type !== "Rules" || RulesConfiguration !== undefined,
    "type Rules requires RulesConfiguration",
  );

const roleMappingKey =
  /^(cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?\/[\w-]+:\w+|arn:[\w-]+:iam::\d+:(oidc|saml)-provider\/.+|[\w.-]+)$/;

export const roleMappings = map(
  providerName.regex(roleMappingKey, {
    error:
      "a key is cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID (no https://), an OIDC or SAML provider ARN, or the domain of a public provider",
  }),
  roleMapping,
  10,
).describe(
  "By provider: cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID, a public provider's domain, or an OIDC or SAML provider's ARN. Replaces the provider's present mapping with all its rules; other providers keep theirs",
);

/** For the two operations without an id that contains a region. */
export const region = z
  .string()
  .regex(new RegExp(`^${REGION_PATTERN}$`), { error: "must be a region such as eu-west-1" })
  .describe("Default: the server's region")
  .optional();

/** For paginated lists. */
export const allPages = z.boolean().describe("Follow NextToken to the end").optional();
export const nameContains = z.string().min(1).max(128).describe("Any case; searches all pages").optional();

/** The members of a merging update that are emptied first. */
export function clear<const Members extends readonly [string, ...string[]]>(members: Members) {
  return z.array(z.enum(members)).describe("Members to empty before the others are set").optional();
}

/** The same members in responses, without limits, because AWS validates its own responses. */
const timestamp = z
  .date()
  .transform((date) => date.toISOString())
  .pipe(z.string().meta({ format: "date-time" }));
const text = z.string();

const identityDescription = {
  IdentityId: text.optional(),
  Logins: z.array(text).optional(),
  CreationDate: timestamp.optional(),
  LastModifiedDate: timestamp.optional(),
};

export const outputs = {
  text: text.optional(),
  flag: z.boolean().optional(),
  texts: z.array(text).optional(),
  map: z.record(text, text).optional(),
  timestamp: timestamp.optional(),
  secret: sensitive(z.string()).optional(),
  identityDescription,
  identities: z.array(z.object(identityDescription)).optional(),
  credentials: z
    .object({
      AccessKeyId: sensitive(z.string(), "last four").optional(),
      SecretKey: sensitive(z.string()).optional(),
      SessionToken: sensitive(z.string()).optional(),
      Expiration: timestamp.optional(),
    })
    .optional(),
  identityPools: z.array(z.object({ IdentityPoolId: text.optional(), IdentityPoolName: text.optional() })).optional(),
  identityPool: {
    IdentityPoolId: text.optional(),
    IdentityPoolName: text.optional(),
    AllowUnauthenticatedIdentities: z.boolean().optional(),
    AllowClassicFlow: z.boolean().optional(),
    SupportedLoginProviders: z.record(text, sensitive(z.string(), "before semicolon")).optional(),
    DeveloperProviderName: text.optional(),
    OpenIdConnectProviderARNs: z.array(text).optional(),
    CognitoIdentityProviders: z
      .array(
        z.object({
          ProviderName: text.optional(),
          ClientId: text.optional(),
          ServerSideTokenCheck: z.boolean().optional(),
        }),
      )
      .optional(),
    SamlProviderARNs: z.array(text).optional(),
    IdentityPoolTags: z.record(text, text).optional(),
  },
  roleMappings: z
    .record(
      text,
      z.object({
        Type: text.optional(),
        AmbiguousRoleResolution: text.optional(),
        RulesConfiguration: z
          .object({
            Rules: z
              .array(
                z.object({
                  Claim: text.optional(),
                  MatchType: text.optional(),
                  Value: text.optional(),
                  RoleARN: text.optional(),
                }),
              )
              .optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  unprocessedIdentityIds: z.array(z.object({ IdentityId: text.optional(), ErrorCode: text.optional() })).optional(),
};
