import { canLink, isGated } from "../tools/kinds.ts";
import type { Tool } from "../tools/tool.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** How people read that a call is not one that needs an approval. */
export const NO_APPROVAL = "no approval needed";

/**
 * The approval that a tool requires, from the weakest to the strictest: none; a second call with the token of the plan that the
 * first call showed; the approval of a person; that with a passkey; denied.
 */
export const levels = ["off", "two-step", "human", "passkey", "deny"] as const;

export type Level = (typeof levels)[number];

/** What the operator allows. */
export interface Policy {
  /** Only tools whose effect is `read`. */
  readonly readOnly: boolean;
  /** Levels by the name of a tool or of an effect. Without a rule, a tool that updates or deletes requires a person's approval. */
  readonly rules: ReadonlyMap<string, Level>;
  /** Whether every tool that updates or deletes requires a passkey at least, whatever the rules say. */
  readonly requiresPasskey?: boolean | undefined;
  /** The ids of the only identity pools that are allowed; all when undefined. */
  readonly pools: ReadonlySet<string> | undefined;
  /** The only regions that are allowed; all when undefined. */
  readonly regions: ReadonlySet<string> | undefined;
  /** The maximum number of identities that one call may delete: by their ids, 1 to 60, and by a selection. */
  readonly maxDeletedIdentities: { readonly byIds: number; readonly bySelection: number };
}

/** What a rule is matched against. */
export type PolicySubject = Pick<Tool, "name" | "effect"> & { readonly links?: boolean | undefined };

/** The level of the tool: the stricter of the rules for its name and for its effect. */
export function levelOf(tool: PolicySubject, { rules, requiresPasskey }: Policy): Level {
  const set = [rules.get(tool.effect), rules.get(tool.name)].filter((level) => level !== undefined);
  const level = set.length > 0 ? set.reduce(stricterLevel) : isGated(tool) ? "human" : "off";
  return requiresPasskey && isGated(tool) ? stricterLevel(level, "passkey") : level;
}

/** Whether some calls of a server with these tools take a passkey. */
export function needsPasskey(tools: readonly PolicySubject[], policy: Policy): boolean {
  return tools.some((tool) => levelOf(tool, policy) === "passkey" && !denialForTool(tool, policy));
}

export function stricterLevel(one: Level, other: Level): Level {
  return levels.indexOf(one) > levels.indexOf(other) ? one : other;
}

/**
 * What it takes to carry out a plan of the tool. A call that may link logins or merge identities counts as a deletion too: the
 * strictest of the rules for the tool and of those for deletions holds.
 */
export function approvalLevelOf(tool: PolicySubject, policy: Policy): Level {
  const level = levelOf(tool, policy);
  if (!canLink(tool)) return level;
  const asDeletion = stricterLevel(level, policy.rules.get("delete") ?? "human");
  return policy.requiresPasskey ? stricterLevel(asDeletion, "passkey") : asDeletion;
}

/** How a rule can be changed. The strictest of all rules applies, so that another one has no effect. */
const WHERE_SET =
  "where it is set: --policy, COGNITO_IDENTITY_MCP_POLICY or the policy file. Another rule cannot loosen it.";

/** Whether the operator allows calls of the tool that may link logins or merge identities. */
export function denialForLinking(tool: PolicySubject, policy: Policy): Refusal | undefined {
  if (approvalLevelOf(tool, policy) !== "deny") return undefined;
  return refuse(
    `This call of ${tool.name} may link logins to an identity, or merge identities permanently, and the operator has denied deletions. Nothing was changed.`,
    `Pass one login, or only logins that the identity has. The operator can change the rule for delete ${WHERE_SET}`,
  );
}

/** The refusal if the operator denies the tool. Such a tool is not listed. */
export function denialForTool(tool: PolicySubject, policy: Policy): Refusal | undefined {
  if (levelOf(tool, policy) === "deny")
    return refuse(`The operator has denied ${tool.name}.`, `The operator can change this rule ${WHERE_SET}`);
  if (policy.readOnly && tool.effect !== "read")
    return refuse(
      `This server is read-only, and ${tool.name} is not a read operation.`,
      "The operator can start the server without --read-only and COGNITO_IDENTITY_MCP_READ_ONLY.",
    );
  return undefined;
}

/** The refusal if the operator denies this call because of its region, its pool or its size. */
export function denialForCall(input: Readonly<Record<string, unknown>>, region: string, policy: Policy) {
  return denialForRegion(region, policy) ?? denialForPool(input, policy) ?? denialForSize(input, policy);
}

/** The refusal if the operator does not allow the region. */
export function denialForRegion(region: string, { regions }: Policy): Refusal | undefined {
  if (!regions || regions.has(region)) return undefined;
  return refuse(
    `Region ${region} is not in the allowed list: ${[...regions].join(", ")}.`,
    "The operator can add it with --regions.",
  );
}

function denialForPool(input: Readonly<Record<string, unknown>>, { pools }: Policy): Refusal | undefined {
  if (!pools) return undefined;
  const named = poolsOf(input);
  const allowed = [...pools].join(", ");
  if (named.length === 0)
    return refuse(
      "The operator allows only certain identity pools, and this call contains no pool id to check.",
      `Use a tool that takes the pool id. The allowed pools are ${allowed}.`,
    );
  const pool = named.find((id) => !pools.has(id));
  if (pool === undefined) return undefined;
  return refuse(`Pool ${pool} is not in the allowed list: ${allowed}.`, "The operator can add it with --pools.");
}

/** Every pool that the call names. */
function poolsOf({ IdentityPoolId, IdentityPoolIds, ResourceArn }: Readonly<Record<string, unknown>>): string[] {
  const inArn = typeof ResourceArn === "string" ? ResourceArn.split(":identitypool/")[1] : undefined;
  const several: readonly unknown[] = Array.isArray(IdentityPoolIds) ? IdentityPoolIds : [];
  return [IdentityPoolId, inArn, ...several].filter((id) => typeof id === "string");
}

/** The refusal of a selection that matches more identities than the operator allows. */
export function denialForSelection({ maxDeletedIdentities: { bySelection } }: Policy): Refusal {
  return refuse(
    `More than ${bySelection} identities match, and at most ${bySelection} may be deleted by one selection. Nothing was changed, and nobody was asked.`,
    "Select fewer, for example with an earlier createdBefore. The operator can raise the limit with --max-deleted-identities.",
  );
}

function denialForSize(
  { IdentityIdsToDelete }: Readonly<Record<string, unknown>>,
  { maxDeletedIdentities }: Policy,
): Refusal | undefined {
  if (!Array.isArray(IdentityIdsToDelete) || IdentityIdsToDelete.length <= maxDeletedIdentities.byIds) return undefined;
  return refuse(
    `The call deletes ${IdentityIdsToDelete.length} identities, and at most ${maxDeletedIdentities.byIds} are allowed.`,
    "Delete fewer at a time, or select them with where. The operator can raise the limit, up to 60 by ids, with --max-deleted-identities.",
  );
}
