/** The trust policy that an IAM role needs for an identity pool (https://docs.aws.amazon.com/cognito/latest/developerguide/role-trust-and-permissions.html). */
export function trustPolicy(poolId: string, amr: "authenticated" | "unauthenticated"): string {
  return [
    `its trust policy has the federated principal cognito-identity.amazonaws.com (in AWS GovCloud and China, the principal of that partition)`,
    `the action sts:AssumeRoleWithWebIdentity, and also sts:TagSession if principal tags are mapped`,
    `and the conditions StringEquals cognito-identity.amazonaws.com:aud = ${poolId} and ForAnyValue:StringLike cognito-identity.amazonaws.com:amr = ${amr}`,
  ].join(", ");
}
