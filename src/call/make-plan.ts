/** Plans of gated calls, made only from answers that are known whole. */
import type { Aws } from "../aws/clients.ts";
import type { UnknownMembers } from "../aws/unknown-members.ts";
import { type Refusal, refuse } from "../guards/refusal.ts";
import { ImpossibleChangeError, type Plan } from "../plans/plan.ts";
import type { GatedTool } from "../tools/tool.ts";
import { quote } from "../util/visible-text.ts";
import { RefusalError } from "./refusal-error.ts";
import { canUndo } from "./response.ts";
import type { CallState } from "./types.ts";

/**
 * Reads the present and makes the plan. Raises the SDK's errors, and RefusalError for a change that AWS does not allow. The same
 * for an update if AWS's answers hold members that this version does not know: the update writes back what was read, and so would
 * remove them. A deletion writes nothing back.
 */
export async function makePlan(
  tool: GatedTool,
  input: object,
  readerFor: Aws["reader"],
  region: string,
  { call, services }: CallState,
): Promise<Plan> {
  const { aws } = services;
  const paths: string[] = [];
  let count = 0;
  const onUnknown = (found: UnknownMembers) => {
    paths.push(...found.paths);
    count += found.count;
  };
  const accountOf = () => aws.accountId(region, call.signal);
  const made = await tool.plan(input, readerFor(region, call.signal, onUnknown), accountOf).catch((error: unknown) => {
    throw error instanceof ImpossibleChangeError ? new RefusalError(refuse(error.message, error.next)) : error;
  });
  const plan = withPossibleUndo(made, services);
  if (count === 0) return plan;
  if (tool.effect === "update") throw new RefusalError(unknownMembersRefusal(paths, count));
  return plan.recreate ? { ...plan, notes: [...plan.notes, recreateNote(count)] } : plan;
}

/** The person learns before the change that it cannot be undone, and the answer says so too. */
function withPossibleUndo(plan: Plan, services: CallState["services"]): Plan {
  if (!plan.undo || canUndo(plan.undo, services)) return plan;
  const why = "No call can undo this: an old value looks like a secret, or the tools do not accept it.";
  return {
    ...plan,
    reversible: false,
    undo: undefined,
    notes: [...plan.notes, why],
    facts: [...(plan.facts ?? []), why],
  };
}

/** Members that a refusal names. */
const MAX_NAMED = 5;

function unknownMembersRefusal(paths: readonly string[], count: number): Refusal {
  const named = paths.slice(0, MAX_NAMED).map(quote);
  const more = count > named.length ? ` and ${count - named.length} more` : "";
  return refuse(
    `AWS's answer holds members that this version does not know: ${named.join(", ")}${more}. An update could remove them without showing it. Nothing was changed.`,
    "Update this server, or make the change with another tool, such as the AWS console or a current AWS CLI.",
  );
}

function recreateNote(count: number): string {
  return `AWS's answer holds ${count} ${count === 1 ? "member" : "members"} that this version does not know. A copy made from recreate lacks ${count === 1 ? "it" : "them"}.`;
}
