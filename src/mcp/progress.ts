/** Progress notifications, for a client that sent a progress token with its call. */
import type { RequestContext } from "./request-context.ts";

type Notifier = Pick<RequestContext, "_meta" | "sendNotification">;

/** Milliseconds between two progress notifications while a call waits for a person. */
const PROGRESS_MS = 10_000;

/** Notifies the client regularly that its call waits for a person, so that the client does not time out. Returns a function that stops it. */
export function reportWaiting({ _meta, sendNotification }: Notifier): () => void {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return () => {};
  let progress = 0;
  const timer = setInterval(() => {
    progress += 1;
    // Ignored if the client is gone: the call itself is aborted by its signal.
    sendNotification({
      method: "notifications/progress",
      params: { progressToken, progress, message: "Waiting for the approval of a person." },
    }).catch(() => clearInterval(timer));
  }, PROGRESS_MS);
  return () => clearInterval(timer);
}

/** Notifies the client of the number of entries in a list so far, without a total. */
export function countReporter({ _meta, sendNotification }: Notifier): ((count: number) => Promise<void>) | undefined {
  const progressToken = _meta?.progressToken;
  if (progressToken === undefined) return undefined;
  return async (progress) => {
    const params = { progressToken, progress, message: `${progress} entries so far` };
    // Ignored if the client is gone: the call itself is aborted by its signal.
    await sendNotification({ method: "notifications/progress", params }).catch(() => {});
  };
}
