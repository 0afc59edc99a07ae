/** Each gated tool, and all that may change behind its back: data, but for how it is changed. */
import {
  DeleteIdentitiesCommand,
  DeleteIdentityPoolCommand,
  DescribeIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
  type RoleMapping,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  TagResourceCommand,
  UnlinkDeveloperIdentityCommand,
  UnlinkIdentityCommand,
  UntagResourceCommand,
  UpdateIdentityPoolCommand,
  type UpdateIdentityPoolCommandInput,
} from "@aws-sdk/client-cognito-identity";
import { arnOf, developerProvider, guestRole, userRole } from "../../support/client.ts";
import {
  amazon,
  byToken,
  client,
  facebook,
  google,
  identityOf,
  loginOf,
  oidc,
  otherOidc,
  otherSaml,
  type Place,
  poolInput,
  RoleMappings,
  Roles,
  rule,
  rules,
  saml,
  signIn,
} from "../redaction/places.ts";

/** Something that another hand changes. */
export type Drift = (place: Place) => Promise<unknown>;
type Drifts = Readonly<Record<string, Drift>>;

/** Another hand's update of the pool, which names all that there is. */
export function update(changed: Partial<UpdateIdentityPoolCommandInput>): Drift {
  return async ({ sdk, pool: IdentityPoolId }) => {
    const present = await sdk.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
    const { IdentityPoolName, AllowUnauthenticatedIdentities } = poolInput;
    await sdk.send(
      new UpdateIdentityPoolCommand({
        ...present,
        IdentityPoolName,
        AllowUnauthenticatedIdentities,
        ...changed,
        IdentityPoolId,
      }),
    );
  };
}

function setRoles(changed: { Roles?: Record<string, string>; RoleMappings?: Record<string, RoleMapping> }): Drift {
  return async ({ sdk, pool: IdentityPoolId }) => {
    const present = await sdk.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
    await sdk.send(new SetIdentityPoolRolesCommand({ Roles, ...present, ...changed, IdentityPoolId }));
  };
}

function setMap(map: { UseDefaults?: boolean; PrincipalTags?: Record<string, string> }): Drift {
  return ({ sdk, pool }) =>
    sdk.send(new SetPrincipalTagAttributeMapCommand({ IdentityPoolId: pool, IdentityProviderName: google, ...map }));
}

