/** An error as the caller sees it. */
export interface Explanation {
  /** What happened. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** The explanation of an error that is recognized by its name and message. */
export interface KnownMessage extends Explanation {
  readonly name: string;
  readonly pattern: RegExp;
}
