import * as z from "zod";
import { planSetMap, withTagName } from "../plans/principal-tags.ts";
import { clear, remove, replace } from "./forms/update-controls.ts";
import { identityPoolId, outputs, principalTags, taggedProviderName } from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

const mappedProvider = taggedProviderName.describe(
  "As in Logins (user pool: cognito-idp.REGION.amazonaws.com/USER_POOL_ID), or an OIDC or SAML provider's ARN",
);

const output = {
  IdentityPoolId: outputs.text,
  IdentityProviderName: outputs.text,
  UseDefaults: outputs.flag,
  PrincipalTags: outputs.map,
};

export const getPrincipalTagAttributeMap = defineTool({
  name: "get-principal-tag-attribute-map",
  summary: "Shows which token claims become session tags.",
  effect: "read",
  command: "GetPrincipalTagAttributeMapCommand",
  input: { IdentityPoolId: identityPoolId, IdentityProviderName: mappedProvider },
  complete: (input, { read }) => withTagName(input, read),
  output,
});

export const setPrincipalTagAttributeMap = defineGatedTool({
  name: "set-principal-tag-attribute-map",
  summary: "Sets which token claims become session tags.",
  effect: "update",
  command: "SetPrincipalTagAttributeMapCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityProviderName: mappedProvider,
    UseDefaults: z.boolean().describe("Map client to aud and username to sub").optional(),
    PrincipalTags: principalTags.describe("Session tag to claim").optional(),
  },
  controls: {
    clear: clear(["PrincipalTags"]),
    remove: remove(["PrincipalTags"], "{PrincipalTags: [session tags to take out]}"),
    replace: replace(["PrincipalTags"]),
  },
  refinements: [
    {
      member: "PrincipalTags",
      holds: ({ PrincipalTags, UseDefaults, remove: removed }) =>
        PrincipalTags !== undefined || UseDefaults !== undefined || removed !== undefined,
      message: "pass PrincipalTags, UseDefaults or remove",
    },
    {
      member: "PrincipalTags",
      holds: ({ PrincipalTags, UseDefaults }) => !(PrincipalTags && UseDefaults),
      message: "omit it if UseDefaults is true: the defaults replace custom tags",
    },
    {
      member: "remove",
      holds: ({ remove: removed, UseDefaults }) => !(removed && UseDefaults),
      message: "omit it if UseDefaults is true: the defaults replace custom tags",
    },
  ],
  many: ["IdentityPoolId"],
  output,
  plan: planSetMap,
});
