import { canonicalJson, type Fields, mapStrings } from "../util/json.ts";
import { escapeInvisible } from "../util/visible-text.ts";
import type { ToolCall } from "./plan.ts";

/** Whether a change can be taken back, by which calls, and if it cannot, why, as notes of its plan. */
interface UndoInfo {
  readonly reversible: boolean;
  /** Left out where it is not reversible. */
  readonly undo?: readonly ToolCall[];
  readonly obstacles: readonly string[];
}

/** The way back by `undo`, a call after the other; none where there is an obstacle already. */
export function describeUndo(undo: readonly ToolCall[], known: readonly string[] = []): UndoInfo {
  // Cleaned on its way out, such a call would put back another value than the old one.
  const obstacles = isShowable(undo)
    ? known
    : [...known, "Old values contain characters that are only shown escaped, so no call can restore them."];
  return obstacles.length > 0 ? { reversible: false, obstacles } : { reversible: true, undo, obstacles };
}

/** Whether a value leaves the server as it is, without a character written as `\u{…}`. */
export function isShowable(value: unknown): boolean {
  return canonicalJson(mapStrings(value, escapeInvisible)) === canonicalJson(value);
}

/**
 * Arguments of a merging update that turn `after` into `before`: single values as they were, maps and lists cleared first
 * so that they become just what they were, and in `clear` alone what was not there.
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

/** The value, unless it is an empty map or list: to the service that is the same as none. */
export function emptyToUndefined<Value>(value: Value): Value | undefined {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0 ? undefined : value;
}
