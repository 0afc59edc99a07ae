/** Any pool, and any call that would update it. Few names, so that what is there and what is named meet often. */
import fc from "fast-check";
import { guestRole, userRole } from "../support/client.ts";
import type { Input, Setting } from "./pool-states.ts";

export const google = "accounts.google.com";
const facebook = "graph.facebook.com";
const amazon = "www.amazon.com";
const issuer = "issuer.example";
const oidc = `arn:aws:iam::000000000000:oidc-provider/${issuer}`;
const otherOidc = "arn:aws:iam::000000000000:oidc-provider/other.example";
const saml = "arn:aws:iam::000000000000:saml-provider/example";
const otherSaml = "arn:aws:iam::000000000000:saml-provider/other";
const userPool = "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Aaaaaaaaa";

/** The tool whose calls are about one provider's principal tags, here Google's. */
export const tagging = "set-principal-tag-attribute-map";

export interface Case {
  readonly tool: string;
  /** The call's members, without what it is done to. */
  readonly input: Input;
}

const letters = fc.constantFrom("a", "b", "c");
const some = <Entry>(entry: fc.Arbitrary<Entry>) => fc.array(entry, { maxLength: 3 });
const clearable = {
  AllowClassicFlow: fc.boolean(),
  SupportedLoginProviders: fc.dictionary(fc.constantFrom(google, facebook, amazon), letters, { maxKeys: 3 }),
  OpenIdConnectProviderARNs: some(fc.constantFrom(oidc, otherOidc)),
  CognitoIdentityProviders: some(
    fc.record(
      { ProviderName: fc.constant(userPool), ClientId: letters, ServerSideTokenCheck: fc.boolean() },
      { requiredKeys: ["ProviderName", "ClientId"] },
    ),
  ),
  SamlProviderARNs: some(fc.constantFrom(saml, otherSaml)),
  IdentityPoolTags: fc.dictionary(fc.constantFrom("a", "b", "a.b", "constructor"), fc.constantFrom("", "x", "y"), {
    maxKeys: 4,
  }),
};
const settings = {
  IdentityPoolName: fc.constantFrom("one", "two", "three 3"),
  AllowUnauthenticatedIdentities: fc.boolean(),
  DeveloperProviderName: fc.constant("login.example"),
  ...clearable,
};
const role = fc.constantFrom(userRole, guestRole);
const rule = fc.record({
  Claim: letters,
  MatchType: fc.constantFrom("Equals", "Contains"),
  Value: letters,
  RoleARN: role,
});
const resolution = fc.constantFrom("Deny", "AuthenticatedRole");
const mapping = fc.oneof(
  fc.record({ Type: fc.constant("Token"), AmbiguousRoleResolution: resolution }),
  fc.record({
    Type: fc.constant("Rules"),
    AmbiguousRoleResolution: resolution,
    RulesConfiguration: fc.record({
      Rules: fc.uniqueArray(rule, {
        selector: ({ Claim, MatchType, Value }) => `${Claim} ${MatchType} ${Value}`,
        minLength: 1,
        maxLength: 3,
      }),
    }),
  }),
);
const roles = {
  Roles: fc.record({ authenticated: role, unauthenticated: role }, { requiredKeys: [] }),
  RoleMappings: fc.dictionary(fc.constantFrom(google, facebook, oidc, `${userPool}:a`), mapping, { maxKeys: 3 }),
};
const ownTags = fc.dictionary(fc.constantFrom("a", "b", "c"), letters, { maxKeys: 3 });
const map = fc.oneof(
  fc.record({ UseDefaults: fc.constant(true) }),
  fc.record({ UseDefaults: fc.constant(false), PrincipalTags: ownTags }),
);

export const setting: fc.Arbitrary<Setting> = fc.record({
  pool: fc.record(settings, { requiredKeys: ["IdentityPoolName", "AllowUnauthenticatedIdentities"] }),
  roles: fc.record(roles),
  maps: fc.dictionary(fc.constantFrom(google, facebook, issuer), map, { maxKeys: 3 }),
});

/** What `remove` can name of each member. */
const removable: Readonly<Record<string, readonly string[]>> = {
  SupportedLoginProviders: [google, facebook, amazon],
  OpenIdConnectProviderARNs: [oidc, otherOidc],
  SamlProviderARNs: [saml, otherSaml],
  IdentityPoolTags: ["a", "b", "a.b", "constructor"],
  Roles: ["authenticated", "unauthenticated"],
  RoleMappings: [google, facebook, oidc, `${userPool}:a`],
  PrincipalTags: ["a", "b", "c"],
};

/** Some of `members`, some that replace, some of those that can be cleared, and entries that are removed, without contradiction. */
const naming = (members: Readonly<Record<string, fc.Arbitrary<unknown>>>, emptied: readonly string[]) => {
  const names = emptied.filter((member) => member in removable);
  return fc
    .record({
      given: fc.record({ ...members }, { requiredKeys: [] }),
      clear: fc.subarray([...emptied]),
      replace: fc.subarray(names),
      removed: fc.record(
        Object.fromEntries(names.map((member) => [member, fc.subarray([...(removable[member] ?? [])])])),
      ),
    })
    .map(({ given, clear, replace, removed }): Input => {
      const values: Input = given;
      const replaced = replace.filter((member) => values[member] !== undefined && !clear.includes(member));
      const remove = Object.entries(removed).flatMap(([member, entries]): [string, string[]][] => {
        const value = values[member];
        const isGiven = (entry: string) =>
          Array.isArray(value) ? value.includes(entry) : Object.hasOwn(value ?? {}, entry);
        const free = entries.filter((entry) => !isGiven(entry));
        return free.length > 0 && !clear.includes(member) && !replaced.includes(member) ? [[member, free]] : [];
      });
      return {
        ...values,
        ...(clear.length > 0 && { clear }),
        ...(replaced.length > 0 && { replace: replaced }),
        ...(remove.length > 0 && { remove: Object.fromEntries(remove) }),
      };
    });
};

export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  ...[
    { tool: "update-identity-pool", weight: 3, input: naming(settings, Object.keys(clearable)) },
    { tool: "set-identity-pool-roles", weight: 2, input: naming(roles, Object.keys(roles)) },
    {
      tool: tagging,
      weight: 1,
      input: naming({ UseDefaults: fc.boolean(), PrincipalTags: ownTags }, ["PrincipalTags"]).filter(
        ({ UseDefaults, PrincipalTags, remove }) =>
          (UseDefaults !== undefined || PrincipalTags !== undefined || remove !== undefined) &&
          !(UseDefaults === true && (PrincipalTags || remove)),
      ),
    },
    { tool: "tag-resource", weight: 1, input: fc.record({ Tags: clearable.IdentityPoolTags }) },
    {
      tool: "untag-resource",
      weight: 1,
      input: fc.record({ TagKeys: fc.uniqueArray(fc.constantFrom("a", "b", "a.b"), { maxLength: 3 }) }),
    },
  ].map(({ tool, weight, input }) => ({ weight, arbitrary: input.map((given): Case => ({ tool, input: given })) })),
);
