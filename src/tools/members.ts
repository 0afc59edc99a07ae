/**
 * The members that several operations share, each with its description and AWS's limits. The limits are those of the
 * service model (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/); a test compares them with test/facts.
 */

import * as z from "zod";
import { RULES_A_PROVIDER } from "../plans/update/rules.ts";
import { REGION_PATTERN } from "../util/aws-names.ts";
import { REDACTED } from "../util/redacted.ts";
import { oidcProviderForm, roleForm, samlProviderForm } from "./forms/arns.ts";
import { type Form, inForm, problemIn } from "./forms/form.ts";
import { identityIdForm, poolArnForm, poolIdForm } from "./forms/ids.ts";
import {
  loginProviderForm,
  mappingKeyForm,
  providerNameForm,
  publicProviderForm,
  taggedProviderForm,
  userPoolForm,
} from "./forms/providers.ts";
import { sensitive } from "./sensitive.ts";

/** A map with arbitrary keys, at most `max` of them. */
function map<Value extends z.ZodType>(key: z.ZodString, value: Value, max?: number) {
  const record = z.record(key, value);
  if (max === undefined) return record;
  return record
    .refine((entries) => Object.keys(entries).length <= max, `may have at most ${max} entries`)
    .meta({ maxProperties: max });
}

/** The pattern is part of the schema that clients see. */
function resourceId(form: Form) {
  return z
    .string()
    .min(1, { abort: true })
    .regex(form.right, { error: ({ input }) => problemIn(form, String(input)), abort: true })
    .max(55);
}

export const identityPoolId = resourceId(poolIdForm);
export const identityId = resourceId(identityIdForm);

export const identityPoolName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w\s+=,.@-]+$/, "may contain only letters, digits, spaces and _ + = , . @ -");

export const providerName = inForm(providerNameForm).min(1).max(128);
export const taggedProviderName = inForm(taggedProviderForm).min(1).max(128);
const publicProviderName = inForm(publicProviderForm).min(1).max(128);

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

export const supportedLoginProviders = map(publicProviderName, providerValue, 10).describe(
  "Public provider's domain (accounts.google.com, graph.facebook.com, www.amazon.com, appleid.apple.com) to app id",
);

export const developerProviderName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[\w.-]+$/, "may contain only letters, digits and _ . -");

export const roleArn = inForm(roleForm).min(20).max(2048);
export const poolArn = inForm(poolArnForm)
  .min(20)
  .max(2048)
  .describe("arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID");
export const openIdConnectProviderArn = inForm(oidcProviderForm).min(20).max(2048);
export const samlProviderArn = inForm(samlProviderForm).min(20).max(2048);

export const openIdConnectProviderArns = z
  .array(openIdConnectProviderArn)
  .describe("arn:aws:iam::ACCOUNT:oidc-provider/HOST");
export const samlProviderArns = z.array(samlProviderArn).describe("arn:aws:iam::ACCOUNT:saml-provider/NAME");

export const clientId = z
  .string()
  .min(1)
  .max(128)
  .regex(/^\w+$/, "may contain only letters, digits and _")
  .describe("App client id");

/** AWS's model requires neither, and AWS refuses an entry without one of them: `Invalid Cognito Identity Provider`. */
export const cognitoIdentityProviders = z.array(
  z
    .strictObject({
      ProviderName: z
        .string()
        .min(1, { abort: true })
        .regex(/^[\w.:/-]+$/, { error: ({ input }) => problemIn(userPoolForm, String(input)), abort: true })
        .refine((name) => problemIn(userPoolForm, name) === undefined, {
          error: ({ input }) => problemIn(userPoolForm, String(input)),
        })
        .max(128)
        .describe("cognito-idp.REGION.amazonaws.com/USER_POOL_ID")
        .optional(),
      ClientId: clientId.optional(),
      ServerSideTokenCheck: z.boolean().describe("Reject users who signed out or were deleted").optional(),
    })
    .superRefine(({ ProviderName, ClientId }, context) => {
      for (const [member, value] of Object.entries({ ProviderName, ClientId }))
        if (value === undefined) context.addIssue({ code: "custom", path: [member], message: "is required" });
    }),
);

export const tagKey = z.string().min(1).max(128);
export const tags = map(tagKey, z.string().min(0).max(256));
export const tagKeys = z.array(tagKey);

/** Provider names and the tokens that prove a login. The tokens are secrets. */
export const logins = map(
  inForm(loginProviderForm).min(1).max(128),
  sensitive(z.string().min(1).max(50_000)),
  10,
).describe("Provider name (user pool: cognito-idp.REGION.amazonaws.com/USER_POOL_ID) to id token or login:NAME");

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

export const mappingRule = z.strictObject({
  Claim: z
    .string()
    .min(1)
    .max(64)
    .regex(/^[^\p{Z}\p{C}]+$/u, "may not contain spaces or invisible characters"),
  MatchType: z.enum(["Equals", "Contains", "StartsWith", "NotEqual"]),
  Value: z.string().min(1).max(128),
  RoleARN: roleArn,
});

/** What it must have together is checked in the plan: what is left out may be there already. */
const roleMapping = z.strictObject({
  Type: z
    .enum(["Token", "Rules"])
    .describe("Token: cognito:roles of the token decides. Rules: RulesConfiguration decides"),
  AmbiguousRoleResolution: z
    .enum(["AuthenticatedRole", "Deny"])
    .describe("AWS requires it. When nothing decides: the authenticated role, or no credentials")
    .optional(),
  RulesConfiguration: z
    .strictObject({ Rules: z.array(mappingRule).min(1).max(RULES_A_PROVIDER) })
    .describe("In order; the first match wins. Rules join the present ones")
    .optional(),
});

const roleMappingKey = inForm(mappingKeyForm).min(1).max(128);

export const roleMappings = map(roleMappingKey, roleMapping, 10).describe(
  "By provider: cognito-idp.REGION.amazonaws.com/USER_POOL_ID:CLIENT_ID, a public provider's domain, or an OIDC or SAML provider's ARN",
);

/** For the two operations without an id that contains a region. */
export const region = z
  .string()
  .regex(new RegExp(`^${REGION_PATTERN}$`), { error: "must be a region such as eu-west-1" })
  .describe("Default: the server's region")
  .optional();

/** For paginated lists. */
export const allPages = z.boolean().describe("Follow NextToken to the end").optional();

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

/** A rule of a role mapping, in an answer. */
export const shownRule = {
  Claim: text.optional(),
  MatchType: text.optional(),
  Value: text.optional(),
  RoleARN: text.optional(),
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
            Rules: z.array(z.object(shownRule)).optional(),
          })
          .optional(),
      }),
    )
    .optional(),
  unprocessedIdentityIds: z.array(z.object({ IdentityId: text.optional(), ErrorCode: text.optional() })).optional(),
};
