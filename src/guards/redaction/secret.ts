import { REDACTED } from "../../util/redacted.ts";

/** A value no longer than this does not show its last four characters: they would be half of it. */
const TOO_SHORT_TO_SHOW = 8;

/**
 * A value that is never shown. Whatever prints it, in JSON, a template, a log or an inspected object, prints `[redacted]`;
 * only `expose` gives the value.
 */
export class Secret {
  readonly #value: string;
  /** What may stand in its place: `[redacted]`, or `…` and its last four characters. */
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
