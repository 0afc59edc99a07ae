import { isRecord, jsonBytes } from "../util/json.ts";

/** Limits the size of an answer, because it goes into a model's context and a host's window. */

/**
 * Bytes of an answer's JSON, if the operator sets no other limit (--max-answer-bytes). Claude Code cuts an answer at 25,000 tokens, and
 * lists of ids have 1.7 bytes a token.
 */
export const DEFAULT_ANSWER_BYTES = 40_000;

/** Characters of a key in the path of what is truncated. */
const MAX_KEY = 64;

type Part = Readonly<Record<string, unknown>> | readonly unknown[] | string;

/**
 * Truncates the longest lists and texts of `content` until its JSON has at most `limit` bytes, and describes in `truncated` what is
 * missing. `undo` is left out as a whole, because a part of it would restore another state, and `recreate` is truncated last.
 */
export function truncateToLimit(content: object, limit: number = DEFAULT_ANSWER_BYTES): object {
  const cuts = new Map<string, string>();
  let fits = content as Part;
  for (;;) {
    const whole = cuts.size === 0 ? content : { ...(fits as object), truncated: [...cuts.values()] };
    const size = jsonBytes(whole);
    if (size <= limit) return whole;
    fits = withoutUndo(fits, limit, cuts) ?? cutHeaviest(fits, { share: limit / size, limit }, [], cuts);
  }
}

/** The answer without `undo`, if that would take most of it. */
function withoutUndo(part: Part, limit: number, cuts: Map<string, string>): Part | undefined {
  if (!isRecord(part) || part["undo"] === undefined) return undefined;
  const { undo, ...rest } = part;
  const bytes = jsonBytes(undo);
  if (bytes < limit * 0.7) return undefined;
  cuts.set("undo", `undo: left out, because it has ${bytes} bytes. The audit has it, if there is one`);
  return rest;
}

interface Cut {
  /** What is kept of a list or text. */
  readonly share: number;
  /** The limit of the whole answer. */
  readonly limit: number;
}

/** Finds the largest list or text inside the largest member, and keeps the given share of it. */
function cutHeaviest(part: Part, cut: Cut, path: readonly string[], cuts: Map<string, string>): Part {
  const name = path.map(shortened).join(".");
  if (typeof part === "string") {
    const kept = Math.floor(part.length * cut.share * 0.9);
    cuts.set(name, `${name}: the first ${kept} characters are shown`);
    // Does not end with half of a surrogate pair.
    return part.slice(0, kept).replace(/[\ud800-\udbff]$/, "");
  }
  const entries = Object.entries(part);
  const keyBytes = (key: string) => (Array.isArray(part) ? 0 : jsonBytes(key));
  const weights = entries.map(([key, value]) =>
    path.length === 0 ? weightOf(key, value, cut) : keyBytes(key) + jsonBytes(value),
  );
  const heaviest = weights.reduce((best, weight, at) => (weight > (weights[best] ?? 0) ? at : best), 0);
  const [key = "", value] = entries[heaviest] ?? [];
  // A list or map with many entries is truncated itself; a single large entry is truncated inside. The answer keeps all its members.
  if (name !== "" && entries.length > 1 && (weights[heaviest] ?? 0) < cut.limit / 2) {
    const kept = Math.max(1, Math.floor(entries.length * cut.share * 0.9));
    cuts.set(name, `${name}: the first ${kept} are shown; request fewer at a time`);
    return Array.isArray(part) ? part.slice(0, kept) : Object.fromEntries(entries.slice(0, kept));
  }
  // A key is not truncated: two could become the same.
  if (name !== "" && keyBytes(key) > jsonBytes(value)) {
    cuts.set(name, `${name}: an entry with a key of ${keyBytes(key)} bytes is left out`);
    return Object.fromEntries(entries.toSpliced(heaviest, 1));
  }
  const inside = isPart(value) ? cutHeaviest(value, cut, [...path, key], cuts) : undefined;
  return Array.isArray(part) ? part.with(heaviest, inside) : { ...part, [key]: inside };
}

/** A key in the path of what is truncated. A path as long as what it names would not let the answer get smaller. */
function shortened(key: string): string {
  return key.length > MAX_KEY ? `${key.slice(0, MAX_KEY).replace(/[\ud800-\udbff]$/, "")}…` : key;
}

/** The weight of a member of the answer: of what stands for calls to come, only what it has over the others. */
function weightOf(key: string, value: unknown, { limit }: Cut): number {
  if (key === "undo") return 0;
  return key === "recreate" ? jsonBytes(value) - limit / 2 : jsonBytes(value);
}

function isPart(value: unknown): value is Part {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}
