/** Which request a message cancels. */
import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

/** The id of the request that a notification cancels. A message with an id is a request, which cancels nothing and needs an answer. */
export function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  return "id" in message ? undefined : CancelledNotificationSchema.safeParse(message).data?.params.requestId;
}
