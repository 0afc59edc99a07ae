/** How Cognito Identity is named in IAM, by partition. */

/** The partition of a region in ARNs. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return "aws";
}

/**
 * The principal that trust policies name for the pools of a region
 * (https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html,
 * https://docs.amazonaws.cn/en_us/cognito/latest/developerguide/role-trust-and-permissions.html).
 */
export function federatedPrincipal(region: string): string {
  if (region === "us-gov-west-1") return "cognito-identity-us-gov.amazonaws.com";
  if (region.startsWith("us-gov-")) return `cognito-identity.${region}.amazonaws.com`;
  if (region.startsWith("cn-")) return `cognito-identity.${region}.amazonaws.com.cn`;
  return "cognito-identity.amazonaws.com";
}

/**
 * What the condition keys begin with. AWS's page on China
 * (https://docs.amazonaws.cn/cognito/latest/developerguide/identity-pools-security-best-practices.html) shows another name than that of
 * the principal. Both are taken.
 */
export function keyPrefixes(region: string): string[] {
  const principal = federatedPrincipal(region);
  return region.startsWith("cn-") ? [principal, "cognito-identity.amazonaws.com.cn"] : [principal];
}
