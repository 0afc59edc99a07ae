/** Problems of arguments in plain words. No text repeats a value, which may be a secret. */
import type * as z from "zod";
import { isRecord } from "../util/json.ts";

/**
 * The text about a value whose schema has no text of its own: a predicate such as `must be at most 60`, which `problemSentence`
 * completes with the name of the member. Pass it as `error` when a schema parses.
 */
export const problemText: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined ? "is required" : typeText(issue.expected, issue.input);
    case "too_small":
      return sizeText(issue.origin, issue.minimum, "at least");
    case "too_big":
      return sizeText(issue.origin, issue.maximum, "at most");
    case "invalid_value":
      return `must be ${listOf(issue.values.map(String), "or")}`;
    case "invalid_format":
      return "has a form that is not allowed";
    default:
      return "is not allowed here";
  }
};

/** The sentence about a member. A text that is not a predicate stands after a colon. */
export function problemSentence(member: string, text: string): string {
  return /^(?:must|may|needs|cannot|has|is|requires)\b/.test(text) ? `${member} ${text}.` : `${member}: ${text}.`;
}

/** `A, B and C`. */
export function listOf(words: readonly string[], last: "and" | "or"): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

const types = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "an object"],
  ["record", "an object"],
]);

function typeText(expected: string, input: unknown): string {
  const wanted = types.get(expected) ?? "of another type";
  const given = typeOf(input);
  // JSON can write a number that is too large, such as 1e400.
  if (typeof input === "number" && !Number.isFinite(input) && (expected === "number" || expected === "int"))
    return "must be a finite number";
  // A number with a fraction in the place of a whole number.
  if (expected === "int" && typeof input === "number") return `must be ${wanted}`;
  return `must be ${wanted}, not ${given}${adviceOn(expected, input)}`;
}

/** How to write what was meant: JSON in a text, a list in place of a map, one entry in place of a list. */
function adviceOn(expected: string, input: unknown): string {
  const isMap = expected === "object" || expected === "record";
  if ((isMap || expected === "array") && typeof input === "string" && holdsJson(input))
    return ". It holds JSON: pass the JSON itself, without quotes around it";
  if ((expected === "number" || expected === "int" || expected === "boolean") && typeof input === "string")
    return /^(?:\d+|true|false)$/.test(input) ? ", without quotes" : "";
  if (isMap && Array.isArray(input) && input.every(isPair)) return ". Write {KEY: VALUE} in place of a list of pairs";
  return expected === "array" && input !== null && input !== undefined ? ". Put it into [ ]" : "";
}

function holdsJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** `{Key, Value}`, as other services of AWS write maps. */
function isPair(entry: unknown): boolean {
  return isRecord(entry) && Object.keys(entry).some((key) => /^(?:key|name)$/i.test(key));
}

function typeOf(input: unknown): string {
  if (input === null) return "null";
  if (Array.isArray(input)) return "a list";
  return typeof input === "boolean" ? "a boolean" : (types.get(typeof input) ?? "this type");
}

function sizeText(origin: string, limit: number | bigint, bound: "at least" | "at most"): string {
  const count = `${bound} ${limit}`;
  if (origin === "string")
    return bound === "at least" && limit === 1
      ? "must not be empty"
      : `must have ${count} ${plural(limit, "character")}`;
  if (origin === "array")
    return bound === "at least" && limit === 1
      ? "needs at least one entry"
      : `${bound === "at least" ? "needs" : "may have"} ${count} ${limit === 1 ? "entry" : "entries"}`;
  return `must be ${count}`;
}

function plural(count: number | bigint, noun: string): string {
  return Number(count) === 1 ? noun : `${noun}s`;
}
