/** The forms of AWS's names that several parts check. */

/** A region such as `eu-west-1`, anywhere in a longer pattern. */
export const REGION_PATTERN = "[a-z]{2,4}(-[a-z]+)+-\\d+";

const region = new RegExp(`^${REGION_PATTERN}$`);

/** Whether the text has the form of an AWS region. */
export function isRegion(text: string): boolean {
  return region.test(text);
}
