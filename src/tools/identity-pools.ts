import { planDelete, planUpdate } from "../plans/identity-pools.ts";
import {
  allowClassicFlow,
  allowUnauthenticatedIdentities,
  allPages,
  clear,
  cognitoIdentityProviders,
  developerProviderName,
  identityPoolId,
  identityPoolName,
  maxResults,
  nameContains,
  nextToken,
  openIdConnectProviderArns,
  region,
  samlProviderArns,
  shown,
  supportedLoginProviders,
  tags,
} from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

const settings = {
  AllowClassicFlow: allowClassicFlow.optional(),
  SupportedLoginProviders: supportedLoginProviders.optional(),
  DeveloperProviderName: developerProviderName.optional(),
  OpenIdConnectProviderARNs: openIdConnectProviderArns.optional(),
  CognitoIdentityProviders: cognitoIdentityProviders.optional(),
  SamlProviderARNs: samlProviderArns.optional(),
  IdentityPoolTags: tags.optional(),
};

export const createIdentityPool = defineTool({
  name: "create-identity-pool",
  summary: "Creates an identity pool. It gives no credentials until set-identity-pool-roles.",
  effect: "create",
  command: "CreateIdentityPoolCommand",
  input: {
    IdentityPoolName: identityPoolName,
    AllowUnauthenticatedIdentities: allowUnauthenticatedIdentities,
    ...settings,
  },
  controls: { region },
  output: shown.identityPool,
});

export const listIdentityPools = defineTool({
  name: "list-identity-pools",
  summary: "Lists the identity pools of a region: ids and names.",
  effect: "read",
  command: "ListIdentityPoolsCommand",
  input: { MaxResults: maxResults, NextToken: nextToken.optional() },
  controls: { region, allPages, nameContains },
  pages: { list: "IdentityPools", name: "IdentityPoolName" },
  output: { IdentityPools: shown.identityPools, NextToken: shown.text },
});

export const describeIdentityPool = defineTool({
  name: "describe-identity-pool",
  summary: "Shows how an identity pool is configured.",
  effect: "read",
  command: "DescribeIdentityPoolCommand",
  input: { IdentityPoolId: identityPoolId },
  output: shown.identityPool,
});

export const updateIdentityPool = defineGatedTool({
  name: "update-identity-pool",
  summary:
    "Changes what is named of an identity pool and keeps the rest: maps and lists gain the entries given. To drop entries, put the member in clear and give what remains.",
  effect: "update",
  command: "UpdateIdentityPoolCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityPoolName: identityPoolName.optional(),
    AllowUnauthenticatedIdentities: allowUnauthenticatedIdentities.optional(),
    ...settings,
  },
  controls: {
    clear: clear([
      "AllowClassicFlow",
      "SupportedLoginProviders",
      "OpenIdConnectProviderARNs",
      "CognitoIdentityProviders",
      "SamlProviderARNs",
      "IdentityPoolTags",
    ]),
  },
  output: shown.identityPool,
  plan: planUpdate,
});

export const deleteIdentityPool = defineGatedTool({
  name: "delete-identity-pool",
  summary: "Deletes an identity pool with all its identities, for good.",
  effect: "delete",
  command: "DeleteIdentityPoolCommand",
  input: { IdentityPoolId: identityPoolId },
  output: {},
  plan: planDelete,
});
