/** Progress notifications, for a client that sent a progress token with its call. */
import type { Call } from "../call/types.ts";
import type { RequestContext } from "./request-context.ts";

/** A client that may be notified about its request. */
export type Notifier = Pick<RequestContext, "_meta" | "sendNotification">;

/** Milliseconds between two progress notifications while a call waits for a person. */
const PROGRESS_MS = 10_000;

/** Milliseconds between two notifications about a job. */
const JOB_MS = 1_000;

/**
 * The parts of a call that tell the client how it goes on: that it waits for a person, how many entries of a list were read, and how far
 * a job is. The protocol has one number for all of it, which only grows: what begins anew is added to what was before.
 */
export function progressOf({ _meta, sendNotification }: Notifier): Pick<Call, "onWait" | "onCount" | "onProgress"> {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return { onWait: () => () => {} };
  let sent = 0;
  let base = 0;
  let last = 0;
  let lastTime = 0;

  const send = async (count: number, total: number | undefined, message: string): Promise<void> => {
    if (count < last) base = sent;
    last = count;
    const progress = base + count;
    // A notification that tells nothing new is not allowed.
    if (progress <= sent) return;
    sent = progress;
    const params = { progressToken, progress, ...(total !== undefined && { total: base + total }), message };
    await sendNotification({ method: "notifications/progress", params });
  };

  return {
    onWait() {
      let waits = last;
      const timer = setInterval(() => {
        waits = Math.max(waits, last) + 1;
        // Ignored if the client is gone: the call itself is aborted by its signal.
        send(waits, undefined, "Waiting for the approval of a person.").catch(() => clearInterval(timer));
      }, PROGRESS_MS);
      return () => clearInterval(timer);
    },
    async onCount(count) {
      await send(count, undefined, `${count} entries so far`).catch(() => {});
    },
    onProgress({ doing, done, total }) {
      const now = Date.now();
      const isLast = doing === "changing" && done === total;
      if (now - lastTime < JOB_MS && !isLast) return;
      lastTime = now;
      const message = `${doing === "reading" ? "Read" : "Changed"}: ${done}${total === undefined ? "" : ` of ${total}`}`;
      void send(done, total, message).catch(() => {});
    },
  };
}
