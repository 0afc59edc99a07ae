/** Formats of AWS names that several modules check. */

/** Matches a region such as `eu-west-1`. For use inside a longer pattern. */
export const REGION_PATTERN = "[a-z]{2,4}(-[a-z]+)+-\\d+";

const region = new RegExp(`^${REGION_PATTERN}$`);

/** Whether the text has the form of an AWS region. */
export function isRegion(text: string): boolean {
  return region.test(text);
}
