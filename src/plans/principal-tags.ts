import { quote } from "../util/visible-text.ts";
import type { Read, Request, Response } from "./command.ts";
import { compare } from "./compare.ts";
import { ImpossibleChangeError, type Plan } from "./plan.ts";
import { describeUndo, emptyToUndefined } from "./undo.ts";
import { inverseUpdateArguments } from "./update/inverse.ts";
import { merge, type UpdateControls } from "./update/merge.ts";
import { readPrincipalTagMap } from "./update/principal-tags.ts";
import { listed, providersOf, tagNameIn } from "./update/providers.ts";

type SetMap = Request<"SetPrincipalTagAttributeMapCommand"> &
  UpdateControls & { IdentityPoolId: string; IdentityProviderName: string };

/** The tags that UseDefaults stands for (https://docs.aws.amazon.com/cognito/latest/developerguide/attributes-for-access-control.html). */
const DEFAULTS = { client: "aud", username: "sub" };

/**
 * SetPrincipalTagAttributeMap replaces the provider's whole map, so this plan reads the map, merges the given values into it, and sends
 * the result. The default mapping and custom tags exclude each other: giving tags turns the defaults off. Raises ImpossibleChangeError for
 * a provider that the pool does not have.
 */
export async function planSetMap(
  { IdentityPoolId, IdentityProviderName: asked, UseDefaults, PrincipalTags, ...controls }: SetMap,
  read: Read,
): Promise<Plan<"SetPrincipalTagAttributeMapCommand">> {
  const pool = await read("DescribeIdentityPoolCommand", { IdentityPoolId });
  const provider = { IdentityPoolId, IdentityProviderName: tagNameOf(pool, asked) };
  const map = await readPrincipalTagMap(provider, read);
  const present = { UseDefaults: map.UseDefaults ?? false, PrincipalTags: map.PrincipalTags ?? {} };
  const useDefaults = UseDefaults ?? (PrincipalTags ? false : present.UseDefaults);
  const own = present.UseDefaults ? {} : present.PrincipalTags;
  const { merged: tags, facts } = merge({ PrincipalTags: own }, { PrincipalTags }, controls);
  const merged = useDefaults ? { UseDefaults: true } : { ...tags, UseDefaults: false };
  const changes = compare(present, useDefaults ? { ...merged, PrincipalTags: DEFAULTS } : merged);
  // The defaults come and go as a whole.
  const isCustom = !present.UseDefaults && !useDefaults && changes.length > 0;
  const inverse = isCustom ? inverseUpdateArguments({ PrincipalTags: own }, tags) : mapping(present);
  const { reversible, undo, obstacles } = describeUndo([
    { tool: "set-principal-tag-attribute-map", arguments: { ...provider, ...inverse } },
  ]);
  return {
    action: `Set principal tags of provider ${quote(provider.IdentityProviderName)} of identity pool`,
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    // Defaults that remain defaults are not a change, although the service lists the tags that they stand for.
    changes: present.UseDefaults && useDefaults ? [] : changes,
    notes: [
      "When principal tags are mapped, roles whose trust policy does not allow sts:TagSession give no credentials.",
      ...(useDefaults ? ["The defaults map client to aud and username to sub."] : []),
      ...facts,
      ...obstacles,
    ],
    facts,
    reversible,
    undo,
    confirmation: { by: "choice" },
    state: { pool, present },
    request: { ...provider, ...merged },
  };
}

/** The name that AWS takes for the provider. Raises ImpossibleChangeError if the pool has no such provider. */
function tagNameOf(pool: Response<"DescribeIdentityPoolCommand">, asked: string): string {
  const name = tagNameIn(pool, asked);
  if (name !== undefined) return name;
  const names = [...new Set(providersOf(pool).map(({ tagName }) => tagName))];
  throw new ImpossibleChangeError(
    `The pool has no provider ${quote(asked)}. ${names.length === 0 ? "It has no providers." : `Its providers are ${listed(names)}.`} Nothing was sent.`,
    "Pass one of these as IdentityProviderName, or add the provider first with update-identity-pool.",
  );
}

/** The arguments that set the map to exactly this one, whatever it is before. */
function mapping({ UseDefaults, PrincipalTags }: { UseDefaults: boolean; PrincipalTags: object }) {
  if (UseDefaults) return { UseDefaults };
  return { clear: ["PrincipalTags"], ...(emptyToUndefined(PrincipalTags) ? { PrincipalTags } : { UseDefaults }) };
}

/** Providers with the same name everywhere. */
const publicDomains = new Set([
  "accounts.google.com",
  "graph.facebook.com",
  "www.amazon.com",
  "appleid.apple.com",
  "api.twitter.com",
  "www.digits.com",
]);

/** The provider's name as AWS takes it, for a call that only reads: an OIDC provider's host becomes its ARN. Raises the SDK's errors. */
export async function withTagName(
  input: { readonly IdentityPoolId: string; readonly IdentityProviderName: string },
  read: Read,
): Promise<{ IdentityPoolId: string; IdentityProviderName: string }> {
  const { IdentityPoolId, IdentityProviderName: asked } = input;
  if (/^arn:|^cognito-idp\./.test(asked) || publicDomains.has(asked)) return input;
  const pool = await read("DescribeIdentityPoolCommand", { IdentityPoolId });
  return { IdentityPoolId, IdentityProviderName: tagNameIn(pool, asked) ?? asked };
}
