import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

/** The requests without a response yet, the client's and ours. */
export interface PendingRequests {
  /** Whether a request of the client with this id has no response yet. */
  isOpen(id: RequestId): boolean;
  /** Records a message from the client. False if it is a response to no open request of the server. */
  received(message: JSONRPCMessage): boolean;
  /** Records a message to the client. */
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
      // The SDK processes a cancellation slightly later, by id only; until then the id must not be reused. The SDK ignores
      // cancellations of the ids 0 and "", and answers those requests.
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

/** The id of the request that a message cancels. */
function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  return CancelledNotificationSchema.safeParse(message).data?.params.requestId;
}
