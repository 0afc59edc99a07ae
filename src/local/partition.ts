/** What differs between AWS's partitions: the names of the service in tokens, logins and ARNs. */

const PUBLIC_HOST = "cognito-identity.amazonaws.com";

/**
 * The host of the service as an issuer of tokens. China's issuer and GovCloud's service principals are documented
 * (https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html). That GovCloud's tokens have the principal
 * as their issuer is inferred: IAM compares the two.
 */
export function serviceHost(region: string): string {
  if (region.startsWith("cn-")) return `cognito-identity.${region}.amazonaws.com.cn`;
  if (region === "us-gov-west-1") return "cognito-identity-us-gov.amazonaws.com";
  if (region === "us-gov-east-1") return "cognito-identity.us-gov-east-1.amazonaws.com";
  return PUBLIC_HOST;
}

/** The keys of `Logins` that stand for a token of this service. In GovCloud, AWS does not document which. */
export function ownProviders(region: string): readonly string[] {
  const host = serviceHost(region);
  return region.startsWith("us-gov-") ? [host, PUBLIC_HOST] : [host];
}

/** Prefixes of regions, and their partitions. Every other region belongs to `aws`. */
const partitions: readonly (readonly [prefix: string, partition: string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["us-isob-", "aws-iso-b"],
  ["us-isof-", "aws-iso-f"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-iso-", "aws-iso"],
  ["eusc-", "aws-eusc"],
];

export function partitionOf(region: string): string {
  return partitions.find(([prefix]) => region.startsWith(prefix))?.[1] ?? "aws";
}

/** The ARN of a pool. */
export function poolArn(poolId: string, accountId: string): string {
  const [region = ""] = poolId.split(":", 1);
  return `arn:${partitionOf(region)}:cognito-identity:${region}:${accountId}:identitypool/${poolId}`;
}
