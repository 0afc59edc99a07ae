import { readFileSync } from "node:fs";
import type { CreateIdentityPoolInput, SetIdentityPoolRolesInput } from "@aws-sdk/client-cognito-identity";
import { isRecord } from "../util/json.ts";
import { UserError } from "../util/user-error.ts";
import type { Context, Operation } from "./context.ts";
import { createIdentityPool } from "./operations/identity-pools.ts";
import { setIdentityPoolRoles } from "./operations/roles.ts";
import { checkInput } from "./protocol/constraints.ts";
import { ServiceError } from "./protocol/errors.ts";

/**
 * A pool in a seed file: the input of CreateIdentityPool and SetIdentityPoolRoles, with an optional region and an
 * optional fixed ID.
 */
type SeedPool = CreateIdentityPoolInput &
  Partial<SetIdentityPoolRolesInput> & { readonly Region?: string; readonly IdentityPoolId?: string };

/** Creates the pools of `{"pools": [SeedPool, …]}`. Throws a UserError that names the invalid pool and the problem. */
export function loadSeed(path: string, contextFor: (region: string) => Context): void {
  for (const [index, pool] of readPools(path).entries()) {
    try {
      loadPool(pool, contextFor);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw new UserError("state-file", `${path}: pool ${index + 1} cannot be created: ${error.message}`);
    }
  }
}

/** The region of pools that do not specify one. */
const DEFAULT_REGION = "us-east-1";

function loadPool(
  { Region, IdentityPoolId, Roles, RoleMappings, ...input }: SeedPool,
  contextFor: (region: string) => Context,
) {
  const [idRegion, guid] = IdentityPoolId?.split(":") ?? [];
  const region = Region ?? idRegion ?? DEFAULT_REGION;
  if (idRegion !== undefined && idRegion !== region)
    throw new ServiceError("ValidationException", `the id ${IdentityPoolId} is not in region ${region}`);
  const context = contextFor(region);
  if (IdentityPoolId !== undefined && context.store.findPool(region, IdentityPoolId))
    throw new ServiceError("ResourceConflictException", `the id ${IdentityPoolId} is already used`);
  const made = run(createIdentityPool, input, guid === undefined ? context : { ...context, newId: () => guid });
  const { IdentityPoolId: id } = made as { IdentityPoolId: string };
  if (Roles ?? RoleMappings)
    run(setIdentityPoolRoles, { IdentityPoolId: id, Roles: Roles ?? {}, RoleMappings }, context);
}

function run(operation: Operation, input: object, context: Context): object {
  return operation.run(checkInput(operation.input, input), context);
}

function readPools(path: string): SeedPool[] {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new UserError(
      "state-file",
      `${path} cannot be read as JSON: ${error instanceof Error ? error.message : "unreadable"}`,
    );
  }
  const pools = isRecord(document) ? document["pools"] : undefined;
  if (!Array.isArray(pools))
    throw new UserError(
      "state-file",
      `${path} must contain {"pools": […]}, in which each pool is an input of CreateIdentityPool.`,
    );
  return pools as SeedPool[];
}
