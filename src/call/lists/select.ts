/** Lists with filters: reads what they need of each entry, a few at a time, and answers the matches. */
import type { Failure } from "../../aws/errors/explain.ts";
import type { Filter, Selection } from "../../selections/selection.ts";
import { type Fields, isRecord } from "../../util/json.ts";
import type { Ended, Success } from "../types.ts";
import type { EntryReader, Unread } from "./entry-reads.ts";
import { LISTED_SHARE, MAX_MS, MAX_PAGES, sizeOf, wantsAllPages } from "./paginate.ts";

/** Entries that are read at the same time. */
const AT_ONCE = 8;

/** Matches that are answered one by one with their ids. More are answered as names in groups, unless `details` asks for them. */
const MAX_LISTED = 30;

/** Entries that could not be read, of which an answer names the ids. */
const MAX_NAMED = 3;

/** Arguments that make a list a selection, besides its filters. */
const controls = ["details", "countOnly"];

/** Whether the call asks for entries by filters, and so for those of all pages. */
function wantsSelection({ filters }: Selection, input: Fields): boolean {
  return (
    Object.keys(filters).some((name) => input[name] !== undefined) || controls.some((name) => input[name] === true)
  );
}

interface SelectionRequest {
  readonly selection: Selection;
  /** The member of the answer that is the list. */
  readonly list: string;
  readonly input: Fields;
  /** Sends the list's call with these members in addition, and resolves with its outcome. */
  readonly page: (members: Fields) => Promise<Ended>;
  readonly reader: EntryReader;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** Called with the number of entries that were scanned so far. */
  readonly onCount?: ((count: number) => Promise<void>) | undefined;
  /** Milliseconds after which what was found is answered. */
  readonly maxMs?: number | undefined;
}

/** What became of an entry. */
type Verdict =
  | { readonly is: "match"; readonly facts: Fields }
  | { readonly is: "no match" | "gone" | "too late" }
  | Unread
  | { readonly is: "failure"; readonly failure: Failure };

/** What a selection has found so far. */
interface Found {
  readonly matches: Fields[];
  scanned: number;
  gone: number;
  readonly unread: { readonly id: unknown; readonly code: string; readonly message: string }[];
  /** The names of the matches, by what is shown of them. */
  readonly groups: Map<string, Group>;
  /** Of the matches, one by one and in groups. */
  bytes: { readonly listed: number; readonly grouped: number };
  /** The members of the list's answer beside the entries. */
  rest: Fields | undefined;
}

interface Group {
  readonly shown: Fields;
  readonly names: unknown[];
}

function nothing(): Found {
  return {
    matches: [],
    scanned: 0,
    gone: 0,
    unread: [],
    groups: new Map(),
    bytes: { listed: 0, grouped: 0 },
    rest: undefined,
  };
}

/** How the walk over the pages ended: at the end of the list; before it, with where to go on and why, if the call asked for all; or not at all. */
type End = "complete" | { readonly why?: string; readonly NextToken: string } | Exclude<Ended, Success>;

/**
 * The list's page; with filters, `details` or `allPages`, the matches of all pages, or of as many as fit into the answer and the time, with a NextToken from which the same call goes on. A
 * failure is the answer only if it comes before anything was scanned. Raises the reader's RefusalError, and the signal's reason.
 */
export async function select(request: SelectionRequest): Promise<Ended> {
  const { selection, input } = request;
  const { hidden } = selection;
  const found = nothing();
  if (hidden && input[hidden.filter] === true) return await selectHidden(request, hidden.member, found);
  const members = hidden && input[hidden.filter] === false ? { [hidden.member]: true } : {};
  const maxBytes = input["countOnly"] === true ? Number.POSITIVE_INFINITY : request.maxBytes * LISTED_SHARE;
  const end = await walk(request, members, found, maxBytes);
  return isOutcome(end) ? end : answerOf(request, found, end);
}

function isOutcome(end: End): end is Exclude<Ended, Success> {
  return typeof end === "object" && "kind" in end;
}

