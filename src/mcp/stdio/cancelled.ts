/** Which request a message cancels. */
import { CancelledNotificationSchema, type JSONRPCMessage, type RequestId } from "@modelcontextprotocol/sdk/types.js";

/** The id of the request that a notification cancels. A request of the same method is none, and is answered as any unknown one. */
export function cancelledBy(message: JSONRPCMessage): RequestId | undefined {
  return "id" in message ? undefined : CancelledNotificationSchema.safeParse(message).data?.params.requestId;
}
