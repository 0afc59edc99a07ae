import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

/** What a message from the client is, next to those before it. */
type Standing = "fits" | "id in use" | "answers nothing";

/** Which requests wait for an answer, the client's and ours. */
export interface Exchanges {
  /** Takes a message from the client into account, provided that it fits. */
  received(message: JSONRPCMessage): Standing;
  /** Takes a message to the client into account. */
  sent(message: JSONRPCMessage): void;
  /** Whether a request of the client's with this id waits for its answer. */
  isOpen(id: RequestId): boolean;
}

export function createExchanges(): Exchanges {
  const theirs = new Set<RequestId>();
  const ours = new Set<RequestId>();

  return {
    received(message) {
      if (!("method" in message))
        return message.id !== undefined && ours.delete(message.id) ? "fits" : "answers nothing";
      if ("id" in message) {
        if (theirs.has(message.id)) return "id in use";
        theirs.add(message.id);
      } else {
        // The SDK acts on a cancellation a little later, by id alone; until then the id must not get a new meaning.
        queueMicrotask(() => forget(cancelledBy(message), theirs));
      }
      return "fits";
    },
    sent(message) {
      if (!("method" in message)) forget(message.id, theirs);
      else if ("id" in message) ours.add(message.id);
      else forget(cancelledBy(message), ours);
    },
    isOpen: (id) => theirs.has(id),
  };
}

function forget(id: RequestId | undefined, requests: Set<RequestId>): void {
  if (id !== undefined) requests.delete(id);
}

/** The request that will get no answer any more. The SDK takes no cancellation of 0 and "", and answers those. */
function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  return CancelledNotificationSchema.safeParse(message).data?.params.requestId || undefined;
}
