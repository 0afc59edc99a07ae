import * as z from "zod";
import { planDelete, planUpdate } from "../plans/identity-pools.ts";
import { classicFlowNote } from "../plans/wording.ts";
import { poolFilterSchemas, poolSelection } from "../selections/pool-filters.ts";
import { clear, remove, replace } from "./forms/update-controls.ts";
import {
  allPages,
  cognitoIdentityProviders,
  developerProviderName,
  identityPoolId,
  identityPoolName,
  maxResults,
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
  AllowClassicFlow: z.boolean().describe("Basic (classic) flow; open unless false").optional(),
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
  notes: classicFlowNote,
  output: outputs.identityPool,
});

export const listIdentityPools = defineTool({
  name: "list-identity-pools",
  summary: "Lists a region's identity pools, or those that match all filters.",
  effect: "read",
  command: "ListIdentityPoolsCommand",
  input: { MaxResults: maxResults, NextToken: nextToken.optional() },
  controls: {
    region,
    allPages,
    ...poolFilterSchemas,
    any: z.boolean().describe("One filter is enough, names aside").optional(),
    details: z.boolean().describe("Summary of each pool").optional(),
  },
  pages: { list: "IdentityPools", selection: poolSelection },
  output: { IdentityPools: outputs.identityPools, NextToken: outputs.text },
});

export const describeIdentityPool = defineTool({
  name: "describe-identity-pool",
  summary: "Shows a pool's configuration.",
  effect: "read",
  command: "DescribeIdentityPoolCommand",
  input: { IdentityPoolId: identityPoolId },
  controls: {
    everything: z
      .boolean()
      .describe("For an overview: roles, rules, principal tags, counts, what needs attention")
      .optional(),
  },
  output: outputs.identityPool,
});

const removable = [
  "SupportedLoginProviders",
  "OpenIdConnectProviderARNs",
  "CognitoIdentityProviders",
  "SamlProviderARNs",
  "IdentityPoolTags",
] as const;

export const updateIdentityPool = defineGatedTool({
  name: "update-identity-pool",
  summary: "Changes only the members given. Maps and lists gain entries; remove takes some out.",
  effect: "update",
  command: "UpdateIdentityPoolCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityPoolName: identityPoolName.optional(),
    AllowUnauthenticatedIdentities: guests.optional(),
    ...settings,
  },
  controls: {
    clear: clear(["AllowClassicFlow", ...removable]),
    remove: remove(
      removable,
      "By member, what to take out: keys of maps, ARNs, ProviderName or {ProviderName, ClientId}",
    ),
    replace: replace(removable),
  },
  many: ["IdentityPoolId"],
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
