/** Arguments that several prompts take. */
import { arn, identityPoolId, providerName } from "../../tools/members.ts";

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
  schema: arn.regex(/^arn:[\w-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/, {
    error: "expected arn:aws:iam::ACCOUNT:role/NAME",
  }),
} as const;

export const provider = {
  description: "Name of the login provider, as in Logins",
  required: false,
  schema: providerName,
  completes: "provider",
} as const;
