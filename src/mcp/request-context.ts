import type { RequestHandlerExtra } from "@modelcontextprotocol/sdk/shared/protocol.js";
import type { ServerNotification, ServerRequest } from "@modelcontextprotocol/sdk/types.js";

/** What the SDK passes to a handler with the request: its signal, and functions to notify and ask the client. */
export type RequestContext = RequestHandlerExtra<ServerRequest, ServerNotification>;
