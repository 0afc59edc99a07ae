/** Accounts for every identity of a set while it is deleted. */
import type { IdentitySet } from "../../plans/batches/identity-set.ts";
import type { Page } from "../../plans/batches/selection.ts";
import { countIdentities } from "../../plans/wording.ts";
import type { Fields } from "../../util/json.ts";
import { contentOf } from "../outcome/content.ts";
import type { Approved, Ended, Success } from "../types.ts";

/** What became of an identity. `left` is what nothing was done with, `unprocessed` what AWS says it did not delete. */
const ends = ["left", "sent", "deleted", "changed", "gone", "unprocessed", "unknown"] as const;

type End = (typeof ends)[number];

/** Ids of one kind that an answer names. */
const MAX_NAMED = 20;

interface Ending {
  readonly approved: Approved;
  readonly region: string;
  /** What ended the job early. */
  readonly failure: Ended | undefined;
  readonly stopped: string | undefined;
}

export interface Tally {
  /** Takes what of a page is in the set, is not settled, and `isSame`; what is not the same any more is settled as changed. */
  take(page: Page, isSame: (identity: Page[number]) => boolean): string[];
  /** For ids that were taken. */
  deleted(ids: readonly string[], unprocessed: readonly string[]): void;
  unknown(ids: readonly string[]): void;
  putBack(ids: readonly string[]): void;
  /** Of these ids, those that AWS did not delete. */
  unprocessedOf(ids: readonly string[]): string[];
  /** After whole walks over the pool: what was not found is gone. */
  finish(): void;
  settled(): number;
  isOver(): boolean;
  counts(): Readonly<Record<string, number>>;
  /** The ids' lines in the list of the set, such as `1-60,62`. */
  linesOf(ids: readonly string[]): string;
  answer(ending: Ending): Success;
}

export function createTally(set: IdentitySet): Tally {
  const states = new Uint8Array(set.size);
  const totals = new Map<End, number>([["left", set.size]]);
  const [LEFT, SENT] = [ends.indexOf("left"), ends.indexOf("sent")];

  function put(place: number, end: End): void {
    const before = ends[states[place] ?? 0] ?? "left";
    totals.set(before, (totals.get(before) ?? 0) - 1);
    totals.set(end, (totals.get(end) ?? 0) + 1);
    states[place] = ends.indexOf(end);
  }

  function putAll(ids: readonly string[], end: End): void {
    for (const id of ids) put(set.placeOf(id), end);
  }

  const count = (end: End) => totals.get(end) ?? 0;
  const settled = () => set.size - count("left") - count("sent");

  /** The first ids with this end. */
  function some(end: End): string[] {
    const found: string[] = [];
    for (let place = 0; place < set.size && found.length < MAX_NAMED && count(end) > 0; place += 1)
      if (states[place] === ends.indexOf(end)) found.push(set.idAt(place));
    return found;
  }

  /** How many and, where they are few, which. */
  function told(end: End): number | readonly string[] {
    return count(end) <= MAX_NAMED ? some(end) : count(end);
  }

  return {
    take(page, isSame) {
      return page.flatMap((identity) => {
        const { IdentityId } = identity;
        const place = set.placeOf(IdentityId);
        if (place < 0 || states[place] !== LEFT) return [];
        put(place, isSame(identity) ? "sent" : "changed");
        return states[place] === SENT ? IdentityId : [];
      });
    },
    deleted(ids, unprocessed) {
      const not = new Set(unprocessed);
      for (const id of ids) put(set.placeOf(id), not.has(id) ? "unprocessed" : "deleted");
    },
    unknown: (ids) => putAll(ids, "unknown"),
    putBack: (ids) => putAll(ids, "left"),
    unprocessedOf: (ids) => ids.filter((id) => ends[states[set.placeOf(id)] ?? 0] === "unprocessed"),
    finish() {
      for (let place = 0; place < set.size; place += 1) if (states[place] === LEFT) put(place, "gone");
    },
    settled,
    isOver: () => settled() === set.size,
    counts: () => Object.fromEntries([...totals].filter(([, number]) => number > 0)),
    linesOf(ids) {
      const lines = ids.map((id) => set.placeOf(id) + 1).sort((one, other) => one - other);
      const ranges: [first: number, last: number][] = [];
      for (const line of lines) {
        const last = ranges.at(-1);
        if (last && last[1] === line - 1) last[1] = line;
        else ranges.push([line, line]);
      }
      return ranges.map(([first, last]) => (first === last ? String(first) : `${first}-${last}`)).join(",");
    },
    answer({ approved: { plan, by, account }, region, failure, stopped }) {
      const left = count("left") + count("sent");
      const isWhole = failure === undefined && stopped === undefined;
      const untold = (["changed", "gone", "unprocessed", "unknown"] as const).filter((end) => count(end) > 0);
      const { plan: _, next: __, ...reason } = failure ? (contentOf(failure) as Fields) : {};
      return {
        kind: "success",
        ...(count("deleted") + count("unknown") > 0 && { carriedOut: { receipt: { deleted: count("deleted") } } }),
        ...(!isWhole && { incomplete: true as const }),
        content: {
          approved: { by, action: plan.action, region, account },
          deleted: count("deleted"),
          of: set.size,
          ...Object.fromEntries(untold.map((end) => [end, told(end)])),
          ...(untold.length > 0 && { notes: untold.map((end) => notes[end]) }),
          ...(stopped !== undefined && { stopped }),
          ...(failure && { stopped: reason }),
          ...(left > 0 && {
            left,
            next: `Tell the person. ${countIdentities(left)} of the plan ${left === 1 ? "was" : "were"} not touched: the same call makes a new plan for what matches then, and asks again.`,
          }),
        },
      };
    },
  };
}

const notes: Readonly<Record<"changed" | "gone" | "unprocessed" | "unknown", string>> = {
  changed: "changed: modified or signed in since the plan, so they were left alone.",
  gone: "gone: not in the pool any more when their turn came.",
  unprocessed: "unprocessed: AWS did not delete them, and they may be gone.",
  unknown: "unknown: AWS's answer was lost. Read whether they exist.",
};
