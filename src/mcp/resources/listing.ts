/** The list of resources, which hosts request at startup. */

import type { Outcome } from "../../call/types.ts";
import type { Policy } from "../../guards/policy.ts";
import { truncateToLimit } from "../../guards/response-size.ts";
import { escapeInvisible } from "../../util/visible-text.ts";
import { RequestError } from "../request-error.ts";
import type { CallTool } from "./documents.ts";
import { allowedPools, type KnownPool, poolsIn } from "./pools.ts";
import { formatUri, MIME_TYPE, templates } from "./uri.ts";

/** Timeout of the list in milliseconds, because a starting host waits for it. Pools that are not read by then are omitted. */
const LIST_MS = 5_000;

interface Listed {
  readonly uri: string;
  readonly name: string;
  readonly description: string;
  readonly mimeType: string;
  readonly title?: string;
}

/** A request for a page of the list; without a cursor, for the first page. */
interface ListRequest {
  readonly policy: Policy;
  /** Makes calls that the signal aborts. */
  readonly callerFor: (signal: AbortSignal) => CallTool;
  readonly cursor: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * A page of the pools in the server's region, or the pools that the operator allows; empty if they cannot be read. Raises
 * RequestError if a later page cannot be read.
 */
export async function listResources(asked: ListRequest): Promise<{ resources: Listed[]; nextCursor?: string }> {
  return truncateToLimit(await listed(asked)) as { resources: Listed[]; nextCursor?: string };
}

async function listed({ policy: { pools }, callerFor, cursor, signal }: ListRequest) {
  if (pools)
    return { resources: (await withDeadline(signal, (ends) => allowedPools(pools, callerFor(ends)))).map(resourceOf) };
  if (cursor !== undefined) {
    const more = await callerFor(signal)("list-identity-pools", { NextToken: cursor });
    // An error, because an incomplete list that looks complete would be worse.
    return { ...nextOf(contentOrThrow(more)), resources: poolsIn(more).map(resourceOf) };
  }
  const page = await withDeadline(signal, (ends) => callerFor(ends)("list-identity-pools", {}));
  if (page.kind !== "success") return { resources: [] };
  const region = String(page.content["region"]);
  const { uriTemplate: _, ...all } = templates[0];
  const first = { ...all, uri: formatUri({ kind: "pools", region }), title: `Identity pools in ${region}` };
  return { ...nextOf(page.content), resources: [first, ...poolsIn(page).map(resourceOf)] };
}

/** Does the work with a signal that is aborted after the timeout. */
async function withDeadline<Answer>(
  signal: AbortSignal,
  work: (ends: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  // Not AbortSignal.timeout: Node 20 forgets one that only an AbortSignal.any holds.
  const late = new AbortController();
  const end = () => late.abort(signal.reason);
  const timer = setTimeout(end, LIST_MS);
  signal.addEventListener("abort", end, { once: true });
  try {
    return await work(late.signal);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

function nextOf({ NextToken }: Readonly<Record<string, unknown>>): { nextCursor?: string } {
  return typeof NextToken === "string" ? { nextCursor: NextToken } : {};
}

function resourceOf({ id, name = id }: KnownPool): Listed {
  const shown = escapeInvisible(id);
  return {
    uri: formatUri({ kind: "pool", poolId: shown }),
    name: escapeInvisible(name),
    description: shown,
    mimeType: MIME_TYPE,
  };
}

/** The content of a successful outcome. Raises RequestError with the text of a refusal or failure. */
export function contentOrThrow(outcome: Outcome): Readonly<Record<string, unknown>> {
  switch (outcome.kind) {
    case "success":
      return outcome.content;
    case "refusal":
      throw new RequestError("params", `${outcome.reason} ${outcome.next}`);
    case "failure": {
      const kind = outcome.code === "ResourceNotFoundException" ? "notFound" : "internal";
      throw new RequestError(kind, `${outcome.message} (${outcome.code}) ${outcome.hint}`);
    }
  }
}
