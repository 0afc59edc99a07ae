/** Filters of a region's identity pools. */
import * as z from "zod";
import type { Fields } from "../util/json.ts";
import { type Filter, namesProvider, type Selection, schemasOf } from "./selection.ts";

/** A pool's configuration, as far as filters and rules use it. */
export interface PoolConfiguration {
  readonly AllowUnauthenticatedIdentities?: boolean | undefined;
  readonly AllowClassicFlow?: boolean | undefined;
  readonly SupportedLoginProviders?: Readonly<Record<string, string>> | undefined;
  readonly CognitoIdentityProviders?:
    | readonly {
        readonly ProviderName?: string | undefined;
        readonly ClientId?: string | undefined;
        readonly ServerSideTokenCheck?: boolean | undefined;
      }[]
    | undefined;
  readonly OpenIdConnectProviderARNs?: readonly string[] | undefined;
  readonly SamlProviderARNs?: readonly string[] | undefined;
  readonly DeveloperProviderName?: string | undefined;
  readonly IdentityPoolTags?: Readonly<Record<string, string>> | undefined;
}

/** What is known of a pool. A part is there if a filter needs it. */
interface PoolFacts {
  readonly entry: { readonly IdentityPoolName?: string };
  readonly pool: PoolConfiguration;
  readonly roles: { readonly Roles?: Readonly<Record<string, string>> };
}

/** The classic flow is open unless AllowClassicFlow is false. */
export function classicFlowOf({ AllowClassicFlow }: PoolConfiguration): "open" | "closed" {
  return AllowClassicFlow === false ? "closed" : "open";
}

/** The names of a pool's login providers, each once: domains, user pools, ARNs, and the developer provider last. */
export function loginProvidersOf(pool: PoolConfiguration): string[] {
  const names = [
    ...(pool.CognitoIdentityProviders ?? []).flatMap(({ ProviderName }) => ProviderName ?? []),
    ...Object.keys(pool.SupportedLoginProviders ?? {}),
    ...(pool.OpenIdConnectProviderARNs ?? []),
    ...(pool.SamlProviderARNs ?? []),
    ...(pool.DeveloperProviderName === undefined ? [] : [pool.DeveloperProviderName]),
  ];
  return [...new Set(names)];
}

/** Tags that `KEY` or `KEY=VALUE` names. A key may itself contain an equals sign. */
function tagsNamed({ IdentityPoolTags = {} }: PoolConfiguration, asked: string): Fields {
  const named = Object.entries(IdentityPoolTags).filter(([key, value]) => [key, `${key}=${value}`].includes(asked));
  return Object.fromEntries(named);
}

const kinds = ["authenticated", "unauthenticated"] as const;

function nameIn({ entry: { IdentityPoolName = "" } }: PoolFacts): string {
  return IdentityPoolName.toLowerCase();
}

const filters = {
  nameContains: {
    schema: z.string().min(1).max(128).describe("Any case; searches all pages"),
    matches: (facts, text) => nameIn(facts).includes(text.toLowerCase()),
    narrows: true,
  } satisfies Filter<PoolFacts, string>,
  namePrefix: {
    schema: z.string().min(1).max(128),
    matches: (facts, text) => nameIn(facts).startsWith(text.toLowerCase()),
    narrows: true,
  } satisfies Filter<PoolFacts, string>,
  guests: {
    schema: z.boolean(),
    needs: ["pool"],
    matches: ({ pool }, guests) => (pool.AllowUnauthenticatedIdentities === true) === guests,
    shows: ({ pool }) => ({ guests: pool.AllowUnauthenticatedIdentities === true }),
  } satisfies Filter<PoolFacts, boolean>,
  classicFlow: {
    schema: z.enum(["open", "closed"]).describe("Unset is open"),
    needs: ["pool"],
    matches: ({ pool }, flow) => classicFlowOf(pool) === flow,
    shows: ({ pool }) => ({ classicFlow: classicFlowOf(pool) }),
  } satisfies Filter<PoolFacts, "open" | "closed">,
  withoutRole: {
    schema: z.enum(kinds),
    needs: ["roles"],
    matches: ({ roles: { Roles = {} } }, kind) => Roles[kind] === undefined,
    shows: ({ roles: { Roles = {} } }) => ({ withoutRole: kinds.filter((kind) => Roles[kind] === undefined) }),
  } satisfies Filter<PoolFacts, (typeof kinds)[number]>,
  provider: {
    schema: z.string().min(1).max(2048).describe("Domain, user pool id, ARN or developer provider"),
    needs: ["pool"],
    matches: ({ pool }, asked) => loginProvidersOf(pool).some((name) => namesProvider(name, asked)),
    shows: ({ pool }, asked) => {
      const providers = loginProvidersOf(pool).filter((name) => namesProvider(name, asked));
      return providers.length > 0 ? { providers } : {};
    },
  } satisfies Filter<PoolFacts, string>,
  tag: {
    schema: z.string().min(1).max(385).describe("KEY or KEY=VALUE"),
    needs: ["pool"],
    matches: ({ pool }, asked) => Object.keys(tagsNamed(pool, asked)).length > 0,
    shows: ({ pool }, asked) => {
      const tags = tagsNamed(pool, asked);
      return Object.keys(tags).length > 0 ? { tags } : {};
    },
  } satisfies Filter<PoolFacts, string>,
};

export const poolFilterSchemas = schemasOf(filters);

export const poolSelection: Selection = {
  filters,
  reads: {
    pool: { command: "DescribeIdentityPoolCommand", id: "IdentityPoolId" },
    roles: { command: "GetIdentityPoolRolesCommand", id: "IdentityPoolId" },
  },
  id: "IdentityPoolId",
  name: "IdentityPoolName",
  details: {
    needs: ["pool"],
    shows: ({ pool }: Pick<PoolFacts, "pool">) => ({
      guests: pool.AllowUnauthenticatedIdentities === true,
      classicFlow: classicFlowOf(pool),
      providers: loginProvidersOf(pool),
      ...(Object.keys(pool.IdentityPoolTags ?? {}).length > 0 && { tags: pool.IdentityPoolTags }),
    }),
  },
};
