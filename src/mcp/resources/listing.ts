/** The list of resources. It is made from the settings alone, because hosts request it at every start: other pools are found by templates. */

import { denialForCall, denialForTool, type Policy, type PolicySubject } from "../../guards/policy.ts";
import { formatUri, templates } from "./uri.ts";

interface ListedResource {
  readonly uri: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly mimeType: string;
}

/** The settings on which the list depends. */
export interface ListSettings {
  readonly tools: readonly PolicySubject[];
  readonly policy: Policy;
  /** The region that the settings name. */
  readonly region?: string | undefined;
}

/** The pools that the operator allows. If all pools are allowed, the regions that the operator allows, or else the server's region. */
export function listResources({ tools, policy, region }: ListSettings): ListedResource[] {
  const can = (name: string): boolean => {
    const tool = tools.find((tool) => tool.name === name);
    return tool !== undefined && !denialForTool(tool, policy);
  };
  if (policy.pools) {
    const isAllowed = (id: string) => !denialForCall({ IdentityPoolId: id }, id.split(":", 1)[0] ?? "", policy);
    return can("describe-identity-pool") ? [...policy.pools].filter(isAllowed).map(listPool) : [];
  }
  const regions = policy.regions ?? (region === undefined ? [] : [region]);
  return can("list-identity-pools") ? [...regions].map(listRegion) : [];
}

/** The entry of a region. */
export function listRegion(region: string): ListedResource {
  const { uriTemplate: _, ...entry } = templates[0];
  return { ...entry, uri: formatUri({ kind: "pools", region }), title: `Identity pools in ${region}` };
}

/** The entry of a pool. Its name is in the resource itself. */
function listPool(poolId: string): ListedResource {
  const { uriTemplate: _, ...entry } = templates[1];
  return { ...entry, uri: formatUri({ kind: "pool", poolId }), name: poolId, title: `Identity pool ${poolId}` };
}