const { IdentityPoolTags: tags, SupportedLoginProviders: domains } = poolInput;
const { [facebook]: _, ...fewerDomains } = domains;
const inPool: Drifts = {
  "the name": update({ IdentityPoolName: "another" }),
  guests: update({ AllowUnauthenticatedIdentities: false }),
  "the classic flow": update({ AllowClassicFlow: false }),
  "the classic flow, unset": update({ AllowClassicFlow: undefined }),
  "a public provider more": update({ SupportedLoginProviders: { ...domains, "appleid.apple.com": "app" } }),
  "a public provider less": update({ SupportedLoginProviders: fewerDomains }),
  "a public provider's app": update({ SupportedLoginProviders: { ...domains, [facebook]: "another" } }),
  "an OIDC provider more": update({ OpenIdConnectProviderARNs: [oidc, otherOidc, `${oidc}/more`] }),
  "an OIDC provider less": update({ OpenIdConnectProviderARNs: [otherOidc] }),
  "the order of OIDC providers": update({ OpenIdConnectProviderARNs: [otherOidc, oidc] }),
  "a user pool's client more": update({
    CognitoIdentityProviders: [...poolInput.CognitoIdentityProviders, { ...client, ClientId: "third" }],
  }),
  "a user pool's client less": update({ CognitoIdentityProviders: [client] }),
  "a client's token check": update({
    CognitoIdentityProviders: [client, { ...client, ClientId: "second", ServerSideTokenCheck: false }],
  }),
  "a SAML provider more": update({ SamlProviderARNs: [saml, otherSaml, `${saml}-more`] }),
  "a SAML provider less": update({ SamlProviderARNs: [saml] }),
  "no SAML providers": update({ SamlProviderARNs: undefined }),
  "a tag more": update({ IdentityPoolTags: { ...tags, cost: "1" } }),
  "a tag's value": update({ IdentityPoolTags: { ...tags, owner: "them" } }),
  "a tag less": update({ IdentityPoolTags: { stage: "test" } }),
};
const inTags: Drifts = {
  "a tag more": ({ sdk, pool }) => sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { cost: "1" } })),
  "a tag's value": ({ sdk, pool }) =>
    sdk.send(new TagResourceCommand({ ResourceArn: arnOf(pool), Tags: { stage: "live" } })),
  "a tag less": ({ sdk, pool }) => sdk.send(new UntagResourceCommand({ ResourceArn: arnOf(pool), TagKeys: ["owner"] })),
};
const inRoles: Drifts = {
  "the role of users": setRoles({ Roles: { ...Roles, authenticated: guestRole } }),
  "no role of users": setRoles({ Roles: { unauthenticated: guestRole } }),
  "the role of guests": setRoles({ Roles: { ...Roles, unauthenticated: userRole } }),
  "no role of guests": setRoles({ Roles: { authenticated: userRole } }),
  "a role mapping more": setRoles({ RoleMappings: { ...RoleMappings, [facebook]: byToken } }),
  "no role mapping": setRoles({ RoleMappings: {} }),
  "a mapping's type": setRoles({ RoleMappings: { [google]: byToken } }),
  "a mapping's resolution": setRoles({
    RoleMappings: { [google]: { ...rules(rule), AmbiguousRoleResolution: "AuthenticatedRole" } },
  }),
  "a rule more": setRoles({ RoleMappings: { [google]: rules(rule, { ...rule, Value: "owner" }) } }),
  ...Object.fromEntries(
    Object.entries({ Claim: "group", MatchType: "NotEqual", Value: "owner", RoleARN: guestRole }).map(
      ([member, value]) => [
        `a rule's ${member}`,
        setRoles({ RoleMappings: { [google]: rules({ ...rule, [member]: value }) } }),
      ],
    ),
  ),
};
const inMap: Drifts = {
  "the default tags": setMap({ UseDefaults: true }),
  "a principal tag more": setMap({ PrincipalTags: { team: "team", site: "site", cost: "cost" } }),
  "a principal tag's claim": setMap({ PrincipalTags: { team: "group", site: "site" } }),
  "a principal tag less": setMap({ PrincipalTags: { team: "team" } }),
};
const remove =
  (identity: "guest" | "user" | "old" | "fresh"): Drift =>
  ({ sdk, [identity]: id }) =>
    sdk.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: [id] }));
const inIdentities: Drifts = {
  "an identity more": (place) => identityOf(place),
  "an identity less": remove("guest"),
  "another identity in place of one": async (place) => {
    await remove("guest")(place);
    await identityOf(place);
  },
};

/** A public login more, on an identity that is proven by its developer user or by a login. */
const linkAmazon =
  (identity: "user" | "old" | "fresh", proof: Record<string, string>): Drift =>
  async ({ sdk, pool, [identity]: IdentityId }) =>
    developerProvider in proof
      ? await sdk.send(
          new GetOpenIdTokenForDeveloperIdentityCommand({
            IdentityPoolId: pool,
            IdentityId,
            Logins: { ...proof, ...loginOf(amazon) },
          }),
        )
      : await sdk.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins: { ...proof, ...loginOf(amazon) } }));

const unlink =
  (provider: string): Drift =>
  ({ sdk, user }) =>
    sdk.send(new UnlinkIdentityCommand({ IdentityId: user, Logins: loginOf(google), LoginsToRemove: [provider] }));

/** The developer user goes to the guest's identity. */
const move =
  (user: string, from: "old" | "fresh"): Drift =>
  async (place) => {
    const { sdk, pool, guest, [from]: IdentityId } = place;
    await sdk.send(
      new UnlinkDeveloperIdentityCommand({
        IdentityPoolId: pool,
        IdentityId,
        DeveloperProviderName: developerProvider,
        DeveloperUserIdentifier: user,
      }),
    );
    await signIn(place, user, guest);
  };

const mergeAway: Drift = ({ sdk, pool }) =>
  sdk.send(
    new MergeDeveloperIdentitiesCommand({
      IdentityPoolId: pool,
      DeveloperProviderName: developerProvider,
      SourceUserIdentifier: "old",
      DestinationUserIdentifier: "new",
    }),
  );

