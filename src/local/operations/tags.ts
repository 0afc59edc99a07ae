import type {
  ListTagsForResourceInput,
  ListTagsForResourceResponse,
  TagResourceInput,
  UntagResourceInput,
} from "@aws-sdk/client-cognito-identity";
import { type Context, operation } from "../context.ts";
import { partitionOf } from "../partition.ts";
import { errors } from "../protocol/errors.ts";
import { arn, required, tagKeys, tags } from "../protocol/shapes.ts";
import { checkTags, type Pool } from "../state/store.ts";

export const listTagsForResource = operation<ListTagsForResourceInput, ListTagsForResourceResponse>({
  signed: true,
  input: { ResourceArn: required(arn) },
  run: ({ ResourceArn }, context) => ({ Tags: { ...poolOf(ResourceArn, "ListTagsForResource", context).tags } }),
});

export const tagResource = operation<TagResourceInput, object>({
  signed: true,
  input: { ResourceArn: required(arn), Tags: required(tags) },
  run({ ResourceArn, Tags }, context) {
    const pool = poolOf(ResourceArn, "TagResource", context);
    const tagged = { ...pool.tags, ...Tags };
    checkTags(tagged);
    context.store.updatePool(pool, { tags: tagged });
    return {};
  },
});

export const untagResource = operation<UntagResourceInput, object>({
  signed: true,
  input: { ResourceArn: required(arn), TagKeys: required(tagKeys) },
  run({ ResourceArn, TagKeys }, context) {
    const pool = poolOf(ResourceArn, "UntagResource", context);
    const rest = Object.fromEntries(Object.entries(pool.tags).filter(([key]) => !TagKeys.includes(key)));
    context.store.updatePool(pool, { tags: rest });
    return {};
  },
});

const poolArn = /^arn:aws[\w-]*:cognito-identity:([a-z0-9-]+):(\d{12}):identitypool\/(.+)$/;

/** IAM denies what is not the ARN of a pool of the account, even to an administrator. */
function poolOf(resourceArn: string, operationName: string, { accountId, region, store }: Context): Pool {
  const [, arnRegion, account, id = ""] = poolArn.exec(resourceArn) ?? [];
  if (account !== accountId)
    throw errors.accessDenied(`arn:${partitionOf(region)}:iam::${accountId}:user/local`, operationName, resourceArn);
  if (arnRegion !== region) throw errors.poolNotFound(id);
  return store.pool(region, id);
}
