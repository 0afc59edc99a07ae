import { canonicalJson, mapStrings } from "../util/json.ts";
import { escapeInvisible } from "../util/visible-text.ts";
import type { ToolCall } from "./plan.ts";

/** Whether a change can be undone, by which calls, and if not, why. */
interface UndoInfo {
  readonly reversible: boolean;
  /** Omitted if the change is not reversible. */
  readonly undo?: readonly ToolCall[];
  readonly obstacles: readonly string[];
}

/** Undo information for the calls `undo`, in this order; not reversible if there are already obstacles. */
export function describeUndo(undo: readonly ToolCall[], known: readonly string[] = []): UndoInfo {
  // Escaping would change the call, so it would restore a different value.
  const obstacles = isShowable(undo)
    ? known
    : [...known, "The undo has characters that this server shows only escaped, so no call can restore the old state."];
  return obstacles.length > 0 ? { reversible: false, obstacles } : { reversible: true, undo, obstacles };
}

/** Whether a value is shown unchanged, without a character written as `\u{…}`. */
export function isShowable(value: unknown): boolean {
  return canonicalJson(mapStrings(value, escapeInvisible)) === canonicalJson(value);
}

/** The value, or undefined for an empty map or list: the service does not distinguish them. */
export function emptyToUndefined<Value>(value: Value): Value | undefined {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
}
