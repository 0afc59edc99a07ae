/** An identity pool with all that a plan may read. */
import {
  type CognitoIdentityClient,
  CreateIdentityPoolCommand,
  GetIdCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  type RoleMapping,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
} from "@aws-sdk/client-cognito-identity";
import { developerProvider, guestRole, userRole } from "../../support/client.ts";
import { idToken } from "../../support/tokens.ts";

export const google = "accounts.google.com";
export const facebook = "graph.facebook.com";
export const amazon = "www.amazon.com";
export const oidc = "arn:aws:iam::000000000000:oidc-provider/issuer.example";
export const otherOidc = "arn:aws:iam::000000000000:oidc-provider/other.example";
export const saml = "arn:aws:iam::000000000000:saml-provider/example";
export const otherSaml = "arn:aws:iam::000000000000:saml-provider/other";
export const client = {
  ProviderName: "cognito-idp.eu-west-1.amazonaws.com/eu-west-1_Aaaaaaaaa",
  ClientId: "first",
  ServerSideTokenCheck: true,
};
export const rule = { Claim: "role", MatchType: "Equals" as const, Value: "admin", RoleARN: userRole };
export const rules = (...Rules: object[]) =>
  ({ Type: "Rules", AmbiguousRoleResolution: "Deny", RulesConfiguration: { Rules } }) as RoleMapping;
export const Roles = { authenticated: userRole, unauthenticated: guestRole };
export const RoleMappings = { [google]: rules(rule) };
export const byToken: RoleMapping = { Type: "Token", AmbiguousRoleResolution: "Deny" };

interface Site {
  /** The AWS SDK on the service, as another hand. */
  readonly sdk: CognitoIdentityClient;
  readonly pool: string;
}

/** A pool with all that a plan may read. */
export interface Place extends Site {
  /** Of a guest; of a user with two public logins; of the developer users `old` and `new`. */
  readonly guest: string;
  readonly user: string;
  readonly old: string;
  readonly fresh: string;
}

export const poolInput = {
  IdentityPoolName: "full",
  AllowUnauthenticatedIdentities: true,
  AllowClassicFlow: true,
  SupportedLoginProviders: { [google]: "app.example", [facebook]: "1234567890", [amazon]: "amzn1.app" },
  OpenIdConnectProviderARNs: [oidc, otherOidc],
  CognitoIdentityProviders: [client, { ...client, ClientId: "second" }],
  SamlProviderARNs: [saml, otherSaml],
  IdentityPoolTags: { stage: "test", owner: "us" },
};

/** A public login: by an id token, which Google issues and whose role the rule gives, or by an opaque token that is its user to the service. */
export const loginOf = (provider: string, user = "somebody") => ({
  [provider]:
    provider === google
      ? idToken(google, poolInput.SupportedLoginProviders[google], { sub: user, [rule.Claim]: rule.Value })
      : `opaque-token-of-${user}`,
});

export async function identityOf({ sdk, pool }: Site, Logins?: Record<string, string>): Promise<string> {
  const { IdentityId = "" } = await sdk.send(new GetIdCommand({ IdentityPoolId: pool, Logins }));
  return IdentityId;
}

/** Links a developer user to the identity, or to a new one. */
export async function signIn({ sdk, pool }: Site, user: string, IdentityId?: string): Promise<string> {
  const Logins = { [developerProvider]: user };
  const { IdentityId: id = "" } = await sdk.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins, IdentityId }),
  );
  return id;
}

export async function makePlace(sdk: CognitoIdentityClient): Promise<Place> {
  const { IdentityPoolId: pool = "" } = await sdk.send(
    new CreateIdentityPoolCommand({ ...poolInput, DeveloperProviderName: developerProvider }),
  );
  const site = { sdk, pool };
  const PrincipalTags = { team: "team", site: "site" };
  const [guest, user, old, fresh] = await Promise.all([
    identityOf(site),
    identityOf(site, { ...loginOf(google), ...loginOf(facebook) }),
    signIn(site, "old"),
    signIn(site, "new"),
    sdk.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles, RoleMappings })),
    sdk.send(
      new SetPrincipalTagAttributeMapCommand({ IdentityPoolId: pool, IdentityProviderName: google, PrincipalTags }),
    ),
  ]);
  return { ...site, guest, user, old, fresh };
}
