/** Roles and identity providers that a pool names by ARN, held against the partition of its region and the caller's account. */
import { partitionOf } from "../../util/aws-names.ts";
import { type AccountOf, ImpossibleChangeError } from "../plan.ts";
import { listed } from "./providers.ts";
import { rulesOf } from "./rules.ts";

interface Arn {
  readonly arn: string;
  readonly partition: string;
  readonly account: string;
}

function parse(arn: unknown): Arn[] {
  const [, partition, account] = /^arn:([^:]+):iam::(\d{12}):/.exec(String(arn)) ?? [];
  return partition === undefined || account === undefined ? [] : [{ arn: String(arn), partition, account }];
}

/** Notes on roles of another partition than the pool's, and of another account than the caller's. */
export async function foreignRoleNotes(
  IdentityPoolId: string,
  { Roles, RoleMappings }: { readonly Roles?: object | undefined; readonly RoleMappings?: object | undefined },
  accountOf: AccountOf | undefined,
): Promise<string[]> {
  const given = [
    ...Object.values({ ...Roles }),
    ...Object.values({ ...RoleMappings }).flatMap((mapping) => rulesOf(mapping).map(({ RoleARN }) => RoleARN)),
  ];
  const roles = [...new Set(given)].flatMap(parse);
  if (roles.length === 0) return [];
  const partition = partitionOfPool(IdentityPoolId);
  const account = await accountOf?.();
  const elsewhere = roles.filter((role) => role.partition !== partition);
  const foreign = roles.filter((role) => account !== undefined && role.account !== account);
  return [
    ...(elsewhere.length > 0
      ? [
          `Of another partition than the pool (${partition}), so that the pool can give no credentials of it: ${listed(elsewhere.map(({ arn }) => arn))}.`,
        ]
      : []),
    ...(foreign.length > 0
      ? [`Of another account than the caller's (${account}): ${listed(foreign.map(({ arn }) => arn))}.`]
      : []),
  ];
}

/**
 * Raises ImpossibleChangeError for identity providers that AWS refuses for a pool: those of another partition, and SAML providers of another
 * account (https://github.com/aws-amplify/amplify-backend/issues/766).
 */
export async function refuseForeignProviders(
  IdentityPoolId: string,
  given: {
    readonly OpenIdConnectProviderARNs?: readonly string[] | undefined;
    readonly SamlProviderARNs?: readonly string[] | undefined;
  },
  accountOf: AccountOf | undefined,
): Promise<void> {
  const partition = partitionOfPool(IdentityPoolId);
  for (const member of ["OpenIdConnectProviderARNs", "SamlProviderARNs"] as const) {
    const providers = (given[member] ?? []).flatMap(parse);
    const elsewhere = providers.filter((provider) => provider.partition !== partition);
    if (elsewhere.length > 0)
      throw new ImpossibleChangeError(
        `${member} names ${listed(elsewhere.map(({ arn }) => arn))}, and the pool is in the partition ${partition}. Nothing was sent.`,
        `Name an identity provider of the pool's own account, with an ARN that begins with arn:${partition}:iam::.`,
      );
    if (member !== "SamlProviderARNs" || providers.length === 0) continue;
    const account = await accountOf?.();
    const foreign = providers.filter((provider) => account !== undefined && provider.account !== account);
    if (foreign.length > 0)
      throw new ImpossibleChangeError(
        `${member} names ${listed(foreign.map(({ arn }) => arn))}, and the pool is in the account ${account}. AWS takes no identity provider of another account. Nothing was sent.`,
        "Create the identity provider in IAM of the pool's account, and name that one.",
      );
  }
}

function partitionOfPool(IdentityPoolId: string): string {
  return partitionOf(IdentityPoolId.split(":", 1)[0] ?? "");
}
