import * as z from "zod";
import { planDeleteIdentities, planUnlink } from "../plans/identities.ts";
import {
  allPages,
  identityId,
  identityPoolId,
  logins,
  maxResults,
  nextToken,
  providerNames,
  shown,
} from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

export const getId = defineTool({
  name: "get-id",
  summary:
    "Gives the identity of a user by logins, or a new guest identity without; creates it when it does not exist.",
  effect: "create",
  command: "GetIdCommand",
  input: {
    AccountId: z.string().min(1).max(15).regex(/^\d+$/).optional(),
    IdentityPoolId: identityPoolId,
    Logins: logins.optional(),
  },
  output: { IdentityId: shown.text },
});

export const listIdentities = defineTool({
  name: "list-identities",
  summary: "Lists the identities of a pool with the names of their login providers.",
  effect: "read",
  command: "ListIdentitiesCommand",
  input: {
    IdentityPoolId: identityPoolId,
    MaxResults: maxResults,
    NextToken: nextToken.optional(),
    HideDisabled: z.boolean().describe("Leave out those disabled by a merge").optional(),
  },
  controls: { allPages },
  pages: { list: "Identities" },
  output: { IdentityPoolId: shown.text, Identities: shown.identities, NextToken: shown.text },
});

export const describeIdentity = defineTool({
  name: "describe-identity",
  summary: "Shows the login providers and dates of an identity.",
  effect: "read",
  command: "DescribeIdentityCommand",
  input: { IdentityId: identityId },
  output: shown.identityDescription,
});

export const deleteIdentities = defineGatedTool({
  name: "delete-identities",
  summary: "Deletes identities for good. Answers which ones AWS did not process.",
  effect: "delete",
  command: "DeleteIdentitiesCommand",
  input: { IdentityIdsToDelete: z.array(identityId).min(1).max(60) },
  output: { UnprocessedIdentityIds: shown.unprocessedIdentityIds },
  plan: planDeleteIdentities,
});

export const unlinkIdentity = defineGatedTool({
  name: "unlink-identity",
  summary: "Removes logins from an identity. Needs a valid token of one of its logins.",
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
