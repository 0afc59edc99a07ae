/**
 * For an operator who wants to see vended secrets: they pass the redactor in the one answer that vends them, and nowhere
 * else. The answer contains placeholders that only this process knows; the secrets replace them after the redaction.
 */
import { randomUUID } from "node:crypto";

export interface Reveal {
  /** A placeholder for the secret in an answer; undefined for a text that JSON must escape. */
  placeholder(secret: string): string | undefined;
  /** The message with the secrets instead of their placeholders. Each placeholder works once. */
  fillPlaceholders<Value>(message: Value): Value;
}

/** The maximum number of placeholders: those of answers that are never sent must not accumulate. */
const MAX_PLACEHOLDERS = 1_000;

export function createReveal(): Reveal {
  const secrets = new Map<string, string>();
  const marks = /mark:[0-9a-f-]{36}/g;

  function fillPlaceholders<Value>(message: Value): Value {
    const met = new Set<string>();
    const shown = replace(message, met);
    for (const mark of met) secrets.delete(mark);
    return shown as Value;
  }

  function replace(value: unknown, met: Set<string>): unknown {
    if (typeof value === "string")
      return value.replace(marks, (mark) => {
        met.add(mark);
        return secrets.get(mark) ?? mark;
      });
    if (Array.isArray(value)) return value.map((entry) => replace(entry, met));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, replace(entry, met)]));
  }

  return {
    placeholder(secret) {
      // An answer contains it as a value and inside a JSON text: it must be the same in both.
      if (JSON.stringify(secret) !== `"${secret}"`) return undefined;
      const mark = `mark:${randomUUID()}`;
      secrets.set(mark, secret);
      const oldest = secrets.keys().next();
      if (secrets.size > MAX_PLACEHOLDERS && !oldest.done) secrets.delete(oldest.value);
      return mark;
    },
    fillPlaceholders,
  };
}
