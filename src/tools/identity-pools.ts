import * as z from "zod";
import { planDelete, planUpdate } from "../plans/identity-pools.ts";
import {
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
  outputs,
  region,
  samlProviderArns,
  supportedLoginProviders,
  tags,
} from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

const guests = z.boolean().describe("Guests get credentials without signing in");

const settings = {
  AllowClassicFlow: z.boolean().describe("Basic (classic) flow; enabled unless false").optional(),
  SupportedLoginProviders: supportedLoginProviders.optional(),
  DeveloperProviderName: developerProviderName.describe("Permanent once set").optional(),
  OpenIdConnectProviderARNs: openIdConnectProviderArns.optional(),
  CognitoIdentityProviders: cognitoIdentityProviders.optional(),
  SamlProviderARNs: samlProviderArns.optional(),
  IdentityPoolTags: tags.optional(),
};

export const createIdentityPool = defineTool({
  name: "create-identity-pool",
  summary: "Creates a pool. It gives no credentials until its roles are set.",
  effect: "create",
  command: "CreateIdentityPoolCommand",
  input: {
    IdentityPoolName: identityPoolName,
    AllowUnauthenticatedIdentities: guests,
    ...settings,
  },
  controls: { region },
  output: outputs.identityPool,
});

export const listIdentityPools = defineTool({
  name: "list-identity-pools",
  summary: "Lists a region's identity pools.",
  effect: "read",
  command: "ListIdentityPoolsCommand",
  input: { MaxResults: maxResults, NextToken: nextToken.optional() },
  controls: { region, allPages, nameContains },
  pages: { list: "IdentityPools", name: "IdentityPoolName" },
  output: { IdentityPools: outputs.identityPools, NextToken: outputs.text },
});

export const describeIdentityPool = defineTool({
  name: "describe-identity-pool",
  summary: "Shows a pool's configuration.",
  effect: "read",
  command: "DescribeIdentityPoolCommand",
  input: { IdentityPoolId: identityPoolId },
  output: outputs.identityPool,
});

export const updateIdentityPool = defineGatedTool({
  name: "update-identity-pool",
  summary:
    "Changes only the members given. Maps and lists gain entries; to remove some, name the member in clear and give what remains.",
  effect: "update",
  command: "UpdateIdentityPoolCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityPoolName: identityPoolName.optional(),
    AllowUnauthenticatedIdentities: guests.optional(),
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
  output: outputs.identityPool,
  plan: planUpdate,
});

export const deleteIdentityPool = defineGatedTool({
  name: "delete-identity-pool",
  summary: "Permanently deletes a pool and all its identities.",
  effect: "delete",
  command: "DeleteIdentityPoolCommand",
  input: { IdentityPoolId: identityPoolId },
  output: {},
  plan: planDelete,
});
