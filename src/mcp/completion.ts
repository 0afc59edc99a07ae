/** Completion of prompt arguments and of parameters in resource URIs. */

import type { Policy } from "../guards/policy.ts";
import { loginProvidersOf } from "../selections/pool-filters.ts";
import { REGION_PATTERN } from "../util/aws-names.ts";
import { escapeInvisible } from "../util/visible-text.ts";
import type { CompletionSource } from "./prompts/prompt.ts";
import type { CallTool } from "./resources/documents.ts";
import type { KnownPool, PoolNames } from "./resources/pools.ts";
import { knownRegions } from "./resources/regions.ts";

/** The maximum number of values in a completion, from the MCP specification. */
const MAX_VALUES = 100;

export interface Completion {
  readonly values: string[];
  readonly total: number;
  readonly hasMore: boolean;
}

/** The argument to complete, and the other arguments. */
interface CompletionRequest {
  readonly completes: CompletionSource | undefined;
  readonly typed: string;
  /** The other arguments that have a value already. */
  readonly others: Readonly<Record<string, string>>;
}

interface CompletionContext {
  readonly policy: Policy;
  readonly poolNames: PoolNames;
  readonly callTool: CallTool;
}

/**
 * A pool's id is also found by any part of the pool's name. If the values cannot be read, the list is empty: a failed
 * completion must not stop the user.
 */
export async function complete(
  { completes, typed, others }: CompletionRequest,
  known: CompletionContext,
): Promise<Completion> {
  switch (completes) {
    case undefined:
      return give([]);
    case "region":
      return give([...(known.policy.regions ?? knownRegions)].filter((region) => begins(region, typed)));
    case "pool":
      return give(await completePool(typed, others, known));
    case "provider":
      return give(
        loginProvidersOf(await poolNamed(others["poolId"], known.callTool))
          .map((name) => name.split(":oidc-provider/")[1] ?? name)
          .filter((name) => begins(name, typed)),
      );
    case "developer provider": {
      const { DeveloperProviderName: name } = await poolNamed(others["poolId"], known.callTool);
      return give(typeof name === "string" && begins(name, typed) ? [name] : []);
    }
    default:
      return give(completes.filter((value) => begins(value, typed)));
  }
}

async function completePool(
  typed: string,
  others: CompletionRequest["others"],
  { poolNames, callTool }: CompletionContext,
): Promise<string[]> {
  const pools = await poolNames.of(regionOf(typed) ?? others["region"], callTool);
  const ids = (found: readonly KnownPool[]) => found.map(({ id }) => id);
  const byId = pools.filter(({ id }) => begins(id, typed));
  const byName = pools.filter((pool) => !byId.includes(pool) && contains(pool.name ?? "", typed));
  return [...ids(byId), ...ids(byName)];
}

const regionOfId = new RegExp(`^(${REGION_PATTERN}):`);

/** The region at the beginning of an id, if it was typed completely. */
function regionOf(typed: string): string | undefined {
  return regionOfId.exec(typed)?.[1];
}

/** The configuration of the pool that another argument names; empty if it cannot be read. */
async function poolNamed(
  IdentityPoolId: string | undefined,
  callTool: CallTool,
): Promise<Readonly<Record<string, unknown>>> {
  if (IdentityPoolId === undefined) return {};
  const described = await callTool("describe-identity-pool", { IdentityPoolId });
  return described.kind === "success" ? described.content : {};
}

function begins(text: string, typed: string): boolean {
  return text.toLowerCase().startsWith(typed.toLowerCase());
}

function contains(text: string, typed: string): boolean {
  return text.toLowerCase().includes(typed.toLowerCase());
}

function give(found: readonly string[]): Completion {
  const values = found.slice(0, MAX_VALUES).map(escapeInvisible);
  return { values, total: found.length, hasMore: found.length > MAX_VALUES };
}
