import { type Refusal, refuse } from "./refusal.ts";

/** Calls that run at the same time. One that waits for a person does not count. */
const MAX_CONCURRENT = 16;

/** Calls that wait for a running call to end. */
const MAX_QUEUED = 64;

/** The right of one call to run, to be disposed of at its end. */
export interface Slot extends Disposable {
  /** Gives the slot back while `work` runs, such as a question to a person, and waits for a new one after it. */
  yieldDuring<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Limits how many calls run at the same time. */
export interface Concurrency {
  /**
   * A slot, when it is this call's turn; undefined if too many calls wait already. Rejects with the signal's reason if the
   * call is cancelled before its turn.
   */
  acquire(signal: AbortSignal): Promise<Slot | undefined>;
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
      let held = true;
      return {
        async yieldDuring(work) {
          held = false;
          release();
          const result = await work();
          signal.throwIfAborted();
          // A call that was admitted once is not turned away: at most as many come back as may wait for a person.
          if (running < MAX_CONCURRENT) running += 1;
          else await turnOf(signal);
          held = true;
          return result;
        },
        [Symbol.dispose]() {
          if (held) release();
        },
      };
    },
  };
}
