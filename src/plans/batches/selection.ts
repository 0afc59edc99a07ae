/** The plan that deletes the identities of a pool that a selection matches. It fixes the set. */
import { isIdIn } from "../../util/aws-names.ts";
import type { Read } from "../command.ts";
import { typedPhrase } from "../phrases.ts";
import type { Change, Plan } from "../plan.ts";
import { countIdentities } from "../wording.ts";
import { type IdentitySelection, isSelected, type SelectableIdentity } from "./identity-selection.ts";
import { buildIdentitySet, type IdentitySet, type ListedIdentity } from "./identity-set.ts";

/** The maximum page size of ListIdentities, and the most identities that one DeleteIdentities takes. */
const PAGE = 60;

/** Pages without an identity that may follow each other. */
const MAX_EMPTY_PAGES = 1_000;

/** Identities that the plan shows. */
const EXAMPLES = 10;

export interface Selection {
  readonly IdentityPoolId: string;
  readonly where: IdentitySelection;
}

/** The plan of a deletion, with the set that it fixes; without changes if nothing matches. */
export interface SelectionPlan {
  readonly plan: Plan<"DeleteIdentitiesCommand">;
  readonly set: IdentitySet;
}

/** More identities match than may be deleted. */
export class TooManySelectedError extends Error {
  override readonly name = "TooManySelectedError";
}

/** AWS lists the identities of a pool without an end. */
export class EndlessListError extends Error {
  override readonly name = "EndlessListError";
}

/** The list has an identity without an id of the pool's region, as AWS gives none. */
export class ForeignIdError extends Error {
  override readonly name = "ForeignIdError";
}

interface Walk {
  readonly read: Read;
  /** Called with the number of identities so far, after each page. Raises what ends the walk. */
  readonly onCount: (count: number) => void;
}

/** One page of identities, each with whether it is disabled where that was asked for. */
export type Page = readonly (ListedIdentity & SelectableIdentity & { readonly IdentityId: string })[];

/**
 * Reads the pool whole, and fixes the set of the identities that match: more than `max` raise TooManySelectedError. Raises
 * EndlessListError, ForeignIdError and the SDK's errors.
 */
export async function planSelection(
  { IdentityPoolId, where }: Selection,
  max: number,
  walk: Walk,
): Promise<SelectionPlan> {
  const pool = await walk.read("DescribeIdentityPoolCommand", { IdentityPoolId });
  const builder = buildIdentitySet();
  const examples: Change[] = [];
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let withLogins = 0;
  let seen = 0;
  const enabled = await enabledIn(IdentityPoolId, where, walk);
  const pages = walkPool(IdentityPoolId, enabled, walk.read);
  do {
    const page = await pages.page();
    for (const identity of page) {
      if (!isSelected(identity, where)) continue;
      const before = builder.size;
      builder.add(identity);
      if (builder.size === before) continue;
      if (builder.size > max) throw new TooManySelectedError();
      const { IdentityId, Logins = [], CreationDate } = identity;
      if (Logins.length > 0) withLogins += 1;
      if (examples.length < EXAMPLES)
        examples.push({ path: IdentityId, before: Logins.length > 0 ? { Logins: [...Logins] } : "guest" });
      const created = CreationDate?.getTime();
      if (created !== undefined) [oldest, newest] = [Math.min(oldest, created), Math.max(newest, created)];
    }
    seen += page.length;
    walk.onCount(seen);
  } while (pages.next());
  const set = builder.build();
  const count = countIdentities(set.size);
  const day = (time: number) => new Date(time).toISOString();
  return {
    set,
    plan: {
      action: `Delete ${count} of identity pool`,
      target: { id: IdentityPoolId, name: pool.IdentityPoolName },
      changes: examples,
      notes: [
        `Selected by ${JSON.stringify(where)}: ${set.size} of ${countIdentities(seen)}. ${withLogins} of the selected have logins.`,
        ...(Number.isFinite(oldest) ? [`Created from ${day(oldest)} to ${day(newest)}.`] : []),
        `SHA-256 of the list of ids: ${set.digest}.`,
        ...(set.size > examples.length ? [`The first ${examples.length} are shown as examples.`] : []),
        "The users of these identities get new identities and lose data stored under the old ones.",
        "One that has changed or gained a login when its turn comes is left alone, and so is every identity that is new.",
      ],
      unchanged: `No identity of the pool matches: ${countIdentities(seen)} read. Nothing was sent.`,
      reversible: false,
      confirmation: typedPhrase(`delete ${count}`),
      state: stateOfSelection(set),
      intent: { deletedBySelection: IdentityPoolId, ids: set.digest },
      // Never sent: each page has its own.
      request: { IdentityIdsToDelete: [] },
    },
  };
}