/** Of the matches, those that the list leaves out if it is asked to. First come all, so that a new entry is not taken for one of them. */
async function selectHidden(request: SelectionRequest, member: string, found: Found): Promise<Ended> {
  const { selection } = request;
  const begun = Date.now();
  const all = await walk(request, { [member]: false }, found, Number.POSITIVE_INFINITY);
  if (isOutcome(all)) return all;
  const shown = nothing();
  const left = (request.maxMs ?? MAX_MS) - (Date.now() - begun);
  const end =
    all === "complete" &&
    (await walk({ ...request, maxMs: left }, { [member]: true }, shown, Number.POSITIVE_INFINITY));
  if (end && isOutcome(end)) return end;
  if (end !== "complete") {
    const ended = end === false ? all : end;
    return {
      kind: "refusal",
      reason: `The list cannot be compared in one call: ${found.scanned} entries were read, and then ${ended === "complete" ? "" : ended.why} Which of them are left out by ${member} is known only once both lists are read to the end.`,
      next: "Filter by other members, or list the identities with and without it page by page.",
    };
  }
  const ids = new Set(shown.matches.map(({ entry }) => (entry as Fields)[selection.id]));
  const matches = found.matches.filter(({ entry }) => !ids.has((entry as Fields)[selection.id]));
  return answerOf(request, { ...found, matches }, "complete");
}

async function walk(request: SelectionRequest, members: Fields, found: Found, maxBytes: number): Promise<End> {
  const { list, input, page, signal, onCount, maxMs = MAX_MS } = request;
  const deadline = AbortSignal.timeout(Math.max(1, maxMs));
  const isLate = () => deadline.aborted;
  const stop = AbortSignal.any([signal, deadline]);
  let { token, after } = positionIn(input["NextToken"]);
  const maxPages = wantsSelection(request.selection, input) || wantsAllPages(input) ? MAX_PAGES : 1;
  for (let turn = 0; turn < maxPages && !isLate(); turn += 1) {
    const outcome = await page({ ...members, ...(token !== undefined && { NextToken: token }) });
    if (outcome.kind === "refusal") return outcome;
    if (outcome.kind === "failure") return endBy(outcome, found, positionOf(token, after));
    const { NextToken, [list]: listed, ...rest } = outcome.content;
    found.rest ??= rest;
    const entries = entriesAfter(Array.isArray(listed) ? listed.filter(isRecord) : [], request.selection, after);
    const end = await judgeAll(entries, { ...request, stop, token, after, maxBytes }, found);
    if (end !== "complete") return end;
    if (typeof NextToken !== "string") return "complete";
    [token, after] = [NextToken, undefined];
    if (maxPages === 1) return { NextToken };
    if (entries.length > 0) await onCount?.(found.scanned);
  }
  return { why: "the limit of time or pages is reached.", NextToken: positionOf(token, after) };
}

interface PageRequest extends SelectionRequest {
  /** Aborted when the call is cancelled, and when its time is over. */
  readonly stop: AbortSignal;
  readonly token: string | undefined;
  readonly after: string | undefined;
  readonly maxBytes: number;
}

/** Judges the entries of a page in their order, a few at a time, and adds what matches. */
async function judgeAll(entries: readonly Fields[], request: PageRequest, found: Found): Promise<End> {
  const { selection, token, maxBytes, signal, onCount } = request;
  const reads = needsOf(selection, request.input).length > 0;
  let { after } = request;
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    if (reads && at > 0) await onCount?.(found.scanned);
    const chunk = entries.slice(at, at + AT_ONCE);
    const verdicts = await Promise.all(chunk.map((entry) => judge(entry, request)));
    signal.throwIfAborted();
    for (const [position, entry] of chunk.entries()) {
      const verdict = verdicts[position];
      if (verdict?.is === "too late")
        return { why: "the limit of time or pages is reached.", NextToken: positionOf(token, after) };
      if (verdict?.is === "failure") return endBy(verdict.failure, found, positionOf(token, after));
      if (verdict?.is === "match" && !add(verdict.facts, found, request, maxBytes - sizeOf(positionOf(token, after))))
        return { why: "the answer has the maximum size.", NextToken: positionOf(token, after) };
      if (verdict?.is === "gone") found.gone += 1;
      if (verdict?.is === "unread")
        found.unread.push({ id: entry[selection.id], code: verdict.code, message: verdict.message });
      found.scanned += 1;
      const id = entry[selection.id];
      if (typeof id === "string") after = id;
    }
  }
  return "complete";
}

