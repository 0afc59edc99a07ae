/**
 * What needs attention in an identity pool, as far as Cognito itself tells: rules as data, each with a predicate over what was read. The
 * sentences are constant; names from the account stand beside them, in `about`.
 */
import { classicFlowOf, loginProvidersOf, type PoolConfiguration } from "../selections/pool-filters.ts";

type Severity = "high" | "medium" | "low";

interface MappingRule {
  readonly Claim?: string | undefined;
  readonly MatchType?: string | undefined;
  readonly Value?: string | undefined;
  readonly RoleARN?: string | undefined;
}

interface RoleMapping {
  readonly Type?: string | undefined;
  readonly AmbiguousRoleResolution?: string | undefined;
  readonly RulesConfiguration?: { readonly Rules?: readonly MappingRule[] | undefined } | undefined;
}

export interface PoolRoles {
  readonly Roles?: Readonly<Record<string, string>> | undefined;
  readonly RoleMappings?: Readonly<Record<string, RoleMapping>> | undefined;
}

/** The principal tags of a provider. */
export interface TagMap {
  readonly UseDefaults?: boolean | undefined;
  readonly PrincipalTags?: Readonly<Record<string, string>> | undefined;
}

/** What is known of a pool. A part that was not read is undefined, and no rule that needs it is judged. */
export interface PoolFacts {
  readonly pool: PoolConfiguration;
  readonly roles?: PoolRoles | undefined;
  readonly tags?: Readonly<Record<string, TagMap>> | undefined;
}

/** The facts of a rule, of which the parts that it needs are known. */
type Known = Required<{ readonly [Part in keyof PoolFacts]: NonNullable<PoolFacts[Part]> }>;

interface PoolRule {
  readonly id: string;
  readonly severity: Severity;
  readonly sentence: string;
  readonly needs?: readonly ("roles" | "tags")[];
  /** Whether it holds, or what it holds of: empty if nothing. Only the parts of `needs` may be used. */
  readonly concerns: (facts: Known) => boolean | readonly string[];
}

export interface Finding {
  readonly rule: string;
  readonly severity: Severity;
  readonly finding: string;
  readonly about?: string[];
}

const hasGuests = ({ pool }: Known) => pool.AllowUnauthenticatedIdentities === true;
const guestRole = ({ roles }: Known) => roles.Roles?.["unauthenticated"];
const userRole = ({ roles }: Known) => roles.Roles?.["authenticated"];
const isClassicOpen = ({ pool }: Known) => classicFlowOf(pool) === "open";
const isClassicUnset = ({ pool }: Known) => pool.AllowClassicFlow === undefined;
const providers = ({ pool }: Known) => loginProvidersOf(pool);
const mappings = ({ roles }: Known) => Object.entries(roles.RoleMappings ?? {});
const rulesOf = ({ RulesConfiguration }: RoleMapping) => RulesConfiguration?.Rules ?? [];

/** Keys of the mappings for which the predicate holds. */
function mappingsWith(facts: Known, holds: (mapping: RoleMapping) => boolean): string[] {
  return mappings(facts).flatMap(([provider, mapping]) => (holds(mapping) ? [provider] : []));
}

/** Whether a key of a role mapping names a provider, and for a user pool an app client, that the pool has. */
function isMapped(pool: PoolConfiguration, key: string): boolean {
  const clients = (pool.CognitoIdentityProviders ?? []).map(
    ({ ProviderName, ClientId }) => `${ProviderName}:${ClientId}`,
  );
  const hosts = (pool.OpenIdConnectProviderARNs ?? []).map((arn) => arn.split(":oidc-provider/")[1]);
  return [...loginProvidersOf(pool), ...clients, ...hosts].includes(key);
}

