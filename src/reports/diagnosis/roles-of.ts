/** Which roles a case can lead to: by kind, by mapping, by group. */
import type { Fields } from "../../util/json.ts";
import { type Facts, type Kind, kindsOf, type Mapping, type RolesFacts, type UserPoolFacts, valueIn } from "./facts.ts";

/** A role that an identity of a kind can get, and from where. */
export interface RoleCandidate {
  readonly kind: Kind;
  readonly arn: string;
  readonly provider: string | undefined;
  /** Where the pool or the user pool names it. */
  readonly source: string;
}

/** The provider of a key of RoleMappings: a key for a user pool has the client id after a colon. */
export function providerOfMapping(key: string): string {
  return key.startsWith("cognito-idp.")
    ? key.replace(/:[^:/]*$/, "")
    : key.replace(/^arn:[\w-]+:iam::\d+:oidc-provider\//, "");
}

/** The mappings of the case's provider, or all where it is not known. */
export function mappingsOf(roles: RolesFacts, provider: string | undefined): [key: string, mapping: Mapping][] {
  return [...roles.mappings].filter(
    ([key]) => provider === undefined || providerOfMapping(key) === provider || key === provider,
  );
}

/** Most roles of one case that are looked at. */
const MAX_CANDIDATES = 20;

/** The roles of the case, each once for each kind. `more` tells whether there are others. */
export function candidatesOf(facts: Facts): { list: RoleCandidate[]; more: boolean } {
  const roles = valueIn(facts.roles);
  if (!roles) return { list: [], more: false };
  const { provider } = facts.asked;
  const all = kindsOf(facts).flatMap((kind): RoleCandidate[] => {
    const role = (arn: string | undefined, source: string) =>
      arn === undefined ? [] : [{ kind, arn, provider, source }];
    if (kind === "guest") return role(roles.unauthenticated, "Roles.unauthenticated");
    const mapped = kind === "user" ? mappedRoles(facts, roles) : [];
    return [
      ...role(roles.authenticated, "Roles.authenticated"),
      ...mapped.flatMap(({ arn, source }) => role(arn, source)),
    ];
  });
  const list = all.filter(
    ({ kind, arn }, at) => all.findIndex((other) => other.kind === kind && other.arn === arn) === at,
  );
  const more = list.length > MAX_CANDIDATES || (kindsOf(facts).includes("user") && hasGroupsNotRead(facts, roles));
  return { list: list.slice(0, MAX_CANDIDATES), more };
}

/** Whether groups decide about the role whose user pool could not be read. */
function hasGroupsNotRead(facts: Facts, roles: RolesFacts): boolean {
  return mappingsOf(roles, facts.asked.provider).some(([key, { type }]) => {
    const { state } = facts.userPool(providerOfMapping(key));
    return type !== "Rules" && state !== "read" && state !== "missing";
  });
}

function mappedRoles(facts: Facts, roles: RolesFacts): { arn: string; source: string }[] {
  return mappingsOf(roles, facts.asked.provider).flatMap(([key, { type, rules }]) =>
    type === "Rules"
      ? rules.map(({ roleArn }) => ({ arn: roleArn, source: "RoleMappings" }))
      : groupsWithRoles(valueIn(facts.userPool(providerOfMapping(key)))).map(({ roleArn }) => ({
          arn: roleArn,
          source: "group of the user pool",
        })),
  );
}

/** The groups that give a role. */
export function groupsWithRoles(userPool: UserPoolFacts | undefined) {
  return (userPool?.groups ?? []).flatMap(({ name, roleArn, precedence }) =>
    roleArn === undefined ? [] : [{ name, roleArn, precedence }],
  );
}

/** What the token has for a claim. A rule can name any text, and an object inherits some. */
export function claimIn(claims: Fields, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}

/** The numbers of the rules that the claims match, from 1; the first one applies. See docs: "Using rule-based mapping". */
export function matchingRules({ rules }: Mapping, claims: Fields): number[] {
  return rules.flatMap(({ claim, match, value }, at) => {
    const given = claimIn(claims, claim);
    // A rule about a claim that the token does not have is not evaluated.
    if (given === undefined) return [];
    const texts = [given].flat().map(String);
    const applies =
      match === "Equals"
        ? texts.includes(value)
        : match === "NotEqual"
          ? !texts.includes(value)
          : texts.some((text) =>
              match === "StartsWith" ? text.startsWith(value) : match === "Contains" && text.includes(value),
            );
    return applies ? [at + 1] : [];
  });
}
