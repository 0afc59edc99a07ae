/** Progress notifications, for a client that sent a progress token with its call. */
import type { RequestContext } from "./request-context.ts";

type Notifier = Pick<RequestContext, "_meta" | "sendNotification">;

/** Milliseconds between two notifications to a client that waits for a person. */
const PROGRESS_MS = 10_000;

/** Tells the client that its call still waits for a person, so that it does not give up. Gives a function that stops it. */
export function reportWaiting({ _meta, sendNotification }: Notifier): () => void {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  const timer = setInterval(() => {
    progress += 1;
    // A client that is gone needs no progress; the call itself learns of it by its signal.
    sendNotification({
      method: "notifications/progress",
      params: { progressToken, progress, message: "Waiting for the approval of a person." },
    }).catch(() => clearInterval(timer));
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** Tells the client how many entries a list has so far; there is no total. */
export function countReporter({ _meta, sendNotification }: Notifier): ((count: number) => Promise<void>) | undefined {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return async (progress) => {
    const params = { progressToken, progress, message: `${progress} entries so far` };
    // A client that is gone needs no progress; the call itself learns of it by its signal.
    await sendNotification({ method: "notifications/progress", params }).catch(() => {});
  };
}
