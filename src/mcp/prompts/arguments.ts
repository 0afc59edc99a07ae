/** Arguments that several prompts take. */
import { identityPoolId, providerName, roleArn as roleArnSchema } from "../../tools/members.ts";

export const poolId = {
  description: "Id of the identity pool, REGION:GUID",
  required: true,
  schema: identityPoolId,
  completes: "pool",
} as const;

/** An existing role; without it, the person creates one. */
export const roleArn = {
  description: "ARN of an existing IAM role for guests",
  required: false,
  schema: roleArnSchema.regex(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, {
    error: "must be arn:aws:iam::ACCOUNT:role/NAME",
  }),
} as const;

export const provider = {
  description: "Name of the login provider, as in Logins",
  required: false,
  schema: providerName,
  completes: "provider",
} as const;
