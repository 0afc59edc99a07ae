import type { Read, Request } from "./command.ts";
import { compare } from "./compare.ts";
import { merge } from "./merge.ts";
import type { Plan } from "./plan.ts";
import { describeUndo, emptyToUndefined } from "./undo.ts";

type SetMap = Request<"SetPrincipalTagAttributeMapCommand"> & {
  IdentityPoolId: string;
  IdentityProviderName: string;
  clear?: readonly string[] | undefined;
};

/** The tags that UseDefaults stands for (https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html). */
const DEFAULTS = { client: "aud", username: "sub" };

/**
 * SetPrincipalTagAttributeMap replaces the provider's whole map, so it is read, merged with what was named, and sent
 * whole. The default mapping and one of your own exclude each other: naming tags leaves the defaults.
 */
export async function planSetMap(
  { IdentityPoolId, IdentityProviderName, clear = [], UseDefaults, PrincipalTags }: SetMap,
  read: Read,
): Promise<Plan<"SetPrincipalTagAttributeMapCommand">> {
  const provider = { IdentityPoolId, IdentityProviderName };
  const [pool, map] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    read("GetPrincipalTagAttributeMapCommand", provider),
  ]);
  const present = { UseDefaults: map.UseDefaults ?? false, PrincipalTags: map.PrincipalTags ?? {} };
  const useDefaults = UseDefaults ?? (PrincipalTags ? false : present.UseDefaults);
  const own = present.UseDefaults ? {} : { PrincipalTags: present.PrincipalTags };
  const merged = useDefaults
    ? { UseDefaults: true }
    : { PrincipalTags: {}, ...merge(own, { PrincipalTags }, clear), UseDefaults: false };
  const changes = compare(present, useDefaults ? { ...merged, PrincipalTags: DEFAULTS } : merged);
  const { reversible, undo, obstacles } = describeUndo([
    { tool: "set-principal-tag-attribute-map", arguments: { ...provider, ...mapping(present) } },
  ]);
  return {
    action: "Set principal tags of a provider",
    target: { id: `${IdentityPoolId} ${IdentityProviderName}`, name: pool.IdentityPoolName },
    // Defaults that stay defaults: the service lists the tags they stand for, which is no change.
    changes: present.UseDefaults && useDefaults ? [] : changes,
    notes: [
      "Roles whose trust policy lacks sts:TagSession give no credentials once principal tags are mapped.",
      ...(useDefaults ? ["The defaults map client to aud and username to sub."] : []),
      ...obstacles,
    ],
    reversible,
    undo,
    confirmation: { by: "choice" },
    state: { pool, present },
    request: { ...provider, ...merged },
  };
}

/** The arguments that make a map just this one, whatever it is before. */
function mapping({ UseDefaults, PrincipalTags }: { UseDefaults: boolean; PrincipalTags: object }) {
  if (UseDefaults) return { UseDefaults };
  return { clear: ["PrincipalTags"], ...(emptyToUndefined(PrincipalTags) ? { PrincipalTags } : { UseDefaults }) };
}