/** The ids stay as they are, so that people can refer to them: P about the pool, V about providers, M about mappings, S about a setup that lacks something. */
export const poolRules: readonly PoolRule[] = [
  {
    id: "P3",
    severity: "high",
    sentence:
      "Guests are allowed and the classic flow is open: a guest can use any role that trusts the pool, without the limits of the enhanced flow. Set AllowClassicFlow to false, unless applications call get-open-id-token.",
    concerns: (facts) => hasGuests(facts) && isClassicOpen(facts),
  },
  {
    id: "P6",
    severity: "high",
    sentence: "Guests get a role that signed-in users get too. Use two roles.",
    needs: ["roles"],
    concerns: (facts) => {
      const guest = guestRole(facts);
      const others = [
        userRole(facts),
        ...mappings(facts).flatMap(([, one]) => rulesOf(one).map((rule) => rule.RoleARN)),
      ];
      return hasGuests(facts) && guest !== undefined && others.includes(guest) ? [guest] : [];
    },
  },
  {
    id: "P1",
    severity: "medium",
    sentence:
      "Guests get credentials: whoever knows the pool id, which applications contain, gets the unauthenticated role.",
    needs: ["roles"],
    concerns: (facts) => hasGuests(facts) && guestRole(facts) !== undefined,
  },
  {
    id: "P4",
    severity: "medium",
    sentence:
      "The classic flow is open: signed-in users can use any role that trusts the pool, whatever the role mappings say. Set AllowClassicFlow to false, unless applications call get-open-id-token.",
    concerns: (facts) => !hasGuests(facts) && isClassicOpen(facts),
  },
  {
    id: "S1",
    severity: "low",
    sentence: "AllowClassicFlow is not set, and unset means open.",
    concerns: isClassicUnset,
  },
  {
    id: "P2",
    severity: "low",
    sentence: "Guests are allowed and there is no unauthenticated role: guests get identities, and no credentials.",
    needs: ["roles"],
    concerns: (facts) => hasGuests(facts) && guestRole(facts) === undefined,
  },
  {
    id: "P5",
    severity: "low",
    sentence:
      "There is an unauthenticated role although guests are off. Clear it, or it is in use once guests are allowed.",
    needs: ["roles"],
    concerns: (facts) => !hasGuests(facts) && guestRole(facts) !== undefined,
  },
  {
    id: "S2",
    severity: "medium",
    sentence:
      "There are login providers and no authenticated role: signed-in users get no credentials, unless a rule gives them a role.",
    needs: ["roles"],
    concerns: (facts) => providers(facts).length > 0 && userRole(facts) === undefined,
  },
  {
    id: "S3",
    severity: "low",
    sentence: "There are no login providers and guests are off: nobody can get an identity.",
    concerns: (facts) => providers(facts).length === 0 && !hasGuests(facts),
  },
  {
    id: "V1",
    severity: "medium",
    sentence:
      "ServerSideTokenCheck is off: users who signed out or were deleted still get credentials until their token expires.",
    concerns: ({ pool }) => [
      ...new Set(
        (pool.CognitoIdentityProviders ?? [])
          .filter(({ ServerSideTokenCheck }) => ServerSideTokenCheck !== true)
          .map(({ ProviderName = "", ClientId = "" }) => `${ProviderName}:${ClientId}`),
      ),
    ],
  },
  {
    id: "V7",
    severity: "medium",
    sentence:
      "There is a developer provider beside other login providers: whoever may call get-open-id-token-for-developer-identity can become any user. Give it a pool of its own.",
    concerns: (facts) =>
      facts.pool.DeveloperProviderName !== undefined && providers(facts).length > 1
        ? [facts.pool.DeveloperProviderName]
        : [],
  },
  {
    id: "M3",
    severity: "medium",
    sentence:
      "A rule matches more than one value (Contains, StartsWith or NotEqual): check that nobody else can get its role, or use Equals.",
    needs: ["roles"],
    concerns: (facts) => mappingsWith(facts, (one) => rulesOf(one).some(({ MatchType }) => MatchType !== "Equals")),
  },
  {
    id: "M6",
    severity: "low",
    sentence: "There is a role mapping for a provider or app client that the pool does not have. Remove it.",
    needs: ["roles"],
    concerns: (facts) => mappings(facts).flatMap(([key]) => (isMapped(facts.pool, key) ? [] : [key])),
  },
  {
    id: "S4",
    severity: "medium",
    sentence: "A role mapping has no AmbiguousRoleResolution: it does not say what happens when nothing matches.",
    needs: ["roles"],
    concerns: (facts) => mappingsWith(facts, (one) => one.AmbiguousRoleResolution === undefined),
  },
  {
    id: "S5",
    severity: "medium",
    sentence: "A role mapping falls back to the authenticated role, and there is none.",
    needs: ["roles"],
    concerns: (facts) =>
      userRole(facts) === undefined
        ? mappingsWith(facts, (one) => one.AmbiguousRoleResolution === "AuthenticatedRole")
        : [],
  },
  {
    id: "S6",
    severity: "low",
    sentence: "A role mapping of type Rules has no rules.",
    needs: ["roles"],
    concerns: (facts) => mappingsWith(facts, (one) => one.Type === "Rules" && rulesOf(one).length === 0),
  },
  {
    id: "S7",
    severity: "low",
    sentence: "A rule never decides, because an earlier one has the same claim, match type and value.",
    needs: ["roles"],
    concerns: (facts) =>
      mappingsWith(facts, (one) => {
        const conditions = rulesOf(one).map(({ Claim, MatchType, Value }) => JSON.stringify([Claim, MatchType, Value]));
        return new Set(conditions).size < conditions.length;
      }),
  },
  {
    id: "S8",
    severity: "low",
    sentence:
      "Principal tags are mapped: the trust policy of each role must allow sts:TagSession, or nobody gets credentials.",
    needs: ["tags"],
    concerns: ({ tags }) =>
      Object.entries(tags).flatMap(([provider, map]) =>
        map.UseDefaults === true || Object.keys(map.PrincipalTags ?? {}).length > 0 ? [provider] : [],
      ),
  },
];

const order: readonly Severity[] = ["high", "medium", "low"];

/** The findings, the most severe first. Pure. */
export function findingsOf(facts: PoolFacts): Finding[] {
  return poolRules
    .flatMap(({ id, severity, sentence, needs = [], concerns }) => {
      if (needs.some((part) => facts[part] === undefined)) return [];
      const held = concerns({ roles: {}, tags: {}, ...facts } as Known);
      const about = typeof held === "boolean" ? [] : [...held];
      if (held === false || (held !== true && about.length === 0)) return [];
      return [{ rule: id, severity, finding: sentence, ...(about.length > 0 && { about }) }];
    })
    .sort((one, other) => order.indexOf(one.severity) - order.indexOf(other.severity));
}
