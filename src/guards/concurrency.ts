import { type Refusal, refuse } from "./refusal.ts";

/** Calls that run at the same time. One that waits for a person runs. */
const AT_ONCE = 16;

/** Calls that wait for one of those to end. */
const WAITING = 64;

/** Lets calls in, as many as can be served. */
export interface Admission {
  /**
   * A place, when it is this call's turn, to be disposed of at its end; none when too many wait already. Rejects with the
   * signal's reason when the call is cancelled before its turn.
   */
  enter(signal: AbortSignal): Promise<Disposable | undefined>;
}

/** The answer to a call that gets no place. */
export const busy: Refusal = refuse(
  `The server is busy: ${AT_ONCE} calls are running, and ${WAITING} wait for their turn.`,
  "Nothing was sent. Call again when earlier calls have been answered.",
);

export function createAdmission(): Admission {
  let running = 0;
  const queue = new Set<() => void>();

  function leave(): void {
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
    async enter(signal) {
      signal.throwIfAborted();
      if (running < AT_ONCE) running += 1;
      else if (queue.size < WAITING) await turnOf(signal);
      else return undefined;
      return { [Symbol.dispose]: leave };
    },
  };
}
