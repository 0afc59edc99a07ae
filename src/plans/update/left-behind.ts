/** What stays when a provider is removed from a pool. */
import { quote } from "../../util/visible-text.ts";
import type { Read, Response } from "../command.ts";
import { readPrincipalTags } from "./principal-tags.ts";
import { listed, providersOf } from "./providers.ts";

type Pool = Response<"DescribeIdentityPoolCommand">;

const refusals = new Set(["AccessDeniedException", "NotAuthorizedException"]);

/** Notes on the role mappings, principal tags and identities of the providers that `after` lacks; none if it has all. Raises the SDK's errors. */
export async function leftBehindNotes(
  before: Pool,
  after: Pool & { IdentityPoolId: string },
  read: Read,
): Promise<string[]> {
  const { IdentityPoolId } = after;
  const [old, next] = [providersOf(before), providersOf(after)];
  const keys = without(
    old.map(({ mappingKey }) => mappingKey),
    next.map(({ mappingKey }) => mappingKey),
  );
  if (keys.length === 0) return [];
  const names = without(
    old.map(({ tagName }) => tagName),
    next.map(({ tagName }) => tagName),
  );
  const logins = without(
    old.map(({ loginName }) => loginName),
    next.map(({ loginName }) => loginName),
  );
  const [mapped, { maps, unread }] = await Promise.all([
    mappedKeys(IdentityPoolId, read),
    readPrincipalTags(IdentityPoolId, names, read),
  ]);
  const left = mapped?.filter((key) => keys.includes(key)) ?? [];
  return [
    ...(left.length > 0
      ? [
          `Left behind: the role mapping of ${listed(left)}. AWS takes no change of the roles while it is there: remove it with set-identity-pool-roles, remove {RoleMappings: [KEY]}.`,
        ]
      : []),
    ...(mapped === undefined ? ["Whether a role mapping is left behind could not be read."] : []),
    ...(maps.length > 0
      ? [`Left behind: the principal tags of ${listed(maps.map(({ IdentityProviderName }) => IdentityProviderName))}.`]
      : []),
    ...(unread.length > 0 ? [`Whether principal tags of ${listed(unread)} are left behind could not be read.`] : []),
    ...logins.map(
      (login) =>
        `Identities that signed in by ${quote(login)} keep existing, but nobody can sign in to them by it any more.`,
    ),
  ];
}

/** The keys of the pool's role mappings; undefined if this server may not know them. */
async function mappedKeys(IdentityPoolId: string, read: Read): Promise<string[] | undefined> {
  try {
    const { RoleMappings = {} } = await read("GetIdentityPoolRolesCommand", { IdentityPoolId });
    return Object.keys(RoleMappings);
  } catch (error) {
    if (error instanceof Error && refusals.has(error.name)) return undefined;
    throw error;
  }
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return [...new Set(names)].filter((name) => !others.includes(name));
}
