/** Prompts that add a login provider to a pool: in which member, and under exactly which name. */
import * as z from "zod";
import { openIdConnectProviderArn, providerName, samlProviderArn } from "../../tools/members.ts";
import { poolId } from "./arguments.ts";
import { definePrompt } from "./prompt.ts";
import { trustPolicy } from "./trust.ts";

const needs = ["describe-identity-pool", "update-identity-pool", "get-identity-pool-roles"] as const;

/** The steps that all kinds of providers share. */
function providerSteps(
  poolId: string,
  add: readonly string[],
  names: string,
  can: (tool: string) => boolean,
): string[] {
  return [
    `Read the pool with \`describe-identity-pool\` (\`IdentityPoolId\` ${poolId}). If it already contains the provider, report this and stop.`,
    ...add,
    "Pass only this entry, without `clear`: the update keeps all existing entries.",
    `Check with \`get-identity-pool-roles\` whether a role for \`authenticated\` is set. Without it, users who sign in get an identity but no credentials${can("set-identity-pool-roles") ? "; ask for the ARN of a role and set it with `set-identity-pool-roles` (`Roles`)" : ""}. Requirements of the role: ${trustPolicy(poolId, "authenticated")}.`,
    `Tell the person the names that applications must use: ${names}.`,
  ];
}

const userPool = /^(?:cognito-idp\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?\/)?([a-z]{2,4}(?:-[a-z]+)+-\d+)(_[0-9A-Za-z]+)$/;

export const addUserPool = definePrompt({
  name: "add-user-pool",
  title: "Add a Cognito user pool",
  description: "Lets users of a Cognito user pool sign in to an identity pool",
  arguments: {
    poolId,
    userPoolId: {
      description: "Id of the user pool, REGION_ID",
      required: true,
      schema: z
        .string()
        .regex(userPool, { error: "must be the id of a user pool such as eu-west-1_AbCdEfGhI, without https://" })
        .transform(userPoolName),
    },
    clientId: {
      description: "Id of the user pool's app client",
      required: true,
      schema: z.string().regex(/^\w{1,128}$/, { error: "must be the id of an app client: letters and digits" }),
    },
  },
  needs,
  task: ({ poolId, userPoolId, clientId }) =>
    `Let users of the user pool ${userPoolId}, app client ${clientId}, sign in to the identity pool ${poolId}.`,
  steps: ({ poolId, userPoolId, clientId }, can) =>
    providerSteps(
      poolId,
      [
        `Add it with \`update-identity-pool\`: \`CognitoIdentityProviders\` with one entry, \`ProviderName\` ${userPoolId}, \`ClientId\` ${clientId}, \`ServerSideTokenCheck\` true, so that users who signed out or were deleted get no further credentials. Each app client needs its own entry.`,
      ],
      `in Logins the key is ${userPoolId} and the value is an id token, not an access token; in RoleMappings the key is the same name, a colon, and the client id ${clientId}`,
      can,
    ),
});

/** The provider name of a user pool, from its id or from that name itself. */
function userPoolName(text: string): string {
  const [, region = "", rest = ""] = userPool.exec(text) ?? [];
  return `cognito-idp.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}/${region}${rest}`;
}

export const addOidcProvider = definePrompt({
  name: "add-oidc-provider",
  title: "Add an OpenID Connect provider",
  description: "Lets users of an OpenID Connect provider sign in to an identity pool",
  arguments: {
    poolId,
    providerArn: {
      description: "ARN of the IAM OIDC provider",
      required: true,
      schema: openIdConnectProviderArn.regex(/^arn:[\w-]+:iam::\d{12}:oidc-provider\/[\w.:/-]+$/, {
        error: "must be arn:aws:iam::ACCOUNT:oidc-provider/HOST, where HOST is the issuer without https://",
      }),
    },
  },
  needs,
  task: ({ poolId, providerArn }) =>
    `Let users of the OpenID Connect provider ${providerArn} sign in to the identity pool ${poolId}.`,
  steps: ({ poolId, providerArn }, can) =>
    providerSteps(
      poolId,
      [
        "Ask the person to check the provider in IAM: its URL must be exactly the token's issuer (claim iss), and its audiences must contain the application's client id (claim aud).",
        `Add it with \`update-identity-pool\`: \`OpenIdConnectProviderARNs\` with ${providerArn}.`,
      ],
      `in Logins the key is the issuer without https:// (the part of the ARN after oidc-provider/), and the value is an id token; in RoleMappings the key is the ARN`,
      can,
    ),
});

export const addSamlProvider = definePrompt({
  name: "add-saml-provider",
  title: "Add a SAML provider",
  description: "Lets users of a SAML provider sign in to an identity pool",
  arguments: {
    poolId,
    providerArn: {
      description: "ARN of the IAM SAML provider",
      required: true,
      schema: samlProviderArn.regex(/^arn:[\w-]+:iam::\d{12}:saml-provider\/[\w.-]+$/, {
        error: "must be arn:aws:iam::ACCOUNT:saml-provider/NAME",
      }),
    },
  },
  needs,
  task: ({ poolId, providerArn }) =>
    `Let users of the SAML provider ${providerArn} sign in to the identity pool ${poolId}.`,
  steps: ({ poolId, providerArn }, can) =>
    providerSteps(
      poolId,
      [`Add it with \`update-identity-pool\`: \`SamlProviderARNs\` with ${providerArn}.`],
      "in Logins and in RoleMappings the key is the ARN; the value in Logins is the SAML response in base64",
      can,
    ),
});

/** Names of social providers. X (Twitter) is missing because its value contains a secret. */
const socialProviders = ["accounts.google.com", "graph.facebook.com", "www.amazon.com", "appleid.apple.com"] as const;

export const addSocialProvider = definePrompt({
  name: "add-social-provider",
  title: "Add a social provider",
  description: "Lets users of Google, Facebook, Amazon or Apple sign in to an identity pool",
  arguments: {
    poolId,
    provider: {
      description: `One of ${socialProviders.join(", ")}`,
      required: true,
      schema: z.enum(socialProviders, { error: `must be one of ${socialProviders.join(", ")}` }),
      completes: socialProviders,
    },
    appId: {
      description: "App id at the provider: client id (Google), app id (Facebook, Amazon) or services id (Apple)",
      required: true,
      schema: providerName.regex(/^[\w./-]+$/, { error: "must be one app id: letters, digits and . _ / -" }),
    },
  },
  needs,
  task: ({ poolId, provider, appId }) =>
    `Let users of ${provider} sign in to the identity pool ${poolId} through the app ${appId}.`,
  steps: ({ poolId, provider, appId }, can) =>
    providerSteps(
      poolId,
      [
        "If the pool contains the provider with another app id, ask the person first: the new id replaces it, and users of the old app can no longer sign in. One value can contain several ids, separated by ;. The part after the first ; is not shown: for several ids, have the person give the whole value.",
        `Add it with \`update-identity-pool\`: \`SupportedLoginProviders\` with the key ${provider} and the value ${appId}.`,
      ],
      `in Logins and in RoleMappings the key is ${provider}; the value in Logins is the provider's token: an id token for Google and Apple, an access token for Facebook and Amazon`,
      can,
    ),
});
