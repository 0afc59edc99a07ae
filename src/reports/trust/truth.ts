/** True, false, or undefined where the answer depends on something that is not known. */
export type Truth = boolean | undefined;

export function not(truth: Truth): Truth {
  return truth === undefined ? undefined : !truth;
}

/** What all are, if they are the same and known. */
export function same([first, ...others]: readonly Truth[]): Truth {
  return others.every((other) => other === first) ? first : undefined;
}

/** True if all are; false as soon as one is false, whatever is not known. True of none. */
export function all(truths: readonly Truth[]): Truth {
  if (truths.includes(false)) return false;
  return truths.includes(undefined) ? undefined : true;
}

/** True as soon as one is, whatever is not known. False of none. */
export function any(truths: readonly Truth[]): Truth {
  if (truths.includes(true)) return true;
  return truths.includes(undefined) ? undefined : false;
}
