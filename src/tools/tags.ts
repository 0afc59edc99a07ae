import { planTag, planUntag } from "../plans/tags.ts";
import { outputs, poolArn, tagKeys, tags } from "./members.ts";
import { defineGatedTool, defineTool } from "./tool.ts";

export const listTagsForResource = defineTool({
  name: "list-tags-for-resource",
  summary: "Lists the tags of an identity pool.",
  effect: "read",
  command: "ListTagsForResourceCommand",
  input: { ResourceArn: poolArn },
  output: { Tags: outputs.map },
});

export const tagResource = defineGatedTool({
  name: "tag-resource",
  summary: "Adds or changes tags of an identity pool.",
  effect: "update",
  command: "TagResourceCommand",
  input: { ResourceArn: poolArn, Tags: tags },
  output: {},
  plan: planTag,
});

export const untagResource = defineGatedTool({
  name: "untag-resource",
  summary: "Removes tags from an identity pool.",
  effect: "update",
  command: "UntagResourceCommand",
  input: { ResourceArn: poolArn, TagKeys: tagKeys },
  output: {},
  plan: planUntag,
});
