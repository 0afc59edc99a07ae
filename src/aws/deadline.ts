/** An end that comes with a signal, or when time is up. */
export interface Deadline extends Disposable {
  readonly isOver: boolean;
  /** Whether it was the time. */
  readonly timedOut: boolean;
  /** Calls the listener at the end. Gives what takes it back. */
  onEnd(listener: () => void): () => void;
  /** What the work gives, or an AbortError as soon as the end comes. */
  over<Result>(work: Promise<Result>): Promise<Result>;
}

/**
 * `AbortSignal.any` with `AbortSignal.timeout` says the same, and is kept until the garbage collector has found both: two pairs
 * were a tenth of a call's work. This one is taken down at its end, and is no signal itself. It keeps no process alive.
 */
export function createDeadline(milliseconds: number, signal?: AbortSignal): Deadline {
  const listeners = new Set<() => void>();
  let isOver = false;
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    end();
  }, milliseconds).unref();

  function end(): void {
    isOver = true;
    clearTimeout(timer);
    for (const listener of listeners) listener();
  }

  function onEnd(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  if (signal?.aborted) end();
  else signal?.addEventListener("abort", end, { once: true });
  return {
    get isOver() {
      return isOver;
    },
    get timedOut() {
      return timedOut;
    },
    onEnd,
    over: (work) =>
      new Promise((resolve, reject) => {
        onEnd(() => reject(new DOMException("ended", "AbortError")));
        work.then(resolve, reject);
      }),
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
    },
  };
}
