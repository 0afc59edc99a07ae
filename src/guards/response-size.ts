import { jsonBytes } from "../util/json.ts";

/** Limits the size of an answer, because it goes into a model's context and a host's window. */

/** Bytes of an answer's JSON. */
export const MAX_RESPONSE_BYTES = 256 * 1024;

type Part = Readonly<Record<string, unknown>> | readonly unknown[] | string;

/** Truncates the longest lists and texts of `content` until its JSON fits, and describes in `truncated` what is missing. */
export function truncateToLimit(content: object): object {
  const cuts = new Map<string, string>();
  let fits = content as Part;
  for (;;) {
    const whole = cuts.size === 0 ? content : { ...(fits as object), truncated: [...cuts.values()] };
    const size = jsonBytes(whole);
    if (size <= MAX_RESPONSE_BYTES) return whole;
    fits = cutHeaviest(fits, MAX_RESPONSE_BYTES / size, [], cuts);
  }
}

/** Finds the largest list or text inside the largest member, and keeps the given share of it. */
function cutHeaviest(part: Part, share: number, path: readonly string[], cuts: Map<string, string>): Part {
  const name = path.join(".");
  if (typeof part === "string") {
    const kept = Math.floor(part.length * share * 0.9);
    cuts.set(name, `${name}: the first ${kept} characters are shown`);
    // Does not end with half of a surrogate pair.
    return part.slice(0, kept).replace(/[\ud800-\udbff]$/, "");
  }
  const entries = Object.entries(part);
  const weights = entries.map(([, value]) => jsonBytes(value));
  const heaviest = weights.reduce((best, weight, at) => (weight > (weights[best] ?? 0) ? at : best), 0);
  const [key = "", value] = entries[heaviest] ?? [];
  // A list or map with many entries is truncated itself; a single large entry is truncated inside. The answer keeps all its members.
  if (name !== "" && entries.length > 1 && (weights[heaviest] ?? 0) < MAX_RESPONSE_BYTES / 2) {
    const kept = Math.max(1, Math.floor(entries.length * share * 0.9));
    cuts.set(name, `${name}: the first ${kept} are shown; request fewer at a time`);
    return Array.isArray(part) ? part.slice(0, kept) : Object.fromEntries(entries.slice(0, kept));
  }
  const cut = isPart(value) ? cutHeaviest(value, share, [...path, key], cuts) : undefined;
  return Array.isArray(part) ? part.with(heaviest, cut) : { ...part, [key]: cut };
}

function isPart(value: unknown): value is Part {
  return typeof value === "string" || (typeof value === "object" && value !== null);
}
