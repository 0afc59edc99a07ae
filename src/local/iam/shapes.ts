/** The named shapes of IAM (https://docs.aws.amazon.com/IAM/latest/APIReference/), with their constraints. */
import { optional, required, type Shape } from "../protocol/shapes.ts";

const name = (max: number): Shape => ({ type: "string", min: 1, max, pattern: "[\\w+=,.@-]+" });

export const roleName = name(64);
export const policyName = name(128);
export const samlProviderName: Shape = { type: "string", min: 1, max: 128, pattern: "[\\w._-]+" };
export const path: Shape = { type: "string", min: 1, max: 512, pattern: "(/)|(/[!-~]+/)" };
export const pathPrefix: Shape = { type: "string", min: 1, max: 512, pattern: "/[!-~]*" };
/** The size that counts is the quota's, which is smaller. */
export const document: Shape = { type: "string", min: 1, max: 131_072, pattern: "[\\t\\n\\r -ÿ]+" };
export const description: Shape = { type: "string", min: 0, max: 1000, pattern: "[\\t\\n\\r -~¡-ÿ]*" };
export const sessionDuration: Shape = { type: "number", min: 3600, max: 43_200 };
export const arn: Shape = { type: "string", min: 20, max: 2048 };
export const versionId: Shape = { type: "string", pattern: "v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?" };
export const tags: Shape = {
  type: "list",
  max: 50,
  of: {
    type: "structure",
    members: {
      Key: required({ type: "string", min: 1, max: 128, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+" }),
      Value: required({ type: "string", min: 0, max: 256, pattern: "[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*" }),
    },
  },
};
export const url: Shape = { type: "string", min: 1, max: 255 };
export const clientIds: Shape = { type: "list", of: { type: "string", min: 1, max: 255 } };
export const thumbprints: Shape = { type: "list", of: { type: "string", min: 40, max: 40 } };
/** AWS takes 10,000,000 characters. Less is kept here, so that the state stays small. */
export const metadata: Shape = { type: "string", min: 1000, max: 256_000 };

/** Of the operations that answer with pages. */
export const paging = {
  Marker: optional({ type: "string", min: 1, max: 320_000 }),
  MaxItems: optional({ type: "number", min: 1, max: 1000 }),
};
