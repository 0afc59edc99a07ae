import { canonicalJson } from "../util/json.ts";
import { quote } from "../util/visible-text.ts";
import type { Read, Request, Response } from "./command.ts";
import { compare } from "./compare.ts";
import { poolIntent } from "./fingerprint.ts";
import { type AccountOf, ImpossibleChangeError, type Plan } from "./plan.ts";
import { maskChanges, maskProviders, providersWithSecrets } from "./provider-secrets.ts";
import { typedPoolName } from "./typed-name.ts";
import { describeUndo, emptyToUndefined, isShowable } from "./undo.ts";
import { refuseForeignProviders } from "./update/arns.ts";
import { inverseUpdateArguments } from "./update/inverse.ts";
import { leftBehindNotes } from "./update/left-behind.ts";
import { merge, type UpdateControls } from "./update/merge.ts";
import { type PrincipalTagMaps, readPrincipalTags } from "./update/principal-tags.ts";
import { listed, providersOf } from "./update/providers.ts";
import { classicFlowChange, classicFlowOf, untouchedNote } from "./wording.ts";

/** The maximum page size of ListIdentities: a pool with more identities is counted as "60 or more". */
const PAGE = 60;

type Update = Omit<Partial<Request<"UpdateIdentityPoolCommand">>, "IdentityPoolId"> &
  UpdateControls & { IdentityPoolId: string };

type Pool = Response<"DescribeIdentityPoolCommand">;

/**
 * UpdateIdentityPool replaces the whole pool
 * (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html), so this plan reads the
 * current pool, merges the given values into it, and sends the result. Raises ImpossibleChangeError.
 */
export async function planUpdate(
  { IdentityPoolId, clear = [], remove = {}, replace, insertRules: _insert, ...named }: Update,
  read: Read,
  accountOf?: AccountOf,
): Promise<Plan<"UpdateIdentityPoolCommand">> {
  const pool = await read("DescribeIdentityPoolCommand", { IdentityPoolId });
  const { IdentityPoolId: _, ...present } = pool;
  refuseOtherDeveloperProvider(pool, named);
  await refuseForeignProviders(IdentityPoolId, named, accountOf);
  const { merged: all, facts } = merge(present, named, { clear, remove, replace });
  const merged = withTokenChecks({ ...all } as Settings, present);
  const touched = new Set([...Object.keys(named), ...clear, ...Object.keys(remove)]);
  const kept = Object.keys(present).filter((member) => !touched.has(member) && !required.has(member));
  const inverse = inverseUpdateArguments(present, merged);
  const lost = providersWithSecrets(inverse);
  const { reversible, undo, obstacles } = describeUndo(
    [{ tool: "update-identity-pool", arguments: { IdentityPoolId, ...inverse } }],
    [
      ...(merged.DeveloperProviderName === pool.DeveloperProviderName
        ? []
        : ["Once set, DeveloperProviderName can never be changed or removed."]),
      ...(lost.length > 0
        ? [
            `The old value for ${lost.map(quote).join(", ")} holds a secret, which is never shown, so no call can restore it.`,
          ]
        : []),
    ],
  );
  // Compared as they are, shown without secrets. State and request hold the secrets: an approval is bound to them.
  const unmasked = compare(present, merged);
  const { changes, notes: secretNotes } = maskChanges(unmasked);
  return {
    action: "Update identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes,
    notes: [
      ...secretNotes,
      ...accessNotes(pool, merged),
      ...(await leftBehindNotes(pool, { ...merged, IdentityPoolId }, read)),
      ...facts,
      ...untouchedNote(kept, (member) => !retained.has(member)),
      ...obstacles,
    ],
    facts,
    reversible,
    undo,
    confirmation: { by: "choice" },
    state: present,
    intent: poolIntent(IdentityPoolId, unmasked),
    request: { ...merged, IdentityPoolId },
  };
}

type Settings = Omit<Pool, "IdentityPoolId">;

/**
 * The settings with `ServerSideTokenCheck: false` for each app client that is new and names none: AWS stores that
 * (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_CognitoIdentityProvider.html), so the plan shows it.
 */
function withTokenChecks(merged: Settings, { CognitoIdentityProviders: present = [] }: Settings): Settings {
  const { CognitoIdentityProviders } = merged;
  if (!CognitoIdentityProviders) return merged;
  const known = new Set(present.map(canonicalJson));
  return {
    ...merged,
    CognitoIdentityProviders: CognitoIdentityProviders.map((client) =>
      known.has(canonicalJson(client)) || client.ServerSideTokenCheck !== undefined
        ? client
        : { ...client, ServerSideTokenCheck: false },
    ),
  };
}

const required = new Set(["IdentityPoolName", "AllowUnauthenticatedIdentities"]);

/** The members that AWS keeps if an update leaves them out. */
const retained = new Set(["DeveloperProviderName", "IdentityPoolTags"]);

/** Warnings about changes that give access to guests, or access to more roles. */
function accessNotes(before: Pool, after: Partial<Pool>): string[] {
  return [
    ...(after.AllowUnauthenticatedIdentities && !before.AllowUnauthenticatedIdentities
      ? [
          "This allows guests: anyone who knows the pool id gets credentials of the unauthenticated role without signing in.",
        ]
      : []),
    ...classicFlowChange(before.AllowClassicFlow, after.AllowClassicFlow),
  ];
}

