/** What an IAM role needs so that an identity pool can give it out (https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html). */
export function trustPolicy(poolId: string, amr: "authenticated" | "unauthenticated"): string {
  return [
    `its trust policy has the federated principal cognito-identity.amazonaws.com (in AWS GovCloud and China the partition's own)`,
    `the action sts:AssumeRoleWithWebIdentity, and sts:TagSession too where principal tags are mapped`,
    `and the conditions StringEquals cognito-identity.amazonaws.com:aud = ${poolId} and ForAnyValue:StringLike cognito-identity.amazonaws.com:amr = ${amr}`,
  ].join(", ");
}