const inUser: Drifts = {
  "a login more": linkAmazon("user", loginOf(google)),
  "another login less": unlink(facebook),
  "the login itself gone": unlink(google),
};
const inOld: Drifts = {
  "a developer user more": (place) => signIn(place, "older", place.old),
  "the developer user on another identity": move("old", "old"),
  "a public login more": linkAmazon("old", { [developerProvider]: "old" }),
  "its merge into another": mergeAway,
};

interface Gated {
  readonly input: (place: Place) => Record<string, unknown>;
  /** What its plan is made from. */
  readonly drifts: Drifts;
  /** What leaves no plan to make: AWS says that there is no such thing. */
  readonly losses?: Drifts;
}

const poolLost: Drifts = {
  "the pool": ({ sdk, pool }) => sdk.send(new DeleteIdentityPoolCommand({ IdentityPoolId: pool })),
};
const provider = ({ pool }: Place) => ({ IdentityPoolId: pool, DeveloperProviderName: developerProvider });

/** The gated tools, each with a call that would change something, by name. */
export const gated: Readonly<Record<string, Gated>> = {
  "update-identity-pool": {
    input: ({ pool }) => ({ IdentityPoolId: pool, IdentityPoolName: "renamed", clear: ["SamlProviderARNs"] }),
    drifts: inPool,
    losses: poolLost,
  },
  "delete-identity-pool": {
    input: ({ pool }) => ({ IdentityPoolId: pool }),
    drifts: { ...inPool, ...inRoles, ...inIdentities },
    losses: poolLost,
  },
  "set-identity-pool-roles": {
    input: ({ pool }) => ({ IdentityPoolId: pool, Roles: { authenticated: `${userRole}-more` } }),
    drifts: { ...inPool, ...inRoles },
    losses: poolLost,
  },
  "set-principal-tag-attribute-map": {
    input: ({ pool }) => ({ IdentityPoolId: pool, IdentityProviderName: google, PrincipalTags: { more: "more" } }),
    drifts: { ...inPool, ...inMap },
    losses: poolLost,
  },
  "tag-resource": {
    input: ({ pool }) => ({ ResourceArn: arnOf(pool), Tags: { more: "more" } }),
    drifts: inTags,
    losses: poolLost,
  },
  "untag-resource": {
    input: ({ pool }) => ({ ResourceArn: arnOf(pool), TagKeys: ["stage"] }),
    drifts: inTags,
    losses: poolLost,
  },
  "delete-identities": {
    input: ({ guest, user, old }) => ({ IdentityIdsToDelete: [guest, user, old] }),
    drifts: {
      ...inUser,
      ...inOld,
      "an identity less": remove("user"),
      "a guest who signs in": ({ sdk, guest }) =>
        sdk.send(new GetCredentialsForIdentityCommand({ IdentityId: guest, Logins: loginOf(amazon) })),
      "a guest who turns out to be somebody": ({ sdk, guest }) =>
        sdk.send(new GetCredentialsForIdentityCommand({ IdentityId: guest, Logins: loginOf(google) })),
    },
  },
  "unlink-identity": {
    input: ({ user }) => ({ IdentityId: user, Logins: loginOf(google), LoginsToRemove: [google] }),
    drifts: inUser,
    losses: { "the identity": remove("user") },
  },
  "merge-developer-identities": {
    input: (place) => ({ ...provider(place), SourceUserIdentifier: "old", DestinationUserIdentifier: "new" }),
    drifts: {
      ...inOld,
      "the pool's name": update({ IdentityPoolName: "another" }),
      "a developer user more on the other": (place) => signIn(place, "newer", place.fresh),
      "the other developer user elsewhere": move("new", "fresh"),
      "a public login more on the other": linkAmazon("fresh", { [developerProvider]: "new" }),
    },
    losses: { "the source": remove("old"), "the destination": remove("fresh") },
  },
  "unlink-developer-identity": {
    input: (place) => ({ ...provider(place), IdentityId: place.old, DeveloperUserIdentifier: "old" }),
    drifts: inOld,
    losses: { "the identity": remove("old") },
  },
};