/** Raises ImpossibleChangeError for another DeveloperProviderName than the pool has. */
function refuseOtherDeveloperProvider({ DeveloperProviderName: present }: Pool, named: Partial<Pool>): void {
  const { DeveloperProviderName: asked } = named;
  if (present === undefined || asked === undefined || asked === present) return;
  throw new ImpossibleChangeError(
    `This pool already has the DeveloperProviderName ${quote(present)}. AWS does not allow it to be changed. Nothing was sent.`,
    "Leave DeveloperProviderName out, or create another pool.",
  );
}

export async function planDelete(
  { IdentityPoolId }: { IdentityPoolId: string },
  read: Read,
): Promise<Plan<"DeleteIdentityPoolCommand">> {
  const [pool, { Roles = {}, RoleMappings = {} }, { Identities = [], NextToken }] = await Promise.all([
    read("DescribeIdentityPoolCommand", { IdentityPoolId }),
    read("GetIdentityPoolRolesCommand", { IdentityPoolId }),
    read("ListIdentitiesCommand", { IdentityPoolId, MaxResults: PAGE }),
  ]);
  const { IdentityPoolId: _, ...configuration } = pool;
  const names = [...providersOf(pool).map(({ tagName }) => tagName), pool.DeveloperProviderName ?? []].flat();
  const tags = await readPrincipalTags(IdentityPoolId, names, read);
  const PrincipalTags = Object.fromEntries(
    tags.maps.map(({ IdentityProviderName, ...map }) => [IdentityProviderName, map]),
  );
  const identities = NextToken === undefined ? String(Identities.length) : `${PAGE} or more`;
  return {
    action: "Delete identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes: maskChanges(compare({ ...configuration, Roles, RoleMappings, PrincipalTags }, {})).changes,
    notes: [
      identities === "0"
        ? "The pool has no identities."
        : `Identities deleted with the pool: ${identities}. The users of these identities get new identities and lose data stored under the old ones.`,
      `Login providers: ${countProviders(pool)}. Roles: ${Object.keys(Roles).length}. Guests: ${pool.AllowUnauthenticatedIdentities ? "allowed" : "not allowed"}. Basic (classic) flow: ${classicFlowOf(pool.AllowClassicFlow)}.`,
      `Every application that uses pool ${quote(pool.IdentityPoolName ?? "")} stops getting credentials.`,
      "AWS cannot restore the pool. A new pool has a different id.",
      ...(tags.unread.length > 0
        ? [`The principal tags of ${listed(tags.unread)} could not be read. A copy made from recreate lacks them.`]
        : []),
    ],
    reversible: false,
    recreate: recreateCalls(pool, Roles, RoleMappings, tags),
    confirmation: typedPoolName(pool.IdentityPoolName, IdentityPoolId, [pool.DeveloperProviderName]),
    // The ids, not only the number: the deletion of other identities needs a new approval. Sorted, because AWS promises no order.
    state: {
      configuration,
      Roles,
      RoleMappings,
      PrincipalTags,
      identities,
      ids: Identities.map(({ IdentityId }) => IdentityId).sort(),
    },
    intent: { deleted: IdentityPoolId },
    request: { IdentityPoolId },
  };
}

/** How many login providers the pool has, and the name of its developer provider. */
function countProviders(pool: Pool): string {
  const count = [
    ...Object.keys(pool.SupportedLoginProviders ?? {}),
    ...(pool.CognitoIdentityProviders ?? []),
    ...(pool.OpenIdConnectProviderARNs ?? []),
    ...(pool.SamlProviderARNs ?? []),
  ].length;
  if (pool.DeveloperProviderName === undefined) return String(count);
  const developer = `the developer provider ${quote(pool.DeveloperProviderName)}`;
  return count === 0 ? `only ${developer}` : `${count}, and ${developer}`;
}

/** The arguments of the calls that create a copy of the pool, and a note on what they cannot restore. */
function recreateCalls(
  { IdentityPoolId, ...configuration }: Pool,
  Roles: object,
  RoleMappings: object,
  { maps: principalTags, unread }: PrincipalTagMaps,
) {
  const withSecrets = providersWithSecrets(configuration);
  const create = { ...maskProviders(configuration), region: IdentityPoolId?.split(":")[0] };
  const roles = {
    ...(emptyToUndefined(Roles) && { Roles }),
    ...(emptyToUndefined(RoleMappings) && { RoleMappings }),
  };
  return {
    create,
    ...(emptyToUndefined(roles) && { roles }),
    ...(emptyToUndefined(principalTags) && { principalTags }),
    note: [
      "To create a copy of the pool, call create-identity-pool with create, then with the new IdentityPoolId set-identity-pool-roles with roles, and set-principal-tag-attribute-map with each of principalTags.",
      "The copy has a different id: update the applications and the trust policies of the roles. The identities cannot be restored.",
      ...(unread.length > 0 ? [`The principal tags of ${listed(unread)} could not be read and are missing.`] : []),
      ...(withSecrets.length > 0
        ? [
            `The secret of ${withSecrets.map(quote).join(", ")} is missing: a person must put it in the place of [redacted].`,
          ]
        : []),
      ...(isShowable({ create, roles, principalTags }) ? [] : ["Invisible characters are written as \\u{…} here."]),
    ].join(" "),
  };
}
