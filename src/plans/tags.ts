import { quote } from "../util/visible-text.ts";
import type { Read } from "./command.ts";
import { compare } from "./compare.ts";
import type { Plan, ToolCall } from "./plan.ts";
import { describeUndo, emptyToUndefined } from "./undo.ts";

type Tags = Readonly<Record<string, string>>;

/** TagResource adds or replaces the given tags, and keeps the others. */
export async function planTag(
  { ResourceArn, Tags }: { ResourceArn: string; Tags: Tags },
  read: Read,
): Promise<Plan<"TagResourceCommand">> {
  const present = await tagsOf(ResourceArn, read);
  return {
    ...tagging("Tag identity pool", ResourceArn, present, { ...present, ...Tags }),
    request: { ResourceArn, Tags },
  };
}

export async function planUntag(
  { ResourceArn, TagKeys }: { ResourceArn: string; TagKeys: string[] },
  read: Read,
): Promise<Plan<"UntagResourceCommand">> {
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
