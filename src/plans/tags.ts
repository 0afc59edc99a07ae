import { partitionOf } from "../util/aws-names.ts";
import { quote } from "../util/visible-text.ts";
import type { Read } from "./command.ts";
import { compare } from "./compare.ts";
import { poolIntent } from "./fingerprint.ts";
import type { AccountOf, Plan, ToolCall } from "./plan.ts";
import { describeUndo, emptyToUndefined } from "./undo.ts";

type Tags = Readonly<Record<string, string>>;

/** The ARN of a pool of the caller's account; what to do instead if the account cannot be found out. */
export async function arnOfPool(
  IdentityPoolId: string,
  region: string,
  accountOf: AccountOf,
): Promise<{ ResourceArn: string } | { mistake: string; next: string }> {
  const arn = (account: string) =>
    `arn:${partitionOf(region)}:cognito-identity:${region}:${account}:identitypool/${IdentityPoolId}`;
  const account = await accountOf();
  if (account !== undefined) return { ResourceArn: arn(account) };
  return {
    mistake:
      "The account of the AWS credentials could not be found out, because STS gave no answer, so the ARN of the pool is not known.",
    next: `Pass ResourceArn in place of IdentityPoolId, with the 12-digit account id: ${arn("ACCOUNT")}. Or call again in some minutes.`,
  };
}

/** What is wrong with the ARN of a pool that AWS refuses to read: it may be of another account than the caller's. */
export async function mistakeInArn(ResourceArn: string | undefined, accountOf: AccountOf) {
  // An ARN made from the pool's id has the account of the credentials.
  if (ResourceArn === undefined) return undefined;
  const named = ResourceArn.split(":")[4];
  const account = await accountOf();
  if (account === undefined || named === account) return undefined;
  return {
    mistake: `ResourceArn is of the account ${named}, and the AWS credentials are of the account ${account}.`,
    next: "Pass IdentityPoolId in place of ResourceArn for a pool of this account. For the other account, the operator starts the server with its credentials.",
  };
}

interface Target {
  readonly ResourceArn?: string | undefined;
}

/** The ARN that the arguments were completed to. */
function arnIn({ ResourceArn }: Target): string {
  if (ResourceArn === undefined) throw new TypeError("the arguments were not completed");
  return ResourceArn;
}

/** TagResource adds or replaces the given tags, and keeps the others. */
export async function planTag(
  { Tags, ...target }: Target & { Tags: Tags },
  read: Read,
): Promise<Plan<"TagResourceCommand">> {
  const ResourceArn = arnIn(target);
  const present = await tagsOf(ResourceArn, read);
  return {
    ...tagging("Tag identity pool", ResourceArn, present, { ...present, ...Tags }),
    request: { ResourceArn, Tags },
  };
}

export async function planUntag(
  { TagKeys, ...target }: Target & { TagKeys: string[] },
  read: Read,
): Promise<Plan<"UntagResourceCommand">> {
  const ResourceArn = arnIn(target);
  const present = await tagsOf(ResourceArn, read);
  const removed = new Set(TagKeys);
  const rest = Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key)));
  const absent = [...removed].filter((key) => !Object.hasOwn(present, key));
  const absentNote = absent.length > 0 ? [`The pool has no tag ${absent.map(quote).join(" or ")}.`] : [];
  const plan = tagging("Untag identity pool", ResourceArn, present, rest);
  return {
    ...plan,
    notes: [...plan.notes, ...absentNote],
    facts: absentNote,
    request: { ResourceArn, TagKeys },
  };
}

async function tagsOf(ResourceArn: string, read: Read): Promise<Tags> {
  return (await read("ListTagsForResourceCommand", { ResourceArn })).Tags ?? {};
}

function tagging(action: string, ResourceArn: string, present: Tags, after: Tags) {
  const { reversible, undo, obstacles } = describeUndo(undoTagCalls(ResourceArn, present, after));
  return {
    action,
    target: { id: ResourceArn },
    changes: compare({ Tags: present }, { Tags: after }),
    notes: ["Policies and cost reports may depend on tags.", ...obstacles],
    reversible,
    undo,
    confirmation: { by: "choice" as const },
    state: present,
    // As update-identity-pool would do it.
    intent: poolIntent(
      ResourceArn.slice(ResourceArn.lastIndexOf("/") + 1),
      compare({ IdentityPoolTags: present }, { IdentityPoolTags: after }),
    ),
  };
}

/** The calls that turn the tags `after` into `before`: they remove added tags, then restore removed and changed tags. */
function undoTagCalls(ResourceArn: string, before: Tags, after: Tags): ToolCall[] {
  const TagKeys = Object.keys(after).filter((key) => !Object.hasOwn(before, key));
  const Tags = Object.fromEntries(
    Object.entries(before).filter(([key, value]) => !Object.hasOwn(after, key) || after[key] !== value),
  );
  return [
    ...(TagKeys.length > 0 ? [{ tool: "untag-resource", arguments: { ResourceArn, TagKeys } }] : []),
    ...(emptyToUndefined(Tags) ? [{ tool: "tag-resource", arguments: { ResourceArn, Tags } }] : []),
  ];
}
