import { planSetRoles } from "../plans/roles.ts";
import { clear, insertRules, remove, replace } from "./forms/update-controls.ts";
import { identityPoolId, outputs, roleMappings, roles } from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

export const getIdentityPoolRoles = defineTool({
  name: "get-identity-pool-roles",
  summary: "Shows a pool's roles and role mappings.",
  effect: "read",
  command: "GetIdentityPoolRolesCommand",
  input: { IdentityPoolId: identityPoolId },
  output: { IdentityPoolId: outputs.text, Roles: outputs.map, RoleMappings: outputs.roleMappings },
});

export const setIdentityPoolRoles = defineGatedTool({
  name: "set-identity-pool-roles",
  summary: "Changes only the roles, role mappings and rules given. remove takes some out.",
  effect: "update",
  command: "SetIdentityPoolRolesCommand",
  input: { IdentityPoolId: identityPoolId, Roles: roles.optional(), RoleMappings: roleMappings.optional() },
  controls: {
    clear: clear(["Roles", "RoleMappings"]),
    remove: remove(
      ["Roles", "RoleMappings"],
      "By member, what to take out: kinds of Roles, providers of RoleMappings, or {provider, Claim, MatchType, Value} for rules",
    ),
    replace: replace(["Roles", "RoleMappings"]),
    insertRules,
  },
  many: ["IdentityPoolId"],
  output: {},
  plan: planSetRoles,
});
