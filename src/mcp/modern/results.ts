/** Results of the modern era: each says whether it is complete, and which server gave it. */
import type { RequestId } from "@modelcontextprotocol/sdk/types.js";
import { META } from "../era.ts";

/** Name and version of this server, as each result tells them. */
export interface ServerInfo {
  readonly name: string;
  readonly version: string;
}

/** The members that each complete result has besides its own. */
export function completeMembers(serverInfo: ServerInfo): object {
  return { resultType: "complete", _meta: { [META.serverInfo]: serverInfo } };
}

/** The members of a result with a question. */
export function inputRequiredMembers(serverInfo: ServerInfo): object {
  return { resultType: "input_required", _meta: { [META.serverInfo]: serverInfo } };
}

/** The members of a result that ends a subscription. */
export function subscriptionEndMembers(serverInfo: ServerInfo, id: RequestId): object {
  return { resultType: "complete", _meta: { [META.serverInfo]: serverInfo, [META.subscription]: id } };
}

/** For what is read from the account, which others change too. */
export const neverKeep = { ttlMs: 0, cacheScope: "private" } as const;

/** The members of a modern result that stay when its content is withheld; none of a legacy result. */
export function membersToKeep(result: object): object {
  const { resultType, _meta } = result as { readonly resultType?: unknown; readonly _meta?: unknown };
  return resultType === undefined ? {} : { resultType: "complete", ...(_meta !== undefined && { _meta }) };
}
