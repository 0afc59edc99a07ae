import type { Read, Request } from "./command.ts";
import { compare } from "./compare.ts";
import { merge } from "./merge.ts";
import type { Plan } from "./plan.ts";
import { describeUndo, emptyToUndefined, inverseUpdateArguments } from "./undo.ts";
import { untouchedNote } from "./wording.ts";

type RoleMapping = NonNullable<Request<"SetIdentityPoolRolesCommand">["RoleMappings"]>[string];

type SetRoles = Partial<Request<"SetIdentityPoolRolesCommand">> & {
  IdentityPoolId: string;
  clear?: readonly string[] | undefined;
};

/** SetIdentityPoolRoles replaces both maps, so this plan reads both, merges the given values into them, and sends the result. */
export async function planSetRoles(
  { IdentityPoolId, clear = [], ...named }: SetRoles,
  read: Read,
): Promise<Plan<"SetIdentityPoolRolesCommand">> {
  const [pool, { Roles = {}, RoleMappings = {} }] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    read("GetIdentityPoolRolesCommand", { IdentityPoolId }),
  ]);
  const present = { Roles, RoleMappings };
  const merged = merge(present, named, clear) as typeof present;
  const touched = new Set([...Object.keys(named), ...clear]);
  const kept = Object.entries(present).flatMap(([member, value]) =>
    emptyToUndefined(value) && !touched.has(member) ? member : [],
  );
  const guestsLoseRole = merged.Roles["unauthenticated"] === undefined && Roles["unauthenticated"] !== undefined;
  const usersLoseRole = merged.Roles["authenticated"] === undefined && Roles["authenticated"] !== undefined;
  const { reversible, undo, obstacles } = describeUndo([
    { tool: "set-identity-pool-roles", arguments: { IdentityPoolId, ...inverseUpdateArguments(present, merged) } },
  ]);
  return {
    action: "Set roles of identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes: compare(present, merged),
    notes: [
      // Roles is required: AWS refuses a request without it.
      ...untouchedNote(kept, (member) => member !== "Roles"),
      ...(guestsLoseRole ? ["Without an unauthenticated role, guests get no credentials."] : []),
      ...(usersLoseRole ? ["Without an authenticated role, signed-in users get no credentials."] : []),
      ...(holdsRole(merged) ? ["To set these roles, the AWS credentials of this server need iam:PassRole."] : []),
      ...obstacles,
    ],
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
