/**
 * The two eras of MCP. Since 2026-07-28 each request carries its version and the client's capabilities in `_meta`; before, `initialize`
 * agreed on both for the process. Each request is served by the era that it shows.
 */

/** The versions without `initialize` that this server speaks. */
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];

/** The version in which all modern requests are described here. */
export const MODERN_VERSION = "2026-07-28";

/** The keys of `_meta` that MCP reserves for the protocol. */
export const META = {
  version: "io.modelcontextprotocol/protocolVersion",
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  clientInfo: "io.modelcontextprotocol/clientInfo",
  serverInfo: "io.modelcontextprotocol/serverInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
} as const;

/** Methods that exist only since 2026-07-28. */
const MODERN_METHODS: readonly unknown[] = ["server/discover", "subscriptions/listen"];

/** Whether a message is a request of the modern era: it carries one of the marks, complete or not, or its method exists only there. */
export function isModern(message: object): boolean {
  const { id, method, params } = message as {
    readonly id?: unknown;
    readonly method?: unknown;
    readonly params?: unknown;
  };
  if (id === undefined || method === undefined) return false;
  if (MODERN_METHODS.includes(method)) return true;
  const meta = typeof params === "object" && params !== null && "_meta" in params ? params._meta : undefined;
  if (typeof meta !== "object" || meta === null) return false;
  return [META.version, META.capabilities, META.clientInfo].some((key) => Object.hasOwn(meta, key));
}
