import { compare, type Plan, type Read } from "./plan.ts";

type Tags = Readonly<Record<string, string>>;

/** TagResource adds and replaces the named tags, and keeps the others. */
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
  const rest = Object.fromEntries(Object.entries(present).filter(([key]) => !TagKeys.includes(key)));
  return { ...tagging("Untag identity pool", ResourceArn, present, rest), request: { ResourceArn, TagKeys } };
}

async function tagsOf(ResourceArn: string, read: Read): Promise<Tags> {
  return (await read("ListTagsForResourceCommand", { ResourceArn })).Tags ?? {};
}

function tagging(action: string, ResourceArn: string, present: Tags, after: Tags) {
  return {
    action,
    target: { id: ResourceArn },
    changes: compare({ Tags: present }, { Tags: after }),
    notes: ["Policies and cost reports may depend on tags."],
    reversible: true,
    confirmation: { by: "choice" as const },
    state: present,
  };
}
