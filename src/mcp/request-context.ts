import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";

/** What the SDK gives a handler beside the request: its signal, and ways to notify and ask the client. */
export type RequestContext = RequestHandlerExtra<ServerRequest, ServerNotification>;
