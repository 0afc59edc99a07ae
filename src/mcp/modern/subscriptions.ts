/**
 * Subscriptions (`subscriptions/listen`). Nothing that this server lists changes while it runs, so a subscription is acknowledged without
 * any notification, and stays open until the client cancels the request or the server ends.
 */
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";
import { META } from "../era.ts";

/** Subscriptions of one client at once. */
const MAX_OPEN = 64;

export interface Subscriptions {
  /** Opens a subscription under the id of its request, and tells the client what it will get. False if too many are open. */
  open(id: RequestId): boolean;
  /** Ends a subscription that the client cancelled; false if there is none with this id. */
  cancel(id: RequestId): boolean;
  /** Ends all subscriptions. Gives their ids. */
  close(): RequestId[];
}

/** Tells a client that the subscription is open, and that it brings nothing. */
export function acknowledgementOf(id: RequestId): JSONRPCMessage {
  const params = { _meta: { [META.subscription]: id }, notifications: {} };
  return { jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params };
}

export function createSubscriptions(send: (message: JSONRPCMessage) => void): Subscriptions {
  const open = new Set<RequestId>();
  return {
    open(id) {
      if (open.size >= MAX_OPEN) return false;
      open.add(id);
      send(acknowledgementOf(id));
      return true;
    },
    cancel: (id) => open.delete(id),
    close() {
      const ids = [...open];
      open.clear();
      return ids;
    },
  };
}
