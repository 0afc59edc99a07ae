/** The state in the form of a seed. */
import { seedNameOf } from "./auth/login-tokens.ts";
import { formerProviders } from "./auth/providers.ts";
import { toResponse } from "./operations/identity-pools.ts";
import type { LocalIdentity, LocalPool, LocalPrincipalTags, LocalRoleMapping, LocalState } from "./public.ts";
import { sections } from "./seed.ts";
import type { Documents } from "./state/documents.ts";
import type { Identity, Pool, Store } from "./state/store.ts";

interface Described {
  readonly store: Store;
  readonly documents: Documents;
  readonly accountId: string;
}

export function describeState({ store, documents, accountId }: Described): LocalState {
  const lists = Object.entries(sections).map(([name, { describe }]) => [name, describe(documents, accountId)] as const);
  return structuredClone({
    pools: Array.from(store.allPools(), describePool),
    ...Object.fromEntries(lists.filter(([, entries]) => entries.length > 0)),
  });
}

function describePool(pool: Pool): LocalPool {
  const { roles, roleMappings, principalTags } = pool;
  const former = formerProviders(pool);
  return {
    ...(toResponse(pool) as Omit<LocalPool, "Region" | "Identities">),
    Region: pool.region,
    ...(hasMembers(roles) && { Roles: roles }),
    ...(hasMembers(roleMappings) && { RoleMappings: roleMappings as Record<string, LocalRoleMapping> }),
    ...(hasMembers(principalTags) && { PrincipalTagAttributeMaps: describeTags(pool) }),
    Identities: Array.from(pool.identities, describeIdentity),
    ...(former.length > 0 && { FormerProviders: former }),
  };
}

function describeTags({ principalTags }: Pool): Record<string, LocalPrincipalTags> {
  return Object.fromEntries(
    Object.entries(principalTags).map(([provider, { useDefaults, tags }]) => [
      provider,
      useDefaults ? { UseDefaults: true } : { PrincipalTags: tags },
    ]),
  );
}

function describeIdentity({ id, pool, logins, developerUsers, authenticated, disabled }: Identity): LocalIdentity {
  return {
    IdentityId: id,
    Logins: Object.fromEntries(Array.from(logins, ([provider, user]) => [provider, seedNameOf(pool, provider, user)])),
    DeveloperUserIdentifiers: [...developerUsers],
    Disabled: disabled,
    ...(authenticated && !disabled && logins.size + developerUsers.size === 0 && { Unlinked: true }),
  };
}

function hasMembers(map: object): boolean {
  return Object.keys(map).length > 0;
}
