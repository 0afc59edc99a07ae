import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";
import { isModern } from "../era.ts";
import { cancelledBy } from "./cancelled.ts";

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
  /** With whether the request is one of the modern era. */
  const theirs = new Map<RequestId, boolean>();
  const ours = new Set<RequestId>();

  function cancelled(id: RequestId | undefined): void {
    if (id === undefined) return;
    if (theirs.get(id)) theirs.delete(id);
    // The SDK, which has the requests of the older era, processes a cancellation slightly later, by id only; until then the id must
    // not be reused. It ignores cancellations of the ids 0 and "", and answers those requests.
    else if (id) queueMicrotask(() => theirs.delete(id));
  }

  return {
    isOpen: (id) => theirs.has(id),
    received(message) {
      if (!("method" in message)) return message.id !== undefined && ours.delete(message.id);
      if ("id" in message) theirs.set(message.id, isModern(message));
      else cancelled(cancelledBy(message));
      return true;
    },
    sent(message) {
      if (!("method" in message)) forget(message.id, theirs);
      else if ("id" in message) ours.add(message.id);
      else forget(cancelledBy(message), ours);
    },
  };
}

function forget(id: RequestId | undefined, requests: Pick<Set<RequestId>, "delete">): void {
  if (id !== undefined) requests.delete(id);
}
