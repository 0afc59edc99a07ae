import type {
  GetIdentityPoolRolesInput,
  GetIdentityPoolRolesResponse,
  RoleMapping,
  SetIdentityPoolRolesInput,
} from "@aws-sdk/client-cognito-identity";
import { mappableProviders } from "../auth/providers.ts";
import { operation } from "../context.ts";
import { errors } from "../protocol/errors.ts";
import { identityPoolId, optional, required, roleMappings, roles } from "../protocol/shapes.ts";
import type { Pool, Store } from "../state/store.ts";

/** The documented quota; the service model allows 400. */
const MAX_RULES_PER_PROVIDER = 25;

export const getIdentityPoolRoles = operation<GetIdentityPoolRolesInput, GetIdentityPoolRolesResponse>({
  signed: true,
  input: { IdentityPoolId: required(identityPoolId) },
  run({ IdentityPoolId }, { region, store }) {
    const pool = store.pool(region, IdentityPoolId);
    return {
      IdentityPoolId,
      ...(Object.keys(pool.roles).length > 0 && { Roles: { ...pool.roles } }),
      ...(Object.keys(pool.roleMappings).length > 0 && { RoleMappings: { ...pool.roleMappings } }),
    };
  },
});

const roleArn = /^arn:aws[\w-]*:iam::\d{12}:role\/[!-~]+$/;

export const setIdentityPoolRoles = operation<SetIdentityPoolRolesInput, undefined>({
  signed: true,
  input: {
    IdentityPoolId: required(identityPoolId),
    Roles: required(roles),
    RoleMappings: optional(roleMappings),
  },
  run({ IdentityPoolId, ...maps }, { region, store }) {
    replaceRoles(store.pool(region, IdentityPoolId), maps, store);
    return undefined;
  },
});

export type RoleMaps = Partial<Pick<SetIdentityPoolRolesInput, "Roles" | "RoleMappings">>;

/**
 * Replaces both maps. A missing map is emptied; AWS does not document this case. `mappable` names the providers that may have a role
 * mapping. Throws NotAuthorizedException if an ARN is not a role ARN. Accepts roles of any account: only IAM knows whether the caller
 * may pass a role.
 */
export function replaceRoles(
  pool: Pool,
  { Roles = {}, RoleMappings = {} }: RoleMaps,
  store: Store,
  mappable: readonly string[] = mappableProviders(pool),
): void {
  for (const [provider, mapping] of Object.entries(RoleMappings)) {
    if (!mappable.includes(provider)) throw errors.invalidRoleMapping(provider);
    checkMapping(provider, mapping);
  }
  for (const arn of Object.values(Roles)) checkRole(arn);
  store.updatePool(pool, { roles: Roles, roleMappings: RoleMappings });
}

function checkMapping(provider: string, mapping: RoleMapping): void {
  if (mapping.AmbiguousRoleResolution === undefined)
    throw errors.invalid(`AmbiguousRoleResolution is required for the role mapping of ${provider}`);
  if (mapping.Type !== "Rules") return;
  const rules = mapping.RulesConfiguration?.Rules;
  if (!rules) throw errors.invalid(`RulesConfiguration is required for the role mapping of ${provider}`);
  if (rules.length > MAX_RULES_PER_PROVIDER)
    throw errors.invalid(`The role mapping of ${provider} has more than ${MAX_RULES_PER_PROVIDER} rules`);
  for (const { RoleARN = "" } of rules) checkRole(RoleARN);
}

function checkRole(arn: string): void {
  if (!roleArn.test(arn)) throw errors.roleForbidden(arn);
}
