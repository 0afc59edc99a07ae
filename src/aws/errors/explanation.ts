/** An error as the caller sees it. */
export interface Explanation {
  /** What happened. */
  readonly message: string;
  /** What to do next. */
  readonly hint: string;
}

/** What is known of a call that failed: what an error means depends on it. */
export interface FailedCall {
  /** The names of AWS's members in the call, without those that are empty. */
  readonly members: readonly string[];
  /** The region that it was for; undefined if there is none yet. */
  readonly region: string | undefined;
  /** Whether AWS takes it unsigned, so that nobody's credentials and permissions play a part. */
  readonly unsigned: boolean;
  /** Whether it holds login tokens or secrets of login providers, which AWS's text can repeat. */
  readonly holdsSecrets: boolean;
  /** Texts of the call that are no secrets, such as its ids: AWS's text may repeat them. */
  readonly values: readonly string[];
}

/** An explanation, or how to make one from the call and from AWS's text, of which nothing may be repeated unchecked. */
export type Explainer = Explanation | ((call: FailedCall, text: string) => Explanation);

/** The explanation of an error that is recognized by its name and message. */
export interface KnownMessage extends Explanation {
  readonly name: string;
  readonly pattern: RegExp;
  /** If it has another meaning for other calls. */
  readonly when?: (call: FailedCall) => boolean;
}
