import { setTimeout } from "node:timers/promises";

/**
 * Calls of one operation per second, in one region. AWS documents rates for operations of applications only
 * (https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html): 25 for GetId and more for others, except 5 and 10 for tags, which
 * are not paced. For the reads of pools it documents none, so that this one is a choice: with it, 1,000 pools are read in 25 seconds.
 */
const PER_SECOND = 40;

/** The slowest pace, however often AWS throttles. */
const LEAST_PER_SECOND = 2;

/** Milliseconds after which the full pace is tried again. */
const RECOVERY_MS = 30_000;

/** Spreads the reads of many targets over time. One for all calls of this process, because AWS counts them together. */
export interface Pace {
  /** Resolves when it is the turn of a call. Rejects with the signal's reason. */
  turn(operation: string, region: string, signal: AbortSignal): Promise<void>;
  /** AWS throttled a call: from now on half as many per second. */
  slow(operation: string, region: string): void;
}

interface Lane {
  perSecond: number;
  /** When the next call may start, in milliseconds since the epoch. */
  free: number;
  slowed: number;
}

interface Clock {
  readonly now: () => number;
  /** Waits for milliseconds. Rejects with the signal's reason. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

const systemClock: Clock = { now: Date.now, wait: (ms, signal) => setTimeout(ms, undefined, { signal }) };

export function createPace({ now, wait }: Clock = systemClock): Pace {
  const lanes = new Map<string, Lane>();

  function laneOf(operation: string, region: string): Lane {
    const key = `${operation} ${region}`;
    const lane = lanes.get(key) ?? { perSecond: PER_SECOND, free: 0, slowed: 0 };
    lanes.set(key, lane);
    if (now() - lane.slowed > RECOVERY_MS) lane.perSecond = PER_SECOND;
    return lane;
  }

  return {
    async turn(operation, region, signal) {
      signal.throwIfAborted();
      const lane = laneOf(operation, region);
      const start = Math.max(lane.free, now());
      lane.free = start + 1000 / lane.perSecond;
      const ms = start - now();
      if (ms > 0) await wait(ms, signal);
    },
    slow(operation, region) {
      const lane = laneOf(operation, region);
      lane.perSecond = Math.max(LEAST_PER_SECOND, lane.perSecond / 2);
      lane.slowed = now();
    },
  };
}
