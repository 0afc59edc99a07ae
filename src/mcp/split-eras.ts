/** Divides one stream into the two eras of the protocol. */
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage, JSONRPCRequest } from "@modelcontextprotocol/sdk/types.js";
import { isModern, META, MODERN_VERSION } from "./era.ts";
import type { ModernServer } from "./modern/modern-server.ts";
import { cancelledBy } from "./stdio/cancelled.ts";

const INVALID_PARAMS = -32602;

const unopened = `The request has no ${META.version} in _meta, and there was no initialize. A client of ${MODERN_VERSION} sends the one with each request; an older client begins with the other.`;

/**
 * The side of the transport with the messages of the older era; requests of the modern one go to `modern`. A request without the marks
 * of either is of the older era, unless the client has shown that it speaks the modern one, and has not sent `initialize`.
 * `hasShownModern`: it has, to the fast start.
 */
export function splitEras(
  transport: Transport,
  modern: Pick<ModernServer, "receive" | "cancel">,
  hasShownModern = false,
): Transport {
  let isModernClient = hasShownModern;
  let isInitialized = false;
  const legacy: Transport = {
    async start() {
      transport.onmessage = receive;
      transport.onclose = () => legacy.onclose?.();
      transport.onerror = (error) => legacy.onerror?.(error);
      await transport.start();
    },
    send: (message, options) => transport.send(message, options),
    close: () => transport.close(),
  };

  const receive: NonNullable<Transport["onmessage"]> = (message, extra) => {
    if (isRequest(message)) {
      if (isModern(message)) {
        isModernClient = true;
        return modern.receive(message);
      }
      if (message.method === "initialize") isInitialized = true;
      if (isModernClient && !isInitialized && message.method !== "ping") {
        void transport.send({ jsonrpc: "2.0", id: message.id, error: { code: INVALID_PARAMS, message: unopened } });
        return;
      }
    }
    const cancelled = cancelledBy(message);
    if (cancelled !== undefined && modern.cancel(cancelled)) return;
    legacy.onmessage?.(message, extra);
  };
  return legacy;
}

function isRequest(message: JSONRPCMessage): message is JSONRPCRequest {
  return "method" in message && "id" in message;
}
