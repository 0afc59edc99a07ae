import { planSetRoles } from "../plans/roles.ts";
import { clear, identityPoolId, outputs, roleMappings, roles } from "./members.ts";
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
  summary: "Sets only the roles and role mappings given. Name a member in clear to empty it first.",
  effect: "update",
  command: "SetIdentityPoolRolesCommand",
  input: { IdentityPoolId: identityPoolId, Roles: roles.optional(), RoleMappings: roleMappings.optional() },
  controls: { clear: clear(["Roles", "RoleMappings"]) },
  output: {},
  plan: planSetRoles,
});
