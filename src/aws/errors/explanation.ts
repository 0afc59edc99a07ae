/** What an error means to whoever called. */
export interface Meaning {
  /** What happened. */
  readonly what: string;
  /** What to do next. */
  readonly next: string;
}

/** What an error means whose text is known, under the name that it comes with. */
export interface KnownText extends Meaning {
  readonly name: string;
  readonly text: RegExp;
}
