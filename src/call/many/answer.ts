/** What a call for several pools is answered with: what was done, with its undo; what was not. */

import type { Step } from "../../plans/batches/many.ts";
import type { ToolCall } from "../../plans/plan.ts";
import { canonicalJson, type Fields } from "../../util/json.ts";
import { contentOf } from "../outcome/content.ts";
import type { Approved, Ended, Success } from "../types.ts";

/** A pool that was changed. */
export interface Done {
  readonly step: Step;
  readonly ended: Success;
}

interface Ending {
  readonly approved: Approved;
  readonly region: string;
  readonly done: readonly Done[];
  /** The pool whose change ended the batch. */
  readonly stopped: { readonly step: Step; readonly ended: Ended } | undefined;
  /** The pools that were not touched. */
  readonly left: readonly Step[];
  /** Why the job was stopped, if it was. */
  readonly why: string | undefined;
}

/** One object, with each pool in one place: with its undo, or why there is none. */
export function answerForPools({ approved, region, done, stopped, left, why }: Ending): Success {
  const { plan, by, account } = approved;
  const isWhole = stopped === undefined && left.length === 0;
  const notes = [...new Set(done.flatMap(({ ended }) => notesOf(ended)))];
  return {
    kind: "success",
    ...(done.length > 0 && { carriedOut: { receipt: { changed: done.map(({ step }) => step.id) } } }),
    ...(!isWhole && { incomplete: true as const }),
    content: {
      approved: { by, action: plan.action, region, account },
      changed: done.length,
      ...(done.length > 0 && undoOf(done)),
      ...(stopped && { stopped: { IdentityPoolId: stopped.step.id, ...told(stopped.ended) } }),
      ...(why !== undefined && left.length > 0 && { stoppedBecause: why }),
      ...(left.length > 0 && { notTouched: left.map(({ id }) => id) }),
      ...(!isWhole && {
        next: "Tell the person what was changed and what was not. For the rest, call again with those pools: it needs a new approval.",
      }),
      ...(notes.length > 0 && { notes }),
    },
  };
}

function notesOf({ content: { notes } }: Success): string[] {
  return Array.isArray(notes) ? notes : [];
}

/** Without the plan as it would be now: the next call shows it. */
function told(ended: Ended): Fields {
  const { plan: _, next: __, ...rest } = contentOf(ended) as Fields;
  return rest;
}

/** The calls that undo what was done. Equal ones are one call for several pools. */
function undoOf(done: readonly Done[]): Fields {
  const groups = new Map<string, { readonly calls: readonly ToolCall[]; readonly ids: string[] }>();
  const without: string[] = [];
  for (const { step } of done) {
    const { undo } = step.plan;
    if (!undo) {
      without.push(step.id);
      continue;
    }
    const calls = undo.map(({ tool, arguments: given }) => ({ tool, arguments: withoutPool(given) }));
    const key = canonicalJson(calls);
    const group = groups.get(key) ?? { calls: undo, ids: [] };
    group.ids.push(step.id);
    groups.set(key, group);
  }
  const undo = [...groups.values()].flatMap(({ calls, ids }) =>
    ids.length === 1
      ? calls
      : calls.map(({ tool, arguments: given }) => ({
          tool,
          arguments: { IdentityPoolIds: ids, ...withoutPool(given) },
        })),
  );
  return { ...(undo.length > 0 && { undo }), ...(without.length > 0 && { cannotBeUndone: without }) };
}

function withoutPool({ IdentityPoolId: _, ResourceArn: __, ...rest }: Fields): Fields {
  return rest;
}
