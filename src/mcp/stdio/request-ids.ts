/**
 * The ids of the server's requests. The SDK counts them from 0, and its client ignores the cancellation of a request with the id 0, so the
 * first form of a session would stay open. On the wire, every id is one more.
 */
import type { JSONRPCMessage, RequestId } from "@modelcontextprotocol/sdk/types.js";

const CANCELLED = "notifications/cancelled";

/** The message as the client gets it. */
export function toWire(message: JSONRPCMessage): JSONRPCMessage {
  if (!("method" in message)) return message;
  if ("id" in message) return { ...message, id: shift(message.id, 1) };
  if (message.method !== CANCELLED) return message;
  // The server cancels only its own requests.
  const { requestId } = { ...message.params };
  return { ...message, params: { ...message.params, requestId: shift(requestId as RequestId, 1) } };
}

/** The message as the server gets it: a response has the id that the server gave the request. */
export function fromWire(message: JSONRPCMessage): JSONRPCMessage {
  if ("method" in message || message.id === undefined) return message;
  return { ...message, id: shift(message.id, -1) };
}

function shift(id: RequestId, by: number): RequestId {
  return typeof id === "number" ? id + by : id;
}
