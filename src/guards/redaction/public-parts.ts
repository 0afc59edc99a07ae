/** What of a secret is public, and which values are too public to be one. */

/**
 * Ids of Cognito, GUIDs, ARNs, regions, account ids and names of login providers. Test services issue such values as tokens, and some
 * take an account id as access key. To search for them would take ordinary ids out of every answer.
 */
const publicShapes = [
  /^\d{12}$/,
  /^[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d{1,2}(?::[\da-f-]{1,55})?$/,
  /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
  /^arn:[\w-]+:[^\s]+$/,
  /^[a-z]{2,4}(?:-[a-z]{3,12}){1,3}-\d{1,2}_[A-Za-z\d]{1,55}$/,
  /^(?:[a-z\d-]+\.)+[a-z]{2,24}(?:\/[a-z]{2,4}(?:-[a-z]+)+-\d+_[A-Za-z\d]{1,55})?(?::\w{1,128})?$/,
];

/** Whether a value has the form of an id, ARN, region or provider name, which no answer can do without. */
export function isPublicShape(value: string): boolean {
  return publicShapes.some((shape) => shape.test(value));
}

/**
 * How a token begins that everybody knows: a JSON Web Token with its header, and a session token of STS with the version and
 * name of the service that issued it (seen in published tokens: `IQoJb3JpZ2luX2Vj` is base64 of "origin_ec", `FwoGZXIvYXdzE` of
 * "er/aws").
 */
const publicPrefixes = [/^eyJ[\w-]*\./, /^(?:IQoJb3JpZ2luX2Vj|FwoGZXIvYXdzE|FQoGZXIvYXdzE|FQoDYXdzE)/];

/** How many characters at the start of a secret are public; 0 for most. */
export function publicPrefixLength(secret: string): number {
  for (const prefix of publicPrefixes) {
    const [found] = prefix.exec(secret) ?? [];
    if (found !== undefined) return found.length;
  }
  return 0;
}
