/** Results of MCP 2026-07-28 that depend on nothing but the settings: `server/discover` and the lists. */

import { META, MODERN_VERSIONS } from "./era.ts";

/** How long a client may keep such a result, in milliseconds. Nothing in it changes while the server runs. */
const TTL_MS = 300_000;

interface Discovered {
  readonly capabilities: object;
  readonly instructions: string;
  readonly serverInfo: object;
}

/** The members that such a result has besides its own. It is private, because it depends on the settings of this operator. */
export function settledMembers(serverInfo: object): object {
  return {
    ttlMs: TTL_MS,
    cacheScope: "private",
    resultType: "complete",
    _meta: { [META.serverInfo]: serverInfo },
  };
}

/** The result of `server/discover`. */
export function discoverResult({ capabilities, instructions, serverInfo }: Discovered): object {
  return { supportedVersions: MODERN_VERSIONS, capabilities, instructions, ...settledMembers(serverInfo) };
}
