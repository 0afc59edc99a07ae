/** Ids and names of pools, for completion. */
import type { Outcome } from "../../call/types.ts";
import type { Policy } from "../../guards/policy.ts";
import type { CallTool } from "./documents.ts";

export interface KnownPool {
  readonly id: string;
  /** The name, which is untrusted; undefined if it could not be read. */
  readonly name?: string | undefined;
}

/** The maximum number of pools that are described one by one, if the operator allows only some. */
const MAX_LOOKED_UP = 10;

/** How long a list of pools is cached in milliseconds: about as long as somebody types. */
const FRESH_MS = 15_000;

/** A short-lived cache of pools by region: clients request completion at every keystroke. */
export interface PoolNames {
  /** The pools of the region (default: the server's region), or the pools that the operator allows; empty if they cannot be read. */
  of(region: string | undefined, callTool: CallTool): Promise<readonly KnownPool[]>;
  forget(): void;
}

export function createPoolNames(policy: Policy): PoolNames {
  const read = new Map<string, { readonly at: number; readonly pools: readonly KnownPool[] }>();

  return {
    async of(region, callTool) {
      const key = policy.pools ? "allowed" : (region ?? "");
      const known = read.get(key);
      if (known && Date.now() - known.at < FRESH_MS) return known.pools;
      const pools = policy.pools ? await allowedPools(policy.pools, callTool) : await poolsOf(region, callTool);
      if (pools.length > 0) read.set(key, { at: Date.now(), pools });
      return pools;
    },
    forget: () => read.clear(),
  };
}

async function poolsOf(region: string | undefined, callTool: CallTool): Promise<KnownPool[]> {
  return poolsIn(await callTool("list-identity-pools", { allPages: true, ...(region !== undefined && { region }) }));
}

/** The pools that the operator allows; only the first ones have names. */
async function allowedPools(ids: ReadonlySet<string>, callTool: CallTool): Promise<KnownPool[]> {
  return await Promise.all(
    [...ids].map(async (id, position) => {
      const described = position < MAX_LOOKED_UP && (await callTool("describe-identity-pool", { IdentityPoolId: id }));
      const name = described && described.kind === "success" ? described.content["IdentityPoolName"] : undefined;
      return { id, ...(typeof name === "string" && { name }) };
    }),
  );
}

/** The pools in an answer of list-identity-pools. */
function poolsIn(outcome: Outcome): KnownPool[] {
  if (outcome.kind !== "success") return [];
  const { IdentityPools = [] } = outcome.content as {
    IdentityPools?: readonly { readonly IdentityPoolId?: string; readonly IdentityPoolName?: string }[];
  };
  return IdentityPools.flatMap(({ IdentityPoolId: id, IdentityPoolName: name }) =>
    id === undefined ? [] : [{ id, name }],
  );
}

/** Whether a call changed, or may have changed, which pools exist or their names. */
export function changesPools(tool: string, outcome: Outcome): boolean {
  const happened = outcome.kind === "success" || (outcome.kind === "failure" && outcome.unknown === true);
  if (!happened) return false;
  if (tool === "create-identity-pool" || tool === "delete-identity-pool") return true;
  if (tool !== "update-identity-pool") return false;
  if (outcome.kind === "failure") return true;
  const { approved } = outcome.content as {
    approved?: { readonly changes?: readonly { readonly path?: string; readonly paths?: readonly string[] }[] };
  };
  // Without a plan nothing was changed; without its changes, which an earlier answer has shown, anything may have been.
  if (approved === undefined) return false;
  return approved.changes?.some(({ path, paths = [] }) => [path, ...paths].includes("IdentityPoolName")) ?? true;
}
