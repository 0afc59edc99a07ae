/** Trust policies and roles of seeds. */
import { account, poolId } from "./names.ts";

export const COGNITO = "cognito-identity.amazonaws.com";

/** What differs from a trust policy that lets identities of a pool in. */
interface TrustParts {
  /** The number of the pool, or any text, as the condition on aud has it. */
  readonly aud: number | string;
  readonly amr?: "authenticated" | "unauthenticated";
  /** The name of the service in this partition, in the condition keys. */
  readonly service?: string;
  readonly principal?: string;
  /** Further statements. */
  readonly more?: readonly object[];
}

export function trustPolicy({ aud, amr = "authenticated", service = COGNITO, principal, more = [] }: TrustParts) {
  return {
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Principal: { Federated: principal ?? service },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${service}:aud`]: typeof aud === "string" ? aud : poolId(aud) },
          "ForAnyValue:StringLike": { [`${service}:amr`]: amr },
        },
      },
      ...more,
    ],
  };
}

/** A role of a seed, which trusts identities as `parts` say. */
export function seedRole(RoleName: string, parts: TrustParts, policies: Readonly<Record<string, object>> = {}) {
  return {
    RoleName,
    AssumeRolePolicyDocument: trustPolicy(parts),
    Policies: Object.entries(policies).map(([PolicyName, Statement]) => ({
      PolicyName,
      PolicyDocument: { Version: "2012-10-17", Statement },
    })),
  };
}

/** As a service of AWS writes a denial to whoever has credentials of a role. */
export const deniedTo = (role: string, action: string, resource: string, because: string) =>
  `User: arn:aws:sts::${account}:assumed-role/${role}/CognitoIdentityCredentials is not authorized to perform: ${action} on resource: "${resource}" because ${because}`;