/** What binds the approval to exactly this set, and to how its identities were. */
export function stateOfSelection({ digest, marks, size }: IdentitySet): object {
  return { selected: digest, marks, size };
}

/**
 * The enabled identities, where the selection asks which ones are: those that ListIdentities gives with HideDisabled. Raises
 * EndlessListError and ForeignIdError.
 */
export async function enabledIn(
  IdentityPoolId: string,
  where: IdentitySelection,
  { read, onCount }: Walk,
): Promise<IdentitySet | undefined> {
  if (where.disabled === undefined) return undefined;
  const builder = buildIdentitySet();
  let token: string | undefined;
  const check = createPageCheck();
  do {
    const { page, NextToken } = await readPage(IdentityPoolId, true, token, read);
    for (const identity of page) builder.add(identity);
    onCount(0);
    check(page, NextToken);
    token = NextToken;
  } while (token !== undefined);
  return builder.build();
}

/** Raises EndlessListError for a page token that was there before, and for empty pages that only lead to each other. */
function createPageCheck(): (page: readonly unknown[], token: string | undefined) => void {
  const seen = new Set<string>();
  let empty = 0;
  return (page, token) => {
    empty = page.length === 0 ? empty + 1 : 0;
    if (token === undefined) return;
    if (seen.has(token) || empty > MAX_EMPTY_PAGES) throw new EndlessListError();
    seen.add(token);
  };
}

/** The pages of a pool. */
export interface PoolWalk {
  /** Reads the page at which the walk is, again if it was read before. Raises ForeignIdError. */
  page(): Promise<Page>;
  /** Goes on to the page after the one that was read last; false if that was the last one. Raises EndlessListError. */
  next(): boolean;
}

/** A walk over the pool's identities, from its first page. `enabled` tells which are disabled, where that was asked for. */
export function walkPool(IdentityPoolId: string, enabled: IdentitySet | undefined, read: Read): PoolWalk {
  let at: string | undefined;
  let last: Awaited<ReturnType<typeof readPage>> = { page: [], NextToken: undefined };
  const check = createPageCheck();
  return {
    async page() {
      last = await readPage(IdentityPoolId, false, at, read);
      return last.page.map((identity) => ({
        ...identity,
        ...(enabled && { disabled: enabled.placeOf(identity.IdentityId) < 0 }),
      }));
    },
    next() {
      check(last.page, last.NextToken);
      at = last.NextToken;
      return at !== undefined;
    },
  };
}

/** Raises ForeignIdError. */
async function readPage(IdentityPoolId: string, HideDisabled: boolean, token: string | undefined, read: Read) {
  const request = { IdentityPoolId, MaxResults: PAGE, HideDisabled, ...(token !== undefined && { NextToken: token }) };
  const { Identities = [], NextToken } = await read("ListIdentitiesCommand", request);
  const [region = ""] = IdentityPoolId.split(":");
  const page = Identities.map(({ IdentityId = "", ...rest }) => {
    // It goes to a file and a terminal as it is, and into a request that deletes.
    if (!isIdIn(IdentityId, region)) throw new ForeignIdError();
    return { IdentityId, ...rest };
  });
  return { page, NextToken };
}
