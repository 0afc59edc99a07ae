import * as z from "zod";
import { planMerge, planUnlinkDeveloper } from "../plans/developer-identities.ts";
import { planLinkDeveloper } from "../plans/linking.ts";
import {
  allPages,
  developerLogins,
  developerProviderName,
  developerUserIdentifier,
  identityId,
  identityPoolId,
  maxResults,
  nextToken,
  outputs,
  principalTags,
} from "./members.ts";
import { defineGatedTool, defineLinkingTool, defineTool } from "./tool.ts";

export const getOpenIdTokenForDeveloperIdentity = defineLinkingTool({
  name: "get-open-id-token-for-developer-identity",
  summary: "Gets an OpenID token (not shown) for a developer user. Creates or links the identity if needed.",
  effect: "vend",
  command: "GetOpenIdTokenForDeveloperIdentityCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityId: identityId.optional(),
    Logins: developerLogins,
    PrincipalTags: principalTags.describe("Session tag to value").optional(),
    TokenDuration: z.int().min(1).max(86_400).describe("Seconds; 900 by default").optional(),
  },
  output: { IdentityId: outputs.text, Token: outputs.secret },
  unsigned: false,
  developerLogins: true,
  planIfLinking: planLinkDeveloper,
});

export const lookupDeveloperIdentity = defineTool({
  name: "lookup-developer-identity",
  summary: "Finds a developer user's identity or an identity's developer users.",
  effect: "read",
  command: "LookupDeveloperIdentityCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityId: identityId.optional(),
    DeveloperUserIdentifier: developerUserIdentifier.optional(),
    MaxResults: maxResults,
    NextToken: nextToken.optional(),
  },
  controls: { allPages },
  pages: { list: "DeveloperUserIdentifierList" },
  refinements: [
    {
      member: "IdentityId",
      holds: ({ IdentityId, DeveloperUserIdentifier }) =>
        IdentityId !== undefined || DeveloperUserIdentifier !== undefined,
      message: "pass IdentityId or DeveloperUserIdentifier",
    },
  ],
  output: { IdentityId: outputs.text, DeveloperUserIdentifierList: outputs.texts, NextToken: outputs.text },
});

export const mergeDeveloperIdentities = defineGatedTool({
  name: "merge-developer-identities",
  summary: "Merges the source user's identity into the destination's, disabling the source permanently.",
  effect: "delete",
  command: "MergeDeveloperIdentitiesCommand",
  input: {
    SourceUserIdentifier: developerUserIdentifier.describe("Its identity is disabled"),
    DestinationUserIdentifier: developerUserIdentifier.describe("Its identity remains"),
    DeveloperProviderName: developerProviderName,
    IdentityPoolId: identityPoolId,
  },
  output: { IdentityId: outputs.text },
  plan: planMerge,
});

export const unlinkDeveloperIdentity = defineGatedTool({
  name: "unlink-developer-identity",
  summary: "Removes a developer user from an identity.",
  effect: "delete",
  command: "UnlinkDeveloperIdentityCommand",
  input: {
    IdentityId: identityId,
    IdentityPoolId: identityPoolId,
    DeveloperProviderName: developerProviderName,
    DeveloperUserIdentifier: developerUserIdentifier,
  },
  output: {},
  plan: planUnlinkDeveloper,
});
