import { errors } from "./errors.ts";

/**
 * Calls per second (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html). This service does not limit
 * other operations.
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

/** Counts a call of an operation in a region. Throws TooManyRequestsException if the rate is exceeded. */
export type Throttle = (operation: string, region: string) => void;

/** The calls that are available, and when that number was computed. */
interface Bucket {
  readonly calls: number;
  /** Milliseconds since the epoch. */
  readonly updated: number;
}

/** One token bucket per operation and region. Its capacity is the number of calls per second, as is its refill rate. */
export function createThrottle(now: () => Date): Throttle {
  const buckets = new Map<string, Bucket>();
  return (operation, region) => {
    const rate = Object.hasOwn(rates, operation) ? rates[operation] : undefined;
    if (rate === undefined) return;
    const key = `${operation} ${region}`;
    const time = now().getTime();
    const { calls, updated } = buckets.get(key) ?? { calls: rate, updated: time };
    // If the clock was set back, the bucket is not refilled.
    const available = Math.min(rate, calls + (Math.max(0, time - updated) * rate) / 1000);
    buckets.set(key, { calls: available >= 1 ? available - 1 : available, updated: time });
    if (available < 1) throw errors.rateExceeded();
  };
}
