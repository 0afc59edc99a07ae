/** The login providers of a pool, under the names by which the operations know them. */
import { quote } from "../../util/visible-text.ts";
import type { Response } from "../command.ts";
import { ImpossibleChangeError } from "../plan.ts";

type Pool = Response<"DescribeIdentityPoolCommand">;

export interface Provider {
  /** Its key in a role mapping. */
  readonly mappingKey: string;
  /**
   * Its name for principal tags. AWS knows an OIDC provider by its ARN there
   * (https://github.com/hashicorp/terraform-provider-aws/pull/25964).
   */
  readonly tagName: string;
  /** Its name in Logins. */
  readonly loginName: string;
}

/** The pool's providers without the developer provider; a user pool once for each app client. */
export function providersOf(pool: Pool): Provider[] {
  const same = (name: string) => ({ mappingKey: name, tagName: name, loginName: name });
  return [
    ...(pool.CognitoIdentityProviders ?? []).flatMap(({ ProviderName = "", ClientId = "" }) => ({
      ...same(ProviderName),
      mappingKey: `${ProviderName}:${ClientId}`,
    })),
    ...(pool.OpenIdConnectProviderARNs ?? []).map((arn) => ({ ...same(arn), loginName: hostOf(arn) })),
    ...(pool.SamlProviderARNs ?? []).map(same),
    ...Object.keys(pool.SupportedLoginProviders ?? {}).map(same),
  ];
}

/** The issuer of an OIDC provider, without https://. */
function hostOf(arn: string): string {
  return arn.split(":oidc-provider/")[1] ?? arn;
}

/** The name that AWS takes for the principal tags of a provider that a call names in any form; undefined if the pool has no such provider. */
export function tagNameIn(pool: Pool, asked: string): string | undefined {
  if (asked === pool.DeveloperProviderName) return asked;
  return providersOf(pool).find(({ tagName, loginName }) => tagName === asked || loginName === asked)?.tagName;
}

/** Providers that a refusal lists. */
const MAX_LISTED = 20;

/** The keys of role mappings that are not providers of the pool: a provider may have left its mapping behind. */
export function foreignKeys(pool: Pool, mappings: object): string[] {
  const keys = new Set(providersOf(pool).map(({ mappingKey }) => mappingKey));
  return Object.keys(mappings).filter((key) => !keys.has(key));
}

/** Raises ImpossibleChangeError for keys of role mappings that are not providers of the pool: AWS takes no request that has one. */
export function refuseForeignKeys(pool: Pool, mappings: object, given: object): void {
  const keys = providersOf(pool).map(({ mappingKey }) => mappingKey);
  const foreign = foreignKeys(pool, mappings);
  if (foreign.length === 0) return;
  const left = foreign.filter((key) => !Object.hasOwn(given, key));
  const named = foreign.filter((key) => Object.hasOwn(given, key));
  const has =
    keys.length === 0
      ? "The pool has no providers that a mapping can name."
      : `The keys of its providers are ${listed(keys)}.`;
  throw new ImpossibleChangeError(
    `RoleMappings names ${listed(foreign)}, and the pool has no such provider. ${has} Nothing was sent.`,
    [
      ...(named.length > 0 ? ["Use one of these keys, or add the provider first with update-identity-pool."] : []),
      ...(left.length > 0
        ? [
            `A mapping that was left behind by its provider keeps AWS from taking any change of the roles: name ${listed(left)} in remove.RoleMappings of the same call.`,
          ]
        : []),
    ].join(" "),
  );
}

export function listed(names: readonly string[]): string {
  const more = names.length - MAX_LISTED;
  return `${names.slice(0, MAX_LISTED).map(quote).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
