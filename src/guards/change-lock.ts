/**
 * Keeps calls of this server from changing what another one has just read. An approved change runs alone, from its last read to its
 * answer. Calls that are judged by a read, such as whether they link a login, run beside one another, but not beside a change.
 */
export interface ChangeLock {
  /** Runs `work` while nothing else holds the lock. Rejects with the signal's reason if the call is cancelled before. */
  exclusively<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
  /** Runs `work` while no change runs. */
  shared<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result>;
}

interface Waiting {
  readonly isExclusive: boolean;
  readonly start: () => void;
}

export function createChangeLock(): ChangeLock {
  let sharing = 0;
  let isChanging = false;
  const queue = new Set<Waiting>();

  function startNext(): void {
    for (const waiting of queue) {
      if (isChanging || (waiting.isExclusive && sharing > 0)) return;
      queue.delete(waiting);
      if (waiting.isExclusive) isChanging = true;
      else sharing += 1;
      waiting.start();
    }
  }

  function turn(isExclusive: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const giveUp = () => {
        queue.delete(waiting);
        reject(signal.reason);
        startNext();
      };
      const waiting: Waiting = {
        isExclusive,
        start() {
          signal.removeEventListener("abort", giveUp);
          resolve();
        },
      };
      queue.add(waiting);
      signal.addEventListener("abort", giveUp, { once: true });
      startNext();
    });
  }

  return {
    async exclusively(signal, work) {
      await turn(true, signal);
      try {
        return await work();
      } finally {
        isChanging = false;
        startNext();
      }
    },
    async shared(signal, work) {
      await turn(false, signal);
      try {
        return await work();
      } finally {
        sharing -= 1;
        startNext();
      }
    },
  };
}
