import { errors } from "./errors.ts";

/**
 * Calls a second (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html). The operations that are not named
 * are not limited here (a choice).
 */
const rates: Readonly<Record<string, number>> = {
  GetId: 25,
  GetOpenIdToken: 200,
  GetCredentialsForIdentity: 200,
  GetOpenIdTokenForDeveloperIdentity: 200,
  TagResource: 5,
  UntagResource: 5,
  ListTagsForResource: 10,
};

/** Counts a call of an operation in a region. Raises TooManyRequestsException past the rate. */
export type Throttle = (operation: string, region: string) => void;

/** What is left of a rate, and when that was known. */
interface Bucket {
  readonly calls: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A token bucket for each operation and region: it holds one second's calls, and fills at the rate at which it is emptied. */
export function createThrottle(now: () => Date): Throttle {
  const buckets = new Map<string, Bucket>();
  return (operation, region) => {
    const rate = Object.hasOwn(rates, operation) ? rates[operation] : undefined;
    if (rate === undefined) return;
    const key = `${operation} ${region}`;
    const time = now().getTime();
    const { calls, at } = buckets.get(key) ?? { calls: rate, at: time };
    // A clock that was set back fills nothing.
    const left = Math.min(rate, calls + (Math.max(0, time - at) * rate) / 1000);
    buckets.set(key, { calls: left >= 1 ? left - 1 : left, at: time });
    if (left < 1) throw errors.tooMany();
  };
}