/** Adds a match, if the answer then still fits. The first always does. */
function add(facts: Fields, found: Found, request: SelectionRequest, maxBytes: number): boolean {
  const { matches, groups, bytes } = found;
  const shown = extrasOf(facts, request);
  const key = JSON.stringify(shown);
  const { id, name = id } = request.selection;
  const entry = facts["entry"] as Fields;
  const now = {
    listed: bytes.listed + sizeOf({ ...entry, ...shown }) + 1,
    grouped:
      bytes.grouped + sizeOf(entry[name]) + 1 + (groups.has(key) ? 0 : sizeOf({ ...shown, count: 1, names: [] })),
  };
  const grouped = isGrouped(request, matches.length + 1, Object.keys(shown).length > 0);
  if (matches.length > 0 && (grouped ? now.grouped : now.listed) > maxBytes) return false;
  found.bytes = now;
  matches.push(facts);
  const group = groups.get(key) ?? { shown, names: [] };
  groups.set(key, group);
  group.names.push(entry[name]);
  return true;
}

/** Reads what the filters need of the entry, and no more once the answer is known. Raises RefusalError and the signal's reason. */
async function judge(entry: Fields, { selection, input, reader, stop, signal }: PageRequest): Promise<Verdict> {
  const asked = askedOf(selection, input);
  const isAny = input["any"] === true;
  let facts: Fields = { entry };
  const holds = (read: readonly string[]): boolean => {
    const known = asked.filter(([, { needs = [] }]) => needs.every((need) => read.includes(need)));
    const [narrow, wide] = [known.filter(([, { narrows }]) => narrows), known.filter(([, { narrows }]) => !narrows)];
    const matches = ([name, filter]: (typeof asked)[number]) => filter.matches(facts, input[name]);
    const isWhole = known.length === asked.length;
    if (!narrow.every(matches)) return false;
    if (!isAny) return wide.every(matches);
    return !isWhole || wide.length === 0 || wide.some(matches);
  };
  const read: string[] = [];
  if (!holds(read)) return { is: "no match" };
  for (const need of needsOf(selection, input)) {
    const answer = await reader(need, entry, stop).catch((error: unknown) => {
      if (stop.aborted && !signal.aborted) return { is: "too late" } as const;
      throw error;
    });
    if (answer.is !== "read") return answer;
    facts = { ...facts, [need]: answer.content };
    read.push(need);
    if (!holds(read)) return { is: "no match" };
  }
  return { is: "match", facts };
}

function askedOf({ filters }: Selection, input: Fields): [name: string, filter: Filter<unknown, unknown>][] {
  return Object.entries(filters).filter(([name]) => input[name] !== undefined);
}

/** The reads that the call needs, in the order in which the selection has them. */
function needsOf(selection: Selection, input: Fields): string[] {
  const needs = new Set([
    ...askedOf(selection, input).flatMap(([, filter]) => filter.needs ?? []),
    ...(input["details"] === true ? (selection.details?.needs ?? []) : []),
  ]);
  return Object.keys(selection.reads).filter((name) => needs.has(name));
}

/** What the answer has of a match: its entry, and what the filters and `details` show of it. */
function shownOf(facts: Fields, request: SelectionRequest): Fields {
  return { ...(facts["entry"] as Fields), ...extrasOf(facts, request) };
}

