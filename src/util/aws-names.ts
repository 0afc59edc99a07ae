/** Formats of AWS names that several modules check. */

/** Matches a region such as `eu-west-1`. For use inside a longer pattern. */
export const REGION_PATTERN = "[a-z]{2,4}(-[a-z]+)+-\\d+";

const region = new RegExp(`^${REGION_PATTERN}$`);

/** Matches the ARN of an identity pool. Groups: its region, and the region of the pool's id. */
export const POOL_ARN = /^arn:aws[\w-]*:cognito-identity:([^:]+):\d{12}:identitypool\/([\w-]+):[0-9a-f-]+$/;

/** Whether the text has the form of an AWS region. */
export function isRegion(text: string): boolean {
  return region.test(text);
}
