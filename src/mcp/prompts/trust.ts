import { isRegion } from "../../util/aws-names.ts";
import { trustPrincipal } from "../../util/partitions.ts";

/** The trust policy that an IAM role needs for an identity pool (https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html). */
export function trustPolicy(
  poolId: string,
  amr: "authenticated" | "unauthenticated",
  region = regionOf(poolId),
): string {
  const { principal, note } = principalIn(region);
  return [
    `its trust policy has the federated principal ${principal}${note}`,
    `the action sts:AssumeRoleWithWebIdentity, and also sts:TagSession if principal tags are mapped`,
    `and the conditions StringEquals ${principal}:aud = ${poolId} and ForAnyValue:StringLike ${principal}:amr = ${amr}`,
  ].join(", ");
}

/** The condition keys that a role of the pool checks. */
export function trustKeys(poolId: string): string {
  const { principal, note } = principalIn(regionOf(poolId));
  return `${principal}:aud for this pool and ${principal}:amr for the kind of identity${note}`;
}

/** In a region that is not known, and in a partition whose principal is not known, the note says so. */
function principalIn(region: string | undefined): { principal: string; note: string } {
  if (region === undefined)
    return {
      principal: "cognito-identity.amazonaws.com",
      note: " (in AWS GovCloud and China, the principal of that partition)",
    };
  const principal = trustPrincipal(region);
  if (principal !== undefined) return { principal, note: "" };
  const note = ` (in ${region}, PRINCIPAL is not known to this server: find it in AWS's documentation of the partition)`;
  return { principal: "PRINCIPAL", note };
}

function regionOf(poolId: string): string | undefined {
  const [region = ""] = poolId.split(":");
  return isRegion(region) ? region : undefined;
}
