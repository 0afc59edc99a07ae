import { quote } from "../util/visible-text.ts";
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
 * SetPrincipalTagAttributeMap replaces the provider's whole map, so this plan reads the map, merges the given values into it, and sends
 * the result. The default mapping and custom tags exclude each other: giving tags turns the defaults off.
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
    action: `Set principal tags of provider ${quote(IdentityProviderName)} of identity pool`,
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    // Defaults that remain defaults are not a change, although the service lists the tags that they stand for.
    changes: present.UseDefaults && useDefaults ? [] : changes,
    notes: [
      "When principal tags are mapped, roles whose trust policy does not allow sts:TagSession give no credentials.",
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

/** The arguments that set the map to exactly this one, whatever it is before. */
function mapping({ UseDefaults, PrincipalTags }: { UseDefaults: boolean; PrincipalTags: object }) {
  if (UseDefaults) return { UseDefaults };
  return { clear: ["PrincipalTags"], ...(emptyToUndefined(PrincipalTags) ? { PrincipalTags } : { UseDefaults }) };
}
