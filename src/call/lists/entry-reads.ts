/** One read of each entry of a list, at AWS's pace, through the policy and the allow-list. */
import { explain, type Failure, isThrottling } from "../../aws/errors/explain.ts";
import type { Selection } from "../../selections/selection.ts";
import type { Fields } from "../../util/json.ts";
import { RefusalError } from "../refusal-error.ts";
import { policyReader } from "../report.ts";
import { filterResponse } from "../response.ts";
import type { CallState } from "../types.ts";

/** An entry that AWS does not let the server read. */
export interface Unread {
  readonly is: "unread";
  readonly code: string;
  readonly message: string;
}

type EntryAnswer =
  | { readonly is: "read"; readonly content: Fields }
  | { readonly is: "gone" }
  | { readonly is: "failure"; readonly failure: Failure }
  | Unread;

/** Makes the read of that name. Raises RefusalError for a read that the policy denies, and the signal's reason. */
export type EntryReader = (name: string, entry: Fields, signal: AbortSignal) => Promise<EntryAnswer>;

/** AWS's codes for a read that the caller's permissions do not allow, which may differ from pool to pool. */
const denials = new Set(["AccessDeniedException", "NotAuthorizedException"]);

export function createEntryReader({ reads }: Selection, region: string, state: CallState): EntryReader {
  const { services } = state;
  const { pace, tools } = services;
  return async (name, entry, signal) => {
    const declared = reads[name];
    const tool = tools.find((other) => "command" in other && other.command === declared?.command);
    if (!declared || !tool) throw new TypeError("a selection names a read that there is not");
    const { command, id } = declared;
    const read = policyReader(region, { ...state, call: { ...state.call, signal } });
    for (;;) {
      await pace.turn(command, region, signal);
      try {
        const response = await read(command, { [id]: String(entry[id]) });
        const filtered = filterResponse(tool, response, region, services, state.withoutTokens, undefined);
        return filtered.kind === "failure"
          ? { is: "failure", failure: filtered }
          : { is: "read", content: filtered.content };
      } catch (error) {
        signal.throwIfAborted();
        if (isThrottling(error)) pace.slow(command, region);
        else return meaningOf(error);
      }
    }
  };
}

/** Raises RefusalError and defects of this program again. */
function meaningOf(error: unknown): EntryAnswer {
  if (error instanceof RefusalError || error instanceof TypeError) throw error;
  const failure = explain(error, false);
  if (failure.code === "ResourceNotFoundException") return { is: "gone" };
  const { code, message } = failure;
  return denials.has(code) ? { is: "unread", code, message } : { is: "failure", failure };
}
