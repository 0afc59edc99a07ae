import * as z from "zod";
import { planDeleteIdentities, planUnlink } from "../plans/identities.ts";
import { planLinkSeveral } from "../plans/linking.ts";
import { identityListSchemas, identitySelection } from "../selections/identity-filters.ts";
import { selectionControls, selectionRules } from "./batches.ts";
import {
  allPages,
  identityId,
  identityPoolId,
  logins,
  maxResults,
  nextToken,
  outputs,
  providerNames,
} from "./members.ts";
import { defineGatedTool, defineLinkingTool, defineTool } from "./tool.ts";

export const getId = defineLinkingTool({
  name: "get-id",
  summary: "Finds or creates a user's identity; without Logins, creates a guest.",
  effect: "create",
  command: "GetIdCommand",
  input: {
    AccountId: z
      .string()
      .min(1)
      .max(15)
      .regex(/^\d+$/, "may contain only digits")
      .describe("The pool's AWS account")
      .optional(),
    IdentityPoolId: identityPoolId,
    Logins: logins.optional(),
  },
  output: { IdentityId: outputs.text },
  unsigned: true,
  planIfLinking: planLinkSeveral,
});

export const listIdentities = defineTool({
  name: "list-identities",
  summary: "Lists a pool's identities with their login providers.",
  effect: "read",
  command: "ListIdentitiesCommand",
  input: {
    IdentityPoolId: identityPoolId,
    MaxResults: maxResults,
    NextToken: nextToken.optional(),
    HideDisabled: z.boolean().describe("Leave out identities that a merge disabled").optional(),
  },
  controls: {
    allPages,
    ...identityListSchemas,
    countOnly: z.boolean().optional(),
  },
  refinements: [
    {
      holds: ({ HideDisabled, disabled }) => !(HideDisabled === true && disabled === true),
      message: "contradicts HideDisabled",
      member: "disabled",
    },
  ],
  pages: { list: "Identities", selection: identitySelection },
  output: { IdentityPoolId: outputs.text, Identities: outputs.identities, NextToken: outputs.text },
});

export const describeIdentity = defineTool({
  name: "describe-identity",
  summary: "Shows an identity's login providers and dates.",
  effect: "read",
  command: "DescribeIdentityCommand",
  input: { IdentityId: identityId },
  output: outputs.identityDescription,
});

export const deleteIdentities = defineGatedTool({
  name: "delete-identities",
  summary: "Permanently deletes identities: by ids, or all of a pool that match where.",
  effect: "delete",
  command: "DeleteIdentitiesCommand",
  input: { IdentityIdsToDelete: z.array(identityId).min(1).max(60).optional() },
  controls: selectionControls,
  refinements: selectionRules,
  selects: true,
  output: { UnprocessedIdentityIds: outputs.unprocessedIdentityIds },
  plan: planDeleteIdentities,
});

export const unlinkIdentity = defineGatedTool({
  name: "unlink-identity",
  summary: "Removes logins from an identity. Needs a login token of one of its logins.",
  effect: "delete",
  command: "UnlinkIdentityCommand",
  input: {
    IdentityId: identityId,
    Logins: logins,
    LoginsToRemove: providerNames.describe("Provider names"),
  },
  output: {},
  plan: planUnlink,
});
