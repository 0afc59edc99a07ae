import { readFileSync } from "node:fs";
import type { CreateIdentityPoolInput, SetIdentityPoolRolesInput } from "@aws-sdk/client-cognito-identity";
import { isRegion, REGION_PATTERN } from "../util/aws-names.ts";
import { didYouMean } from "../util/did-you-mean.ts";
import { isRecord } from "../util/json.ts";
import { systemCode } from "../util/system-error.ts";
import { UserError } from "../util/user-error.ts";
import type { Context, Operation } from "./context.ts";
import { createIdentityPool } from "./operations/identity-pools.ts";
import { setIdentityPoolRoles } from "./operations/roles.ts";
import { checkInput } from "./protocol/constraints.ts";
import { ServiceError } from "./protocol/errors.ts";
import { problemIn } from "./protocol/plain-problems.ts";
import { identityPoolId, type Members, optional, roleMappings, roles } from "./protocol/shapes.ts";

/**
 * A pool in a seed file: the input of CreateIdentityPool and SetIdentityPoolRoles, with an optional region and an
 * optional fixed ID.
 */
type SeedPool = CreateIdentityPoolInput &
  Partial<SetIdentityPoolRolesInput> & { readonly Region?: string; readonly IdentityPoolId?: string };

const members: Members = {
  ...createIdentityPool.input,
  Roles: optional(roles),
  RoleMappings: optional(roleMappings),
  IdentityPoolId: optional(identityPoolId),
  Region: optional({ type: "string" }),
};

const fixedId = new RegExp(`^${REGION_PATTERN}:[0-9a-f-]{1,40}$`);

/** Creates the pools of `{"pools": [SeedPool, …]}`. Returns their number. Raises a UserError that names the invalid pool and the problem. */
export function loadSeed(path: string, contextFor: (region: string) => Context): number {
  const pools = readPools(path);
  for (const [index, pool] of pools.entries()) {
    const invalid = (problem: string) =>
      new UserError("state-file", `--seed ${path}: pool ${index + 1}: ${problem}`, "Correct this pool.");
    checkPool(pool, invalid);
    try {
      loadPool(pool as SeedPool, contextFor);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      throw invalid(`${error.message.replace(/\.$/, "")}.`);
    }
  }
  return pools.length;
}

/** Checks what the service itself would ignore or report in AWS's words. */
function checkPool(pool: unknown, invalid: (problem: string) => UserError): void {
  const { IdentityPoolId, Region } = isRecord(pool) ? pool : {};
  if (typeof IdentityPoolId === "string" && !fixedId.test(IdentityPoolId))
    throw invalid(`IdentityPoolId is ${JSON.stringify(IdentityPoolId)}; it must be REGION:GUID.`);
  if (typeof Region === "string" && !isRegion(Region))
    throw invalid(`Region is ${JSON.stringify(Region)}; it must be a region such as eu-west-1.`);
  const problem = problemIn(members, pool, "a pool");
  if (problem !== undefined) throw invalid(problem);
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

function readPools(path: string): readonly unknown[] {
  const invalid = (problem: string, hint = "Correct the file.") =>
    new UserError("state-file", `--seed ${path} ${problem}`, hint);
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    // Node's message would repeat a part of the file.
    if (error instanceof SyntaxError) throw invalid("is not valid JSON.");
    throw invalid(`cannot be read (${systemCode(error) ?? "unknown reason"}).`, "Check the path and the permissions.");
  }
  const pools = isRecord(document) ? document["pools"] : undefined;
  if (!isRecord(document) || !Array.isArray(pools))
    throw invalid('must contain {"pools": […]}, in which each pool is an input of CreateIdentityPool.');
  const other = Object.keys(document).find((name) => name !== "pools");
  if (other !== undefined)
    throw invalid(
      `contains ${JSON.stringify(other)}, which is not a member of a seed file.${didYouMean(other, ["pools"])}`,
    );
  return pools;
}
