/** What an error means to whoever called. */
export interface Explanation {
  /** What happened. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** What an error means whose text is known, under the name that it comes with. */
export interface KnownMessage extends Explanation {
  readonly name: string;
  readonly pattern: RegExp;
}
