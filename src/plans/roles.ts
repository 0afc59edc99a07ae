import type { Read, Request } from "./command.ts";
import { compare } from "./compare.ts";
import type { AccountOf, Plan } from "./plan.ts";
import { describeUndo, emptyToUndefined } from "./undo.ts";
import { foreignRoleNotes } from "./update/arns.ts";
import { inverseUpdateArguments } from "./update/inverse.ts";
import { merge, type UpdateControls } from "./update/merge.ts";
import { foreignKeys, listed, refuseForeignKeys } from "./update/providers.ts";
import { untouchedNote } from "./wording.ts";

type RoleMapping = NonNullable<Request<"SetIdentityPoolRolesCommand">["RoleMappings"]>[string];

type SetRoles = Partial<Request<"SetIdentityPoolRolesCommand">> & UpdateControls & { IdentityPoolId: string };

/**
 * SetIdentityPoolRoles replaces both maps, so this plan reads both, merges the given values into them, and sends the result. Raises
 * ImpossibleChangeError for role mappings that AWS refuses.
 */
export async function planSetRoles(
  { IdentityPoolId, clear = [], remove = {}, replace, insertRules, ...named }: SetRoles,
  read: Read,
  accountOf?: AccountOf,
): Promise<Plan<"SetIdentityPoolRolesCommand">> {
  const [pool, { Roles = {}, RoleMappings = {} }] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    read("GetIdentityPoolRolesCommand", { IdentityPoolId }),
  ]);
  const present = { Roles, RoleMappings };
  const { merged: all, facts } = merge(present, named, { clear, remove, replace, insertRules });
  const merged = all as typeof present;
  const changes = compare(present, merged);
  // What is there already may be as it is: nothing is sent.
  if (changes.length > 0) refuseForeignKeys(pool, merged.RoleMappings, named.RoleMappings ?? {});
  const touched = new Set([...Object.keys(named), ...clear, ...Object.keys(remove)]);
  const kept = Object.entries(present).flatMap(([member, value]) =>
    emptyToUndefined(value) && !touched.has(member) ? member : [],
  );
  const guestsLoseRole = merged.Roles["unauthenticated"] === undefined && Roles["unauthenticated"] !== undefined;
  const usersLoseRole = merged.Roles["authenticated"] === undefined && Roles["authenticated"] !== undefined;
  const left = foreignKeys(pool, RoleMappings);
  const { reversible, undo, obstacles } = describeUndo(
    [{ tool: "set-identity-pool-roles", arguments: { IdentityPoolId, ...inverseUpdateArguments(present, merged) } }],
    left.length > 0
      ? [`No call can restore the role mapping of ${listed(left)}, because the pool has no such provider.`]
      : [],
  );
  return {
    action: "Set roles of identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes,
    notes: [
      ...(await foreignRoleNotes(IdentityPoolId, named, accountOf)),
      ...facts,
      // Roles is required: AWS refuses a request without it.
      ...untouchedNote(kept, (member) => member !== "Roles"),
      ...(guestsLoseRole ? ["Without an unauthenticated role, guests get no credentials."] : []),
      ...(usersLoseRole ? ["Without an authenticated role, signed-in users get no credentials."] : []),
      ...(holdsRole(merged) ? ["To set these roles, the AWS credentials of this server need iam:PassRole."] : []),
      ...obstacles,
    ],
    facts,
    reversible,
    undo,
    confirmation: { by: "choice" },
    state: { pool, present },
    request: { IdentityPoolId, ...merged },
  };
}

/** Whether a request contains the ARN of a role. */
function holdsRole({
  Roles,
  RoleMappings,
}: {
  Roles: Record<string, string>;
  RoleMappings: Record<string, RoleMapping>;
}) {
  const rules = Object.values(RoleMappings).flatMap(({ RulesConfiguration }) => RulesConfiguration?.Rules ?? []);
  return Object.keys(Roles).length + rules.length > 0;
}
