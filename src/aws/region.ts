/** The region of a call, taken from its ids and ARNs: in a wrong region, the service answers "not found". */
import { isRegion, POOL_ARN } from "../util/aws-names.ts";

export type Route =
  | { readonly region: string }
  | { readonly problem: string; readonly next: string }
  /** No member names a region. */
  | { readonly region: undefined };

/** The one region that all ids and ARNs of a call name. A `region` beside them must be the same one. */
export function routeOf(input: Readonly<Record<string, unknown>>): Route {
  const named: [member: string, region: string][] = [];
  for (const [member, value] of Object.entries(input)) {
    if (member === "ResourceArn" && typeof value === "string") {
      const [, region, poolRegion] = POOL_ARN.exec(value) ?? [];
      if (!region || !poolRegion) return notPoolArn;
      named.push([member, region], [`the pool id in ${member}`, poolRegion]);
    }
    if (member === "IdentityPoolId" || member === "IdentityId") named.push([member, regionOfId(value)]);
    if ((member === "IdentityIdsToDelete" || member === "IdentityPoolIds") && Array.isArray(value))
      named.push(...value.map((id, index): [string, string] => [`${member}[${index}]`, regionOfId(id)]));
  }
  const [first, ...others] = named;
  if (!first) return { region: undefined };
  const { region: asked } = input;
  if (typeof asked === "string") others.push(["region", asked]);
  const other = others.find(([, region]) => region !== first[1]);
  if (other)
    return {
      problem:
        other[0] === "region"
          ? `${first[0]} is in ${first[1]}, but region is ${other[1]}.`
          : `${first[0]} is in ${first[1]}, but ${other[0]} is in ${other[1]}.`,
      next: other[0] === "region" ? "Leave region out: the id names it." : "Call once for each region.",
    };
  if (!isRegion(first[1]))
    return {
      problem: `${first[0]} begins with ${JSON.stringify(first[1])}, which is not an AWS region.`,
      next: "Use an id of the form REGION:GUID, with a region such as eu-west-1. list-identity-pools shows the ids.",
    };
  return { region: first[1] };
}

const notPoolArn = {
  problem: "ResourceArn is not the ARN of an identity pool.",
  next: "Use arn:aws:cognito-identity:REGION:ACCOUNT:identitypool/POOL_ID, with the 12-digit account id.",
};

function regionOfId(id: unknown): string {
  return String(id).split(":", 1)[0] ?? "";
}
