import { REDACTED } from "../../util/redacted.ts";

/** Up to this length, a value does not show its last four characters: they would be at least half of it. */
const TOO_SHORT_TO_SHOW = 8;

/**
 * A value that is never shown. In JSON, templates, logs and inspected objects it appears as `[redacted]`;
 * only `expose` returns the value.
 */
export class Secret {
  readonly #value: string;
  /** The text that may be shown for it: `[redacted]`, or `…` and its last four characters. */
  readonly shown: string;

  constructor(value: string, shown: "nothing" | "last four" = "nothing") {
    this.#value = value;
    this.shown = shown === "last four" && value.length > TOO_SHORT_TO_SHOW ? `…${value.slice(-4)}` : REDACTED;
  }

  /** The value itself. */
  expose(): string {
    return this.#value;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.toPrimitive](): string {
    return REDACTED;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return REDACTED;
  }
}
