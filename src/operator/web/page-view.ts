/** The queue as the approval page shows it. */
import { memberLine, orderedChanges, orderedGroups, sentence, valueAsText } from "../../guards/approval/plan-text.ts";
import { type ApprovalQueue, type PlanState, type QueuedPlan, replacementNote } from "../../guards/approval/queue.ts";
import type { ChangeGroup, PoolChange } from "../../plans/plan.ts";
import { escapeInvisible, quote, quoteUnlessIds, quoteUnlessToken } from "../../util/visible-text.ts";
import type { EndedPlan, PageChange, PageGroup, PagePlan } from "./page-protocol.ts";

/** Plans that wait no more and are still named. */
const MAX_ENDED = 20;

interface Options {
  readonly queue: ApprovalQueue;
  /** Whether redaction lets a plan through whole. Any other is not shown: with a part taken out it says something else. */
  readonly isReadable: (plan: unknown) => boolean;
  readonly profile: string | undefined;
}

export interface PageQueue {
  /** The plans that are shown. */
  waiting(): QueuedPlan[];
  /** The same for the page, and those that it has shown before and that wait no more. */
  read(): { readonly plans: PagePlan[]; readonly ended: EndedPlan[] };
}

export function createPageQueue({ queue, isReadable, profile }: Options): PageQueue {
  /** What the page has shown, by binding. */
  const shown = new Map<string, QueuedPlan>();
  let ended: QueuedPlan[] = [];

  function waiting(): QueuedPlan[] {
    return queue.waiting().filter(({ question }) => isReadable(question));
  }

  return {
    waiting,
    read() {
      const plans = waiting();
      const now = new Set(plans.map(({ binding }) => binding));
      for (const [binding, plan] of shown) {
        if (now.has(binding)) continue;
        shown.delete(binding);
        ended = [plan, ...ended].slice(0, MAX_ENDED);
      }
      for (const plan of plans) shown.set(plan.binding, plan);
      return {
        plans: plans.map((plan) => forPage(plan, profile)),
        // Now, because an approval is used a moment after it was given.
        ended: ended.map((plan) => ({
          binding: plan.binding,
          title: titleOf(plan),
          outcome: outcomeOf(plan.state),
        })),
      };
    },
  };
}

function titleOf({ plan: { action, target, groups } }: QueuedPlan): string {
  if (groups) return sentence(action);
  return `${sentence(action)} ${target.name === undefined ? quoteUnlessIds(target.id) : quote(target.name)}`;
}

function forPage(entry: QueuedPlan, profile: string | undefined): PagePlan {
  const { binding, level, plan, question, expires } = entry;
  const named = ({ id, name }: { id: string; name?: string | undefined }) => ({
    id: escapeInvisible(id),
    // The page puts it in quotes: one in the name must not end them.
    ...(name !== undefined && { name: quote(name).slice(1, -1) }),
  });
  return {
    binding,
    level,
    action: sentence(plan.action),
    target: named(plan.target),
    ...(plan.into && { into: named(plan.into) }),
    region: sentence(plan.region),
    account: sentence(plan.account),
    ...(profile !== undefined && { profile: escapeInvisible(profile) }),
    reversible: plan.reversible,
    notes: [replacementNote(entry), ...plan.notes, ...entry.details].filter((note) => note !== "").map(sentence),
    changes: orderedChanges(plan.changes).map(changeForPage),
    ...(plan.groups && { groups: orderedGroups(plan.groups).map((group) => groupForPage(group, plan.reversible)) }),
    ...(plan.already && { already: plan.already.map(memberLine) }),
    confirmation: question.confirmation,
    expires,
  };
}

function groupForPage({ changes, notes = [], pools, reversible }: ChangeGroup, isWhole: boolean): PageGroup {
  const undone = reversible || !isWhole ? [] : ["This cannot be undone."];
  return {
    title: pools.length === 1 ? "In 1 pool" : `In ${pools.length} pools`,
    notes: [...undone, ...notes.map(sentence)],
    changes: changes.map(changeForPage),
    pools: pools.map(memberLine),
  };
}

function changeForPage(change: PoolChange): PageChange {
  return {
    path: quoteUnlessToken(change.path),
    ...(change.beforeByPool && { before: "as it is in each pool, below" }),
    ...("before" in change && { before: valueAsText(change, change.before) }),
    ...("after" in change && { after: valueAsText(change, change.after) }),
  };
}

function outcomeOf(state: PlanState): string {
  switch (state.is) {
    case "approved":
      return "Approved. Nothing was sent yet: tell the agent to make the same call again within the next minutes.";
    case "used":
      return "Approved. The agent's call used the approval.";
    case "rejected":
      return `Rejected by ${state.by}. Nothing was changed.`;
    case "withdrawn":
      return "The account changed, so there is a new plan. This one was not carried out.";
    case "expired":
    case "waiting":
      return "Nobody decided in time, or the approval was not used. Nothing was changed.";
  }
}
