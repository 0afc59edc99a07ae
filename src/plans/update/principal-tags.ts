/** Reads of principal tags beside a change of the pool: for what stays behind, and for what a copy needs. */
import type { Read, Response } from "../command.ts";

/** Providers whose tags are read for one plan. */
const MAX_READ = 60;

/** Reads at the same time. */
const AT_ONCE = 8;

/** Answers that refuse to tell. */
const unreadable = new Set(["AccessDeniedException", "NotAuthorizedException", "InvalidParameterException"]);

interface PrincipalTagMap {
  readonly IdentityProviderName: string;
  readonly UseDefaults?: boolean;
  readonly PrincipalTags?: Readonly<Record<string, string>>;
}

export interface PrincipalTagMaps {
  readonly maps: readonly PrincipalTagMap[];
  /** Providers whose tags could not be read. */
  readonly unread: readonly string[];
}

/** The principal tags of the providers that have some. Raises the SDK's errors, except those that refuse to tell. */
export async function readPrincipalTags(
  IdentityPoolId: string,
  providers: readonly string[],
  read: Read,
): Promise<PrincipalTagMaps> {
  const names = [...new Set(providers)];
  const maps: PrincipalTagMap[] = [];
  const unread = names.slice(MAX_READ);
  for (let at = 0; at < Math.min(names.length, MAX_READ); at += AT_ONCE) {
    const found = await Promise.all(
      names.slice(at, Math.min(at + AT_ONCE, MAX_READ)).map(async (name) => ({ name, map: await mapOf(name) })),
    );
    for (const { name, map } of found)
      if (map === "unread") unread.push(name);
      else if (map) maps.push(map);
  }
  return { maps, unread };

  async function mapOf(IdentityProviderName: string): Promise<PrincipalTagMap | "unread" | undefined> {
    try {
      return present(IdentityProviderName, await readPrincipalTagMap({ IdentityPoolId, IdentityProviderName }, read));
    } catch (error) {
      if (error instanceof Error && unreadable.has(error.name)) return "unread";
      throw error;
    }
  }
}

/** The principal tags of one provider. AWS may answer "not found" for a provider that never had some. Raises the SDK's errors. */
export async function readPrincipalTagMap(
  provider: { readonly IdentityPoolId: string; readonly IdentityProviderName: string },
  read: Read,
): Promise<Response<"GetPrincipalTagAttributeMapCommand">> {
  try {
    return await read("GetPrincipalTagAttributeMapCommand", provider);
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return {};
    throw error;
  }
}

/** The map as arguments that set it; undefined if there is none. */
function present(
  IdentityProviderName: string,
  { UseDefaults, PrincipalTags = {} }: Response<"GetPrincipalTagAttributeMapCommand">,
): PrincipalTagMap | undefined {
  if (UseDefaults) return { IdentityProviderName, UseDefaults };
  return Object.keys(PrincipalTags).length > 0 ? { IdentityProviderName, PrincipalTags } : undefined;
}
