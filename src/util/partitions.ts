/** Facts of AWS partitions that differ between them. */

/**
 * The federated principal that a role of an identity pool in this region trusts, which is also the prefix of the condition keys `:aud`,
 * `:amr` and `:sub`. Undefined where it is not known: China, and partitions that the developer guide does not describe.
 * From https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html and the Cognito developer guide, "Role trust
 * and permissions".
 */
export function trustPrincipal(region: string): string | undefined {
  if (region === "us-gov-west-1") return "cognito-identity-us-gov.amazonaws.com";
  if (region === "us-gov-east-1") return "cognito-identity.us-gov-east-1.amazonaws.com";
  return /^(?:cn|us-gov|eusc|us-iso[a-z]?|eu-iso[a-z]?)-/.test(region) ? undefined : "cognito-identity.amazonaws.com";
}
