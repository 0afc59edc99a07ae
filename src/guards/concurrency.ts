import { type Refusal, refuse } from "./refusal.ts";

/** Calls that run at the same time. A call that waits for a person's approval counts. */
const MAX_CONCURRENT = 16;

/** Calls that wait for a running call to end. */
const MAX_QUEUED = 64;

/** Limits how many calls run at the same time. */
export interface Concurrency {
  /**
   * Resolves with a slot when it is this call's turn; dispose of it at the end of the call. Undefined if too many calls wait already.
   * Rejects with the signal's reason if the call is cancelled before its turn.
   */
  acquire(signal: AbortSignal): Promise<Disposable | undefined>;
}

/** The refusal of a call that gets no slot. */
export const busyRefusal: Refusal = refuse(
  `The server is busy: ${MAX_CONCURRENT} calls are running, and ${MAX_QUEUED} are waiting.`,
  "Nothing was sent. Call again when earlier calls have been answered.",
);

export function createConcurrency(): Concurrency {
  let running = 0;
  const queue = new Set<() => void>();

  function release(): void {
    const [next] = queue;
    if (!next) running -= 1;
    else {
      queue.delete(next);
      next();
    }
  }

  function turnOf(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        queue.delete(start);
        reject(signal.reason);
      };
      const start = () => {
        signal.removeEventListener("abort", giveUp);
        resolve();
      };
      queue.add(start);
      signal.addEventListener("abort", giveUp, { once: true });
    });
  }

  return {
    async acquire(signal) {
      signal.throwIfAborted();
      if (running < MAX_CONCURRENT) running += 1;
      else if (queue.size < MAX_QUEUED) await turnOf(signal);
      else return undefined;
      return { [Symbol.dispose]: release };
    },
  };
}