function extrasOf(facts: Fields, { selection, input }: SelectionRequest): Fields {
  const shown = askedOf(selection, input).map(([name, filter]) => filter.shows?.(facts, input[name]));
  const details = input["details"] === true ? selection.details?.shows(facts) : undefined;
  return Object.assign({}, ...shown, details);
}

function answerOf(request: SelectionRequest, found: Found, end: Exclude<End, Ended>): Success {
  const { scanned, gone, unread, matches, rest } = found;
  return {
    kind: "success",
    content: {
      ...rest,
      ...(wantsSelection(request.selection, request.input) && { scanned, matched: matches.length }),
      ...matchesOf(request, found),
      ...(gone > 0 && { gone }),
      ...(unread.length > 0 && { notRead: unreadOf(unread) }),
      ...(end !== "complete" && { NextToken: end.NextToken }),
      ...notesOf(request, found, end),
    },
  };
}

/** The matches one by one, or in groups of what is shown of them. */
function matchesOf(request: SelectionRequest, { matches, groups }: Found): Fields {
  if (request.input["countOnly"] === true) return {};
  if (!isGroupedAnswer(request, { matches, groups }))
    return { [request.list]: matches.map((facts) => shownOf(facts, request)) };
  return { groups: [...groups.values()].map(({ shown, names }) => ({ ...shown, count: names.length, names })) };
}

function isGroupedAnswer(request: SelectionRequest, { matches, groups }: Pick<Found, "matches" | "groups">): boolean {
  const shows = [...groups.values()].some(({ shown }) => Object.keys(shown).length > 0);
  return isGrouped(request, matches.length, shows);
}

/** Names alone are short enough for many pools. Where nothing is shown but that an entry matches, its id is. */
function isGrouped({ selection, input }: SelectionRequest, matches: number, shows: boolean): boolean {
  return selection.name !== undefined && input["details"] !== true && matches > MAX_LISTED && shows;
}

/** The entries that could not be read, by the reason, with a few of their ids. */
function unreadOf(unread: Found["unread"]): object[] {
  const codes = [...new Set(unread.map(({ code }) => code))];
  return codes.map((code) => {
    const entries = unread.filter((entry) => entry.code === code);
    const ids = entries.slice(0, MAX_NAMED).map(({ id }) => id);
    return { code, reason: entries[0]?.message, count: entries.length, ids };
  });
}

function notesOf(request: SelectionRequest, found: Found, end: Exclude<End, Ended>): { readonly notes?: string[] } {
  const notes = [
    ...(end === "complete" || end.why === undefined
      ? []
      : [`The list is incomplete: ${end.why} To continue, pass NextToken.`]),
    ...(isGroupedAnswer(request, found) && request.input["countOnly"] !== true
      ? ["For ids, add details, or filters that match fewer."]
      : []),
    ...(found.unread.length > 0 ? ["What was not read may match too."] : []),
  ];
  return notes.length > 0 ? { notes } : {};
}

/** A failure, or what was found before it. */
function endBy(failure: Failure, { scanned }: Found, NextToken: string): End {
  return scanned === 0 ? failure : { why: `${failure.message} ${failure.hint}`, NextToken };
}

/** AWS's token, and the entry of its page after which a call goes on. */
function positionIn(token: unknown): { token: string | undefined; after: string | undefined } {
  if (typeof token !== "string") return { token: undefined, after: undefined };
  const [, after, rest] = POSITION.exec(token) ?? [undefined, undefined, token];
  return { token: rest || undefined, after: after || undefined };
}

const POSITION = /^(?:([\w-]+:[-\da-f]+))?~(\S*)$/;

/** The NextToken of an answer: AWS's own where it suffices. */
function positionOf(token: string | undefined, after: string | undefined): string {
  return after === undefined && token !== undefined ? token : `${after ?? ""}~${token ?? ""}`;
}

/** The entries of a page behind the one with this id; all of them if it is there no more. */
function entriesAfter(entries: readonly Fields[], { id }: Selection, after: string | undefined): readonly Fields[] {
  return entries.slice(entries.findIndex((entry) => after !== undefined && entry[id] === after) + 1);
}
