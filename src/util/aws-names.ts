/** Formats of AWS names that several modules check. */

/** Matches a region such as `eu-west-1`. For use inside a longer pattern. */
export const REGION_PATTERN = "[a-z]{2,4}(-[a-z]+)+-\\d+";

/** Matches the UUID of a pool or an identity, in lower case as AWS writes it. For use inside a longer pattern. */
export const GUID_PATTERN = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

const id = new RegExp(`^(${REGION_PATTERN}):${GUID_PATTERN}$`);

/** Whether the text has the form of the id of a pool or an identity, `REGION:UUID`; of this region, if one is given. */
export function isIdIn(text: string, ofRegion?: string): boolean {
  const [, own] = id.exec(text) ?? [];
  return own !== undefined && (ofRegion === undefined || own === ofRegion);
}

const region = new RegExp(`^${REGION_PATTERN}$`);

/** Matches the ARN of an identity pool. Groups: its region, and the region of the pool's id. */
export const POOL_ARN = /^arn:aws[\w-]*:cognito-identity:([^:]+):\d{12}:identitypool\/([\w-]+):[0-9a-f-]+$/;

/** Whether the text has the form of an AWS region. */
export function isRegion(text: string): boolean {
  return region.test(text);
}

/** The partitions of AWS, by the beginning of the names of their regions; `aws` has all others. */
const partitions: readonly (readonly [regions: string, partition: string])[] = [
  ["cn-", "aws-cn"],
  ["us-gov-", "aws-us-gov"],
  ["eusc-", "aws-eusc"],
  ["us-isob-", "aws-iso-b"],
  ["eu-isoe-", "aws-iso-e"],
  ["us-isof-", "aws-iso-f"],
  ["us-iso-", "aws-iso"],
];

/** The partition of a region, as ARNs have it. */
export function partitionOf(region: string): string {
  return partitions.find(([regions]) => region.startsWith(regions))?.[1] ?? "aws";
}

/** Matches the partition of an ARN. For use inside a longer pattern. */
export const PARTITION_PATTERN = "aws(?:-cn|-us-gov|-eusc|-iso(?:-[a-z])?)?";
