import { quote } from "../util/visible-text.ts";
import type { Read, Request, Response } from "./command.ts";
import { compare } from "./compare.ts";
import { merge } from "./merge.ts";
import { ImpossibleChangeError, type Plan } from "./plan.ts";
import { maskChanges, maskProviders, providersWithSecrets } from "./provider-secrets.ts";
import { typedConfirmation } from "./typed-name.ts";
import { describeUndo, emptyToUndefined, inverseUpdateArguments, isShowable } from "./undo.ts";
import { untouchedNote } from "./wording.ts";

/** The maximum page size of ListIdentities: a pool with more identities is counted as "60 or more". */
const PAGE = 60;

type Update = Omit<Partial<Request<"UpdateIdentityPoolCommand">>, "IdentityPoolId"> & {
  IdentityPoolId: string;
  clear?: readonly string[] | undefined;
};

type Pool = Response<"DescribeIdentityPoolCommand">;

/**
 * UpdateIdentityPool replaces the whole pool
 * (https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UpdateIdentityPool.html), so this plan reads the
 * current pool, merges the given values into it, and sends the result. Raises ImpossibleChangeError.
 */
export async function planUpdate(
  { IdentityPoolId, clear = [], ...named }: Update,
  read: Read,
): Promise<Plan<"UpdateIdentityPoolCommand">> {
  const pool = await read("DescribeIdentityPoolCommand", { IdentityPoolId });
  const { IdentityPoolId: _, ...present } = pool;
  refuseOtherDeveloperProvider(pool, named);
  const merged = merge(present, named, clear, sameClient);
  const touched = new Set([...Object.keys(named), ...clear]);
  const kept = Object.keys(present).filter((member) => !touched.has(member) && !required.has(member));
  const inverse = inverseUpdateArguments(present, merged);
  const lost = providersWithSecrets(inverse);
  const { reversible, undo, obstacles } = describeUndo(
    [{ tool: "update-identity-pool", arguments: { IdentityPoolId, ...inverse } }],
    [
      ...(merged["DeveloperProviderName"] === pool.DeveloperProviderName
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
  const { changes, notes: secretNotes } = maskChanges(compare(present, merged));
  return {
    action: "Update identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes,
    notes: [
      ...secretNotes,
      ...accessNotes(pool, merged),
      ...untouchedNote(kept, (member) => !retained.has(member)),
      ...obstacles,
    ],
    reversible,
    undo,
    confirmation: { by: "choice" },
    state: present,
    request: {
      IdentityPoolName: pool.IdentityPoolName,
      AllowUnauthenticatedIdentities: pool.AllowUnauthenticatedIdentities,
      ...merged,
      IdentityPoolId,
    },
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
    ...classicFlowNote(before.AllowClassicFlow, after.AllowClassicFlow),
  ];
}

/** The basic (classic) flow is enabled unless AllowClassicFlow is false. */
function classicFlowNote(before: boolean | undefined, after: boolean | undefined): string[] {
  if (before === after) return [];
  const choice = "signed-in users can then choose any role that trusts the pool.";
  if (after === false) return ["This disables the basic (classic) flow. Apps that use it stop getting credentials."];
  if (before === false)
    return [
      after
        ? `This enables the basic (classic) flow: ${choice}`
        : `This enables the basic (classic) flow, because it is enabled unless AllowClassicFlow is false: ${choice}`,
    ];
  return [
    after
      ? "The basic (classic) flow stays enabled; it was enabled because AllowClassicFlow was not set."
      : "The basic (classic) flow stays enabled, because it is enabled unless AllowClassicFlow is false.",
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

/** Identifies an entry for merging: app clients by user pool and client id, without ServerSideTokenCheck; all others by themselves. */
function sameClient(entry: unknown): unknown {
  if (typeof entry !== "object" || entry === null) return entry;
  const { ProviderName, ClientId } = entry as { ProviderName?: unknown; ClientId?: unknown };
  return `${ProviderName} ${ClientId}`;
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
  const identities = NextToken === undefined ? String(Identities.length) : `${PAGE} or more`;
  return {
    action: "Delete identity pool",
    target: { id: IdentityPoolId, name: pool.IdentityPoolName },
    changes: maskChanges(compare({ ...configuration, Roles, RoleMappings }, {})).changes,
    notes: [
      identities === "0"
        ? "The pool has no identities."
        : `Identities deleted with the pool: ${identities}. The users of these identities get new identities and lose data stored under the old ones.`,
      `Login providers: ${providersOf(pool)}. Roles: ${Object.keys(Roles).length}. Guests: ${pool.AllowUnauthenticatedIdentities ? "allowed" : "not allowed"}. Basic (classic) flow: ${flowOf(pool)}.`,
      `Every application that uses pool ${quote(pool.IdentityPoolName ?? "")} stops getting credentials.`,
      "AWS cannot restore the pool or the principal tags of its providers. A new pool has a different id.",
    ],
    reversible: false,
    recreate: recreateCalls(pool, Roles, RoleMappings),
    confirmation: typedConfirmation(pool.IdentityPoolName, IdentityPoolId, [pool.DeveloperProviderName]),
    // The ids, not only the number: the deletion of other identities needs a new approval. Sorted, because AWS promises no order.
    state: {
      configuration,
      Roles,
      RoleMappings,
      identities,
      ids: Identities.map(({ IdentityId }) => IdentityId).sort(),
    },
    request: { IdentityPoolId },
  };
}

/** How many login providers the pool has, and the name of its developer provider. */
function providersOf(pool: Pool): string {
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

function flowOf({ AllowClassicFlow }: Pool): string {
  if (AllowClassicFlow === undefined) return "not set, so it is enabled";
  return AllowClassicFlow ? "enabled" : "disabled";
}

/** The arguments of the calls that create a copy of the pool, and a note on what they cannot restore. */
function recreateCalls({ IdentityPoolId, ...configuration }: Pool, Roles: object, RoleMappings: object) {
  const withSecrets = providersWithSecrets(configuration);
  const create = { ...maskProviders(configuration), region: IdentityPoolId?.split(":")[0] };
  const roles = {
    ...(emptyToUndefined(Roles) && { Roles }),
    ...(emptyToUndefined(RoleMappings) && { RoleMappings }),
  };
  return {
    create,
    ...(emptyToUndefined(roles) && { roles }),
    note: [
      "To create a copy of the pool, call create-identity-pool with create, then set-identity-pool-roles with roles and the new IdentityPoolId.",
      "The copy has a different id: update the applications and the trust policies of the roles. The identities and the principal tags of providers cannot be restored.",
      ...(withSecrets.length > 0
        ? [
            `The secret of ${withSecrets.map(quote).join(", ")} is missing: a person must put it in the place of [redacted].`,
          ]
        : []),
      ...(isShowable({ create, roles }) ? [] : ["Invisible characters are written as \\u{…} here."]),
    ].join(" "),
  };
}
