import { canonicalJson, type Fields, mapStrings } from "../util/json.ts";
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
    : [...known, "Old values contain characters that this server shows only escaped, so no call can restore them."];
  return obstacles.length > 0 ? { reversible: false, obstacles } : { reversible: true, undo, obstacles };
}

/** Whether a value is shown unchanged, without a character written as `\u{…}`. */
export function isShowable(value: unknown): boolean {
  return canonicalJson(mapStrings(value, escapeInvisible)) === canonicalJson(value);
}

/**
 * Arguments of a merging update that turn `after` into `before`: single values as before, maps and lists cleared first
 * so that they get exactly their old contents, and members that did not exist only in `clear`.
 */
export function inverseUpdateArguments(before: Fields, after: Fields): Fields {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (member) => canonicalJson(emptyToUndefined(before[member])) !== canonicalJson(emptyToUndefined(after[member])),
  );
  const present = changed.filter((member) => emptyToUndefined(before[member]) !== undefined);
  const clear = changed.filter((member) => !present.includes(member) || typeof before[member] === "object");
  return {
    ...Object.fromEntries(present.map((member) => [member, before[member]])),
    ...(clear.length > 0 && { clear }),
  };
}

/** The value, or undefined for an empty map or list: the service does not distinguish them. */
export function emptyToUndefined<Value>(value: Value): Value | undefined {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
}
