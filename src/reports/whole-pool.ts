/** Everything about one identity pool, in one answer. */
import * as z from "zod";
import { loginProvidersOf, type PoolConfiguration } from "../selections/pool-filters.ts";
import { identityPoolId, outputs, shownRule } from "../tools/members.ts";
import { findingsOf, type PoolRoles, type TagMap } from "./pool-rules.ts";
import { type Attempt, defineReport } from "./report.ts";

/** The maximum page size of ListIdentities: a pool with more identities is counted as "60 or more". */
const PAGE = 60;

/** Providers whose principal tags are read, this many at the same time. */
const AT_ONCE = 8;

/** The most providers whose principal tags are read: the user pools that a pool may have by the quota, and ten more. */
const MAX_PROVIDERS = 60;

/** A part of the view that was not read, and why. */
interface NotRead {
  readonly part: string;
  readonly reason: string;
  readonly providers?: string[];
}

const text = z.string();

export const wholePool = defineReport({
  name: "describe-identity-pool",
  summary: "Shows everything about a pool.",
  input: { IdentityPoolId: identityPoolId },
  output: {
    ...outputs.identityPool,
    Roles: outputs.map,
    roleMappings: z
      .record(
        text,
        z.object({
          Type: text.optional(),
          AmbiguousRoleResolution: text.optional(),
          rules: z.array(z.object({ rule: z.number(), ...shownRule })).optional(),
        }),
      )
      .optional(),
    principalTags: z
      .record(text, z.object({ UseDefaults: z.boolean().optional(), PrincipalTags: outputs.map }))
      .optional(),
    identities: z.union([z.number(), text]).optional(),
    attention: z.array(z.object({ rule: text, severity: text, finding: text, about: z.array(text).optional() })),
    notRead: z.array(z.object({ part: text, reason: text, providers: z.array(text).optional() })).optional(),
  },
  async run({ IdentityPoolId }, { cognitoIdentity, attempt }) {
    const pool = await cognitoIdentity("DescribeIdentityPoolCommand", { IdentityPoolId });
    const [roles, listed, { tags, notRead: unreadTags }] = await Promise.all([
      attempt("GetIdentityPoolRolesCommand", { IdentityPoolId }),
      attempt("ListIdentitiesCommand", { IdentityPoolId, MaxResults: PAGE }),
      principalTagsOf(IdentityPoolId, pool, attempt),
    ]);
    const notRead: NotRead[] = [
      ...("refused" in roles ? [{ part: "roles and role mappings", reason: roles.refused }] : []),
      ...("refused" in listed ? [{ part: "identities", reason: listed.refused }] : []),
      ...unreadTags,
    ];
    const known = "read" in roles ? roles.read : undefined;
    const { IdentityPoolId: _, ...rest } = { ...pool, RoleMappings: undefined };
    return {
      IdentityPoolId,
      ...rest,
      ...(known && { Roles: known.Roles ?? {}, roleMappings: numbered(known) }),
      ...((unreadTags.length === 0 || Object.keys(tags).length > 0) && { principalTags: mapped(tags) }),
      ...("read" in listed && { identities: countOf(listed.read) }),
      attention: findingsOf({ pool, roles: known, tags: unreadTags.length === 0 ? tags : undefined }),
      ...(notRead.length > 0 && { notRead }),
    };
  },
});

interface ListedIdentities {
  readonly Identities?: readonly unknown[] | undefined;
  readonly NextToken?: string | undefined;
}

function countOf({ Identities = [], NextToken }: ListedIdentities) {
  return NextToken === undefined ? Identities.length : `${PAGE} or more`;
}

/** The mappings with their rules in order, each with its number. */
function numbered({ RoleMappings = {} }: PoolRoles) {
  return Object.fromEntries(
    Object.entries(RoleMappings).map(([provider, { Type, AmbiguousRoleResolution, RulesConfiguration }]) => [
      provider,
      {
        Type,
        AmbiguousRoleResolution,
        ...(RulesConfiguration && {
          rules: (RulesConfiguration.Rules ?? []).map((rule, at) => ({ rule: at + 1, ...rule })),
        }),
      },
    ]),
  );
}

/** The providers that have a map. Those without one would be most of the answer. */
function mapped(tags: Readonly<Record<string, TagMap>>): Record<string, TagMap> {
  return Object.fromEntries(
    Object.entries(tags).filter(
      ([, { UseDefaults, PrincipalTags = {} }]) => UseDefaults === true || Object.keys(PrincipalTags).length > 0,
    ),
  );
}

/** The maps of all providers, and those that could not be read, by the reason. */
async function principalTagsOf(IdentityPoolId: string, pool: PoolConfiguration, attempt: Attempt) {
  const all = loginProvidersOf(pool);
  const providers = all.slice(0, MAX_PROVIDERS);
  const tags: Record<string, TagMap> = {};
  const reasons = new Map<string, string[]>();
  const fail = (reason: string, provider: string) => reasons.set(reason, [...(reasons.get(reason) ?? []), provider]);
  for (const provider of all.slice(MAX_PROVIDERS)) fail("There are too many providers for one answer.", provider);
  for (let at = 0; at < providers.length; at += AT_ONCE)
    await Promise.all(
      providers.slice(at, at + AT_ONCE).map(async (provider) => {
        const answer = await tagsOf(IdentityPoolId, provider, attempt);
        if ("refused" in answer) fail(answer.refused, provider);
        else tags[provider] = answer.read;
      }),
    );
  const notRead = [...reasons].map(([reason, concerned]) => ({ part: "principal tags", reason, providers: concerned }));
  return { tags, notRead };
}

/** AWS names an OpenID Connect provider by its ARN here; a service that knows it by its host is asked again. */
async function tagsOf(IdentityPoolId: string, provider: string, attempt: Attempt) {
  const [, host] = /:oidc-provider\/(.+)$/.exec(provider) ?? [];
  const answer = await attempt("GetPrincipalTagAttributeMapCommand", {
    IdentityPoolId,
    IdentityProviderName: provider,
  });
  if ("read" in answer || host === undefined || answer.isDenied) return answer;
  const byHost = await attempt("GetPrincipalTagAttributeMapCommand", { IdentityPoolId, IdentityProviderName: host });
  return "read" in byHost ? byHost : answer;
}
