import { arnOfPool, mistakeInArn, planTag, planUntag } from "../plans/tags.ts";
import { identityPoolId, outputs, poolArn, tagKeys, tags } from "./members.ts";
import { defineGatedTool, defineTool, type Known } from "./tool.ts";

/** AWS wants the ARN of the pool, which has an account id that a caller may not know. */
const target = { ResourceArn: poolArn.optional() };
const controls = { IdentityPoolId: identityPoolId.describe("In place of ResourceArn").optional() };

interface Target {
  readonly ResourceArn?: string | undefined;
  readonly IdentityPoolId?: string | undefined;
}

const refinements = [
  {
    member: "IdentityPoolId",
    holds: ({ ResourceArn, IdentityPoolId }: Target) => (ResourceArn === undefined) !== (IdentityPoolId === undefined),
    message: "pass either IdentityPoolId or ResourceArn",
  },
];

const complete = async <Input extends Target>(input: Input, { region, accountOf }: Known) => {
  const { IdentityPoolId } = input;
  if (IdentityPoolId === undefined) return input;
  const arn = await arnOfPool(IdentityPoolId, region, accountOf);
  return "ResourceArn" in arn ? { ...input, ...arn } : arn;
};

const mistakeIn = async ({ ResourceArn }: Target, { accountOf }: Known) => await mistakeInArn(ResourceArn, accountOf);

const ofTarget = { controls, complete, mistakeIn } as const;

/** The members in whose place an update takes several pools. */
const many = ["IdentityPoolId", "ResourceArn"] as const;

export const listTagsForResource = defineTool({
  name: "list-tags-for-resource",
  summary: "Lists the tags of an identity pool.",
  effect: "read",
  command: "ListTagsForResourceCommand",
  input: target,
  ...ofTarget,
  refinements,
  output: { Tags: outputs.map },
});

export const tagResource = defineGatedTool({
  name: "tag-resource",
  summary: "Adds or changes tags of an identity pool.",
  effect: "update",
  command: "TagResourceCommand",
  input: { ...target, Tags: tags },
  ...ofTarget,
  many,
  output: {},
  plan: planTag,
});

export const untagResource = defineGatedTool({
  name: "untag-resource",
  summary: "Removes tags from an identity pool.",
  effect: "update",
  command: "UntagResourceCommand",
  input: { ...target, TagKeys: tagKeys },
  ...ofTarget,
  many,
  output: {},
  plan: planUntag,
});
