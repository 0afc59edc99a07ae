/** Connections that were rejected, as they are reported. */
export interface Rejections {
  /** Why the last one was rejected. */
  readonly reason: string;
  /** How many were rejected since the last report. */
  readonly count: number;
}

/** The time between two reports, in milliseconds. Other users can cause rejections as often as they like. */
const REPORT_EVERY_MS = 1_000;

/** Returns a function that counts a rejection and reports at most once a second, and one that reports the rest at the end. */
export function createRejectionReports(onRejected: (rejections: Rejections) => void) {
  let count = 0;
  let last = "";
  let timer: NodeJS.Timeout | undefined;

  function report(): void {
    timer = undefined;
    if (count === 0) return;
    const rejections = { reason: last, count };
    count = 0;
    timer = setTimeout(report, REPORT_EVERY_MS).unref();
    onRejected(rejections);
  }

  return {
    add(reason: string): void {
      last = reason;
      count += 1;
      if (!timer) report();
    },
    end(): void {
      clearTimeout(timer);
      report();
      clearTimeout(timer);
    },
  };
}
