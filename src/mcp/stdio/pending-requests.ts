import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

/** Which requests wait for an answer, the client's and ours. */
export interface PendingRequests {
  /** Whether a request of the client's with this id waits for its answer. */
  isOpen(id: RequestId): boolean;
  /** Takes a message from the client into account. False: it answers nothing that we asked, or asked still. */
  received(message: JSONRPCMessage): boolean;
  /** Takes a message to the client into account. */
  sent(message: JSONRPCMessage): void;
}

export function createPendingRequests(): PendingRequests {
  const theirs = new Set<RequestId>();
  const ours = new Set<RequestId>();

  return {
    isOpen: (id) => theirs.has(id),
    received(message) {
      if (!("method" in message)) return message.id !== undefined && ours.delete(message.id);
      if ("id" in message) theirs.add(message.id);
      // The SDK acts on a cancellation a little later, by id alone; until then the id must not get a new meaning. It takes
      // none of 0 or "", and answers those.
      else queueMicrotask(() => forget(cancelledBy(message) || undefined, theirs));
      return true;
    },
    sent(message) {
      if (!("method" in message)) forget(message.id, theirs);
      else if ("id" in message) ours.add(message.id);
      else forget(cancelledBy(message), ours);
    },
  };
}

function forget(id: RequestId | undefined, requests: Set<RequestId>): void {
  if (id !== undefined) requests.delete(id);
}

/** The request that is to get no answer any more. */
function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  return CancelledNotificationSchema.safeParse(message).data?.params.requestId;
}
