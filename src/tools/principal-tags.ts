import * as z from "zod";
import { planSetMap } from "../plans/principal-tags.ts";
import { clear, identityPoolId, principalTags, providerName, shown } from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

const output = {
  IdentityPoolId: shown.text,
  IdentityProviderName: shown.text,
  UseDefaults: shown.flag,
  PrincipalTags: shown.map,
};

export const getPrincipalTagAttributeMap = defineTool({
  name: "get-principal-tag-attribute-map",
  summary: "Shows which token claims become session tags.",
  effect: "read",
  command: "GetPrincipalTagAttributeMapCommand",
  input: { IdentityPoolId: identityPoolId, IdentityProviderName: providerName },
  output,
});

export const setPrincipalTagAttributeMap = defineGatedTool({
  name: "set-principal-tag-attribute-map",
  summary: "Sets which token claims become session tags.",
  effect: "update",
  command: "SetPrincipalTagAttributeMapCommand",
  input: {
    IdentityPoolId: identityPoolId,
    IdentityProviderName: providerName,
    UseDefaults: z.boolean().optional(),
    PrincipalTags: principalTags.describe("Session tag to claim").optional(),
  },
  controls: { clear: clear(["PrincipalTags"]) },
  refinements: [
    {
      member: "PrincipalTags",
      holds: ({ PrincipalTags, UseDefaults }) => PrincipalTags !== undefined || UseDefaults !== undefined,
      message: "give PrincipalTags or UseDefaults",
    },
    {
      member: "PrincipalTags",
      holds: ({ PrincipalTags, UseDefaults }) => !(PrincipalTags && UseDefaults),
      message: "leave it out with UseDefaults: the defaults replace tags of your own",
    },
  ],
  output,
  plan: planSetMap,
});
